"""Every text that lists the allowed formats has all of them, and no others.

The service and its OpenAPI document follow `challenge/formats.py`; these places have to be edited,
and the name of the failed test says which.
"""

import re

from tests.support.servers import ROOT
from validator.challenge.checks import check_item
from validator.challenge.facts import MediaItem
from validator.challenge.file_parts import ReadAt
from validator.challenge.formats import Format, allowed_formats, recognise
from validator.challenge.other_formats import OtherFormat
from validator.local_twilio import SAMPLES

OBJECTIVE = ROOT / "game" / "levels" / "whatsapp_media" / "objectives" / "whatsapp_media"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_games_description_names_the_allowed_formats() -> None:
    found = re.search(r"\n- Its file is (.*?)\n", (OBJECTIVE / "description.md").read_text())

    assert found
    named = re.findall(r"\b[A-Z][A-Z0-9]{2,}\b", found[1].replace("JPEG", "JPG"))
    assert set(named) == {allowed.label for allowed in Format}


def test_the_documents_name_the_allowed_formats() -> None:
    texts = "\n".join(path.read_text() for path in DOCUMENTS)
    spelled = re.findall(r"[Aa]llowed (?:formats: |file \()([^.)\n]+)", texts)

    assert spelled
    assert set(spelled) == {allowed_formats()}


def test_an_allowed_format_is_not_known_as_another_one_too() -> None:
    both = {allowed.value for allowed in Format} & {other.value for other in OtherFormat}

    assert not both, f"remove {both} from other_formats.py"


def test_the_local_twilio_has_a_sample_of_each_allowed_format() -> None:
    items = [MediaItem("", each.content_type, *recognise(reader(each.read()))) for each in SAMPLES]

    assert {item.format for item in items if check_item(item) is None} == set(Format)


def reader(content: bytes) -> ReadAt:
    return lambda offset, size: content[offset : offset + size]

"""Every text that lists the allowed formats has all of them, and no others.

The sentences of the service follow `challenge/formats.py`; these places have to be edited, and the
name of the failed test says which. `tests/web/test_openapi.py` compares the OpenAPI document.
"""

import re
from pathlib import Path

import pytest

from tests.support.servers import ROOT
from validator.challenge.checks import check_item
from validator.challenge.facts import MediaItem
from validator.challenge.formats import Format, allowed_formats, usual_type
from validator.challenge.signatures import recognise
from validator.local_twilio import SAMPLES
from validator.local_twilio.sample_files import Sample

LABELS = {allowed.label for allowed in Format}
OBJECTIVE = ROOT / "game" / "levels" / "whatsapp_media" / "objectives" / "whatsapp_media"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def named(path: Path, pattern: str) -> set[str]:
    """Return the formats in a file where a pattern matches; JPEG is the same as JPG."""
    found = re.search(pattern, path.read_text(), re.DOTALL)
    assert found, f"{path.name} names no formats"
    return set(re.findall(r"\b[A-Z][A-Z0-9]{2,}\b", found[1])) - {"JPEG"}


def test_the_games_description_names_the_allowed_formats() -> None:
    assert named(OBJECTIVE / "description.md", r"\n- Its file is (.*?)\n") == LABELS


def test_the_games_walkthrough_names_the_allowed_formats() -> None:
    assert named(OBJECTIVE / "walkthrough.md", r"\n(\| image .*?)\n\n") == LABELS


def test_the_game_shows_the_images_among_the_allowed_formats() -> None:
    images = re.search(r"const IMAGES = \[(.*?)\]", (OBJECTIVE / "picture.js").read_text())

    assert images
    assert set(re.findall(r"'(\w+)'", images[1])) == {
        allowed.value for allowed in Format if usual_type(allowed).startswith("image/")
    }


def test_the_documents_name_the_allowed_formats() -> None:
    texts = "\n".join(path.read_text() for path in DOCUMENTS)
    spelled = re.findall(r"[Aa]llowed (?:formats: |file \()([^.)\n]+)", texts)

    assert spelled
    assert set(spelled) == {allowed_formats()}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_the_description_of_a_sample_says_whether_it_is_allowed(sample: Sample) -> None:
    allowed = check_item(item_of(sample)) is None

    assert allowed == bool(re.match(r"(an )?allowed ", sample.description))


def test_the_local_twilio_has_a_sample_of_each_allowed_format() -> None:
    passing = [item for item in map(item_of, SAMPLES) if check_item(item) is None]

    assert {item.format for item in passing} == set(Format)


def item_of(sample: Sample) -> MediaItem:
    content = sample.read()
    found = recognise(lambda offset, size: content[offset : offset + size])
    return MediaItem("", sample.content_type, *found)

"""What the local Twilio serves without credentials: a page for people, and files to send."""

import pytest
import requests

from validator.local_twilio import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    RECIPIENTS,
    SAMPLES,
    SANDBOX_SENDER,
    LocalTwilio,
)

FIRST_BYTES = {
    "owl.png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "photo.jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "song.mp3": ("audio/mpeg", b"\xff\xf3"),
    "voice.ogg": ("audio/ogg", b"OggS"),
    "voice.amr": ("audio/amr", b"#!AMR\n"),
    "invoice.pdf": ("application/pdf", b"%PDF-1."),
    "animation.gif": ("image/gif", b"GIF89a"),
    "sticker.webp": ("image/webp", b"RIFF"),
    "clip.mp4": ("video/mp4", b"\x00\x00\x00"),
    "disguised.png": ("image/png", b"GIF89a"),
    "untyped.pdf": ("application/octet-stream", b"%PDF-1."),
}


@pytest.mark.parametrize("path", ["", "/", "/samples/"])
def test_the_page_has_the_account_the_numbers_and_the_samples_in_80_columns(
    local: LocalTwilio, path: str
) -> None:
    response = requests.get(local.url + path)

    assert response.headers["Content-Type"].startswith("text/plain")
    page = response.text
    lines = page.splitlines()
    assert max(map(len, lines)) <= 80
    for value in (ACCOUNT_SID, AUTH_TOKEN, API_KEY_SID, API_KEY_SECRET, SANDBOX_SENDER):
        assert f" {value}" in page
    assert f'client.api.base_url = "{local.url}"' in lines
    assert f"{local.url}/samples/" in page
    assert "When it stops, all messages are lost." in page
    assert {f"{each.number}  {each.outcome}" for each in RECIPIENTS} <= set(lines)
    cells = [line.split(maxsplit=2) for line in lines]
    for sample in SAMPLES:
        assert [sample.name, sample.content_type, sample.description] in cells


def test_every_sample_is_covered() -> None:
    assert [sample.name for sample in SAMPLES] == list(FIRST_BYTES)


@pytest.mark.parametrize("name", FIRST_BYTES)
def test_a_sample_is_served_with_its_content_type_and_content(
    local: LocalTwilio, name: str
) -> None:
    content_type, first_bytes = FIRST_BYTES[name]
    response = requests.get(f"{local.url}/samples/{name}")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == content_type
    assert response.content.startswith(first_bytes)
    assert (response.content[28:36] == b"OpusHead") == (name == "voice.ogg")
    assert len(response.content) <= 20 * 1024


@pytest.mark.parametrize("name", ["nothing.png", "../samples.py", "..%2F__init__.py"])
def test_other_paths_below_samples_are_404(local: LocalTwilio, name: str) -> None:
    assert requests.get(f"{local.url}/samples/{name}").status_code == 404

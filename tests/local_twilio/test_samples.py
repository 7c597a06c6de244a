"""The samples: served without credentials, with the Content-Type and content of the table."""

from collections.abc import Iterator

import pytest
import requests

from validator.local_twilio import SAMPLES, LocalTwilio

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


@pytest.fixture(scope="module")
def local() -> Iterator[LocalTwilio]:
    with LocalTwilio(port=0) as running:
        yield running


def test_every_sample_is_covered() -> None:
    assert [sample.name for sample in SAMPLES] == list(FIRST_BYTES)


@pytest.mark.parametrize("name", FIRST_BYTES)
def test_a_sample_is_served_as_its_table_says(local: LocalTwilio, name: str) -> None:
    content_type, first_bytes = FIRST_BYTES[name]
    response = requests.get(f"{local.url}/samples/{name}")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == content_type
    assert response.content.startswith(first_bytes)
    assert len(response.content) <= 20 * 1024


def test_the_ogg_sample_is_opus(local: LocalTwilio) -> None:
    assert requests.get(f"{local.url}/samples/voice.ogg").content[28:36] == b"OpusHead"


@pytest.mark.parametrize("name", ["nothing.png", "../samples.py", "..%2F__init__.py"])
def test_other_paths_below_samples_are_404(local: LocalTwilio, name: str) -> None:
    assert requests.get(f"{local.url}/samples/{name}").status_code == 404

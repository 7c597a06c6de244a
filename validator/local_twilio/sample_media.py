"""Small files to send: served at `/samples/` and kept in the folder of that name.

All drawn and composed for this project, then encoded with librsvg and pngquant (PNG),
ImageMagick (JPEG), ffmpeg's libmp3lame, libopus, libwebp, libx264 and GIF encoders,
SoX with opencore-amrnb (AMR) and Ghostscript (PDF).
"""

from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "samples"


@dataclass(frozen=True)
class Sample:
    """A file, the name and content type that it is served with, and what it is good for."""

    name: str
    file: str
    content_type: str
    good_for: str

    def read(self) -> bytes:
        """The bytes of the file."""
        return (_FOLDER / self.file).read_bytes()


SAMPLES = (
    Sample("owl.png", "owl.png", "image/png", "an allowed image"),
    Sample("photo.jpg", "photo.jpg", "image/jpeg", "an allowed image"),
    Sample("song.mp3", "song.mp3", "audio/mpeg", "allowed audio"),
    Sample("voice.ogg", "voice.ogg", "audio/ogg", "allowed audio (Opus)"),
    Sample("voice.amr", "voice.amr", "audio/amr", "allowed audio"),
    Sample("invoice.pdf", "invoice.pdf", "application/pdf", "an allowed document"),
    Sample("animation.gif", "animation.gif", "image/gif", "an image that is not allowed"),
    Sample("sticker.webp", "sticker.webp", "image/webp", "an image that is not allowed"),
    Sample("clip.mp4", "clip.mp4", "video/mp4", "video, which is not allowed"),
    Sample("disguised.png", "animation.gif", "image/png", "a lie: a GIF served as PNG"),
    Sample(
        "untyped.pdf",
        "invoice.pdf",
        "application/octet-stream",
        "an allowed document whose host does not say so",
    ),
)

STAND_INS = {
    "https://demo.twilio.com/owl.png": "owl.png",
    "http://demo.twilio.com/owl.png": "owl.png",
}
"""Addresses in Twilio's examples -> the sample that takes their place without a network."""

_BY_NAME = {sample.name: sample for sample in SAMPLES}


def find_sample(name: str) -> Sample | None:
    """The sample served under this name."""
    return _BY_NAME.get(name)


def list_samples(base_url: str) -> str:
    """The samples as text, one line each: address, content type, what it is good for."""
    return "".join(
        f"{base_url}/samples/{sample.name:14} {sample.content_type:25} {sample.good_for}\n"
        for sample in SAMPLES
    )

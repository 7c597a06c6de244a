"""Small files to send, from the folder `samples`, served at `/samples/`.

All were made for this project and encoded with librsvg and pngquant (PNG),
ImageMagick (JPEG), ffmpeg's libmp3lame, libopus, libwebp, libx264 and GIF encoders,
SoX with opencore-amrnb (AMR) and Ghostscript (PDF).
"""

from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "samples"


@dataclass(frozen=True)
class Sample:
    """A file, with the name and Content-Type that it is served with, and a description."""

    name: str
    file: str
    content_type: str
    description: str

    def read(self) -> bytes:
        """Return the content of the file."""
        return (_FOLDER / self.file).read_bytes()


SAMPLES = (
    Sample("owl.png", "owl.png", "image/png", "a picture"),
    Sample("photo.jpg", "photo.jpg", "image/jpeg", "a photo"),
    Sample("song.mp3", "song.mp3", "audio/mpeg", "a song"),
    Sample("voice.ogg", "voice.ogg", "audio/ogg", "a voice message (Opus)"),
    Sample("voice.amr", "voice.amr", "audio/amr", "a voice message"),
    Sample("invoice.pdf", "invoice.pdf", "application/pdf", "a document"),
    Sample("animation.gif", "animation.gif", "image/gif", "an animation"),
    Sample("sticker.webp", "sticker.webp", "image/webp", "a sticker"),
    Sample("clip.mp4", "clip.mp4", "video/mp4", "a video"),
    Sample("disguised.png", "animation.gif", "image/png", "a GIF, served as a PNG"),
    Sample("untyped.pdf", "invoice.pdf", "application/octet-stream", "a PDF, not served as one"),
)

STAND_INS = {
    "https://demo.twilio.com/owl.png": "owl.png",
    "http://demo.twilio.com/owl.png": "owl.png",
}
"""Sample by the URL that it replaces, so that Twilio's own examples work offline."""

BY_NAME = {sample.name: sample for sample in SAMPLES}

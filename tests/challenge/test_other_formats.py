"""Detection of other formats: for hints only, so that it is right or None."""

from pathlib import Path

import pytest

from validator.challenge.formats import Format, usual_type
from validator.challenge.other_formats import OtherFormat, detect

OTHER = Path(__file__).parents[1] / "corpus" / "other"

OF_CORPUS = {
    OtherFormat.GIF: "animated.gif image.gif image.gif87",
    OtherFormat.WEBP: "lossy.webp lossless.webp animated.webp",
    OtherFormat.HEIC: "photo.heic",
    OtherFormat.AVIF: "photo.avif photo-from-phone.avif",
    OtherFormat.BMP: "image.bmp image.bmp2",
    OtherFormat.TIFF: "big-endian.tiff little-endian.tiff 64-bit.tiff jpeg-inside.tiff",
    OtherFormat.ICO: "image.ico png-inside.ico",
    OtherFormat.PSD: "image.psd",
    OtherFormat.SVG: "drawing.svg",
    OtherFormat.JPEG_LS: "jpeg-ls-grey.jls jpeg-ls-behind-jfif.jpg",
    OtherFormat.LOSSLESS_JPEG: "lossless.ljpg lossless-behind-jfif.jpg",
    OtherFormat.JPEG_2000: "jpeg-2000.jp2 jpeg-2000-codestream.j2k",
    OtherFormat.JPEG_XL: "codestream.jxl container.jxl from-jpeg.jxl",
    OtherFormat.WAV: "sound.wav mp3-inside.wav behind-a-tag-wav.mp3",
    OtherFormat.AIFF: "sound.aiff sound.aifc",
    OtherFormat.FLAC: "lossless.flac behind-a-tag-flac.mp3 behind-a-long-tag-flac.mp3",
    OtherFormat.AAC: "frames.aac frames-stereo.aac behind-a-tag-aac.mp3",
    OtherFormat.MPEG_LAYER_II: "layer-2-32k.mp2 layer-2-checksums.mp2 behind-a-tag-mp2.mp3",
    OtherFormat.M4A: "sound.m4a apple-lossless.m4a",
    OtherFormat.AMR_WB: "wide-band.amr wide-band-high.awb",
    OtherFormat.MIDI: "notes.mid",
    OtherFormat.MP4: "video.mp4 video-with-sound.mp4 fragments.mp4 mp3-inside.mp4",
    OtherFormat.MOV: "video.mov motion-jpeg.mov",
    OtherFormat.THREE_GP: "video.3gp amr-inside.3gp",
    OtherFormat.WEBM: "vp8.webm vp9.webm opus-inside.webm",
    OtherFormat.MATROSKA: "video.mkv mp3-inside.mka",
    OtherFormat.AVI: "video.avi motion-jpeg.avi",
    OtherFormat.ASF: "video.wmv sound.wma",
    OtherFormat.FLASH_VIDEO: "video.flv",
    OtherFormat.MPEG: "video.mpg transport-stream.ts",
    OtherFormat.OGG_VIDEO: "theora.ogv vp8.ogg theora-with-index.ogv",
    OtherFormat.OGG_WITH_PICTURE: "theora-and-vorbis.ogg opus-and-theora.ogg",
    OtherFormat.WORD: "document.docx",
    OtherFormat.EXCEL: "sheet.xlsx",
    OtherFormat.POWERPOINT: "slides.pptx",
    OtherFormat.RTF: "document.rtf",
    OtherFormat.POSTSCRIPT: "drawing.ps drawing.eps postscript-that-names-pdf.ps",
    OtherFormat.ZIP: "archive.zip png-inside.zip",
    OtherFormat.GZIP: "text.gz drawing.svgz",
    OtherFormat.SEVEN_ZIP: "archive.7z",
    OtherFormat.VCARD: "contact.vcf",
    OtherFormat.HTML: "page.html page-that-mentions-pdf.html page-that-shows-a-pdf.html",
    OtherFormat.XML: "error.xml",
    OtherFormat.JSON: "error.json",
    OtherFormat.TEXT: "plain.txt utf-16.txt byte-order-mark.txt about-pdf.txt table.csv script.sh",
    OtherFormat.EMPTY: "empty.png",
    OtherFormat.TAG: "tag-and-nothing-else.mp3 truncated-5000-cover-art-long-tag.mp3",
    OtherFormat.DAMAGED_JPEG: "truncated-63-baseline.jpg truncated-20000-content-credentials.jpg",
    OtherFormat.DAMAGED_PNG: "wrong-checksum.png line-ends-changed.png",
    OtherFormat.DAMAGED_PDF: "truncated-63-1.7.pdf garbage-behind-mark.pdf",
    OtherFormat.DAMAGED_AMR: "truncated-7-12.2-kbps.amr garbage-behind-mark.amr",
    OtherFormat.DAMAGED_OGG: "truncated-27-opus-speech.opus garbage-behind-first-page.ogg",
    OtherFormat.DAMAGED_MP3: "truncated-103-no-information-frame.mp3",
    None: "noise.ogg zeros.mp3 program.elf program.exe one-byte.jpg line-end.pdf archive.tar",
}
BY_HAND = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9): OtherFormat.OLD_OFFICE,
    b"Rar!\x1a\x07\x01\x00": OtherFormat.RAR,
    b"\xef\xbb\xbf\r\n<!DOCTYPE HTML><p>": OtherFormat.HTML,
    b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>": OtherFormat.HTML,
    b"<!-- \xc3\xbc --><svg width='1'>": OtherFormat.SVG,
    b"<br />\n<b>Warning</b>: Undefined variable": OtherFormat.HTML,
    b"<project><html5>1</html5></project>": OtherFormat.XML,
    b"<Error><Code>NoSuchKey</Code></Error>": OtherFormat.XML,
    b'[{"a": 1}]': OtherFormat.JSON,
    "Gr\u00fc\u00dfe".encode()[:-1] + b"\xc3": OtherFormat.TEXT,
    b"G" + b"reetings " * 400: OtherFormat.TEXT,
    b"text\0text": None,
    b"\xff\xfe": OtherFormat.TEXT,
}


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for kind, names in OF_CORPUS.items() for name in names.split()]
)
def test_a_real_file_is_detected(name: str, kind: OtherFormat | None) -> None:
    assert detect((OTHER / name).read_bytes()[:16_384]) is kind


@pytest.mark.parametrize(("content", "kind"), BY_HAND.items())
def test_handmade_content_is_detected(content: bytes, kind: OtherFormat | None) -> None:
    assert detect(content) is kind


@pytest.mark.parametrize("kind", OtherFormat)
def test_every_kind_is_covered_and_has_what_hints_need(kind: OtherFormat) -> None:
    assert kind in {*OF_CORPUS, *BY_HAND.values()}
    assert kind.phrase.startswith(("a ", "an ", "plain "))
    assert kind.exported_as in ("", *(usual_type(allowed).partition("/")[0] for allowed in Format))

"""Detection of files that are not in an allowed format, from their first bytes.

For hints only: no check depends on it.
"""

import re
from enum import StrEnum

from validator.challenge.mp3 import tag_size


class OtherFormat(StrEnum):
    """A kind of file that is not allowed; `phrase` names it in a sentence: "a GIF".

    `exported_as` is the first half of the media types that it can be exported as, if any. Audio
    recorders use containers of video, too.
    """

    phrase: str
    exported_as: str

    def __new__(cls, name: str, phrase: str, exported_as: str = "") -> "OtherFormat":
        """Create a member with a name, which is in verdicts, and a phrase for hints."""
        kind = str.__new__(cls, name)
        kind._value_ = name
        kind.phrase = phrase
        kind.exported_as = exported_as
        return kind

    EMPTY = "empty file", "an empty file"
    DAMAGED_JPEG = "damaged JPEG", "a JPG that is damaged, incomplete or of a rare kind", "image"
    DAMAGED_PNG = "damaged PNG", "a damaged or incomplete PNG", "image"
    DAMAGED_PDF = "damaged PDF", "a damaged or incomplete PDF", "application"
    DAMAGED_AMR = "damaged AMR", "a damaged or incomplete AMR", "audio"
    DAMAGED_OGG = "damaged Ogg", "a damaged or incomplete OGG", "audio"
    DAMAGED_MP3 = "damaged MP3", "a damaged or incomplete MP3", "audio"
    TAG = "ID3 tag", "an ID3 tag without any MP3 after it", "audio"
    LOSSLESS_JPEG = "lossless JPEG", "a rare, lossless kind of JPEG", "image"
    JPEG_LS = "JPEG-LS", "a JPEG-LS image", "image"
    JPEG_2000 = "JPEG 2000", "a JPEG 2000 image", "image"
    JPEG_XL = "JPEG XL", "a JPEG XL image", "image"
    GIF = "GIF", "a GIF", "image"
    WEBP = "WEBP", "a WEBP image", "image"
    HEIC = "HEIC", "a HEIC photo", "image"
    AVIF = "AVIF", "an AVIF image", "image"
    BMP = "BMP", "a BMP image", "image"
    TIFF = "TIFF", "a TIFF image", "image"
    ICO = "ICO", "an ICO icon", "image"
    PSD = "PSD", "a Photoshop file", "image"
    SVG = "SVG", "an SVG drawing", "image"
    WAV = "WAV", "a WAV recording", "audio"
    AIFF = "AIFF", "an AIFF recording", "audio"
    FLAC = "FLAC", "a FLAC recording", "audio"
    AAC = "AAC", "an AAC recording", "audio"
    MPEG_LAYER_II = "MPEG Layer II", "an MP2 recording", "audio"
    M4A = "M4A", "an M4A recording", "audio"
    AMR_WB = "AMR-WB", "an AMR-WB recording", "audio"
    MIDI = "MIDI", "a MIDI file"
    MP4 = "MP4", "an MP4 file", "audio"
    MOV = "MOV", "a QuickTime file", "audio"
    THREE_GP = "3GP", "a 3GP file", "audio"
    WEBM = "WEBM", "a WEBM file", "audio"
    MATROSKA = "Matroska", "a Matroska file", "audio"
    AVI = "AVI", "an AVI video"
    ASF = "ASF", "a Windows Media file", "audio"
    FLASH_VIDEO = "FLV", "a Flash video"
    MPEG = "MPEG", "an MPEG video"
    OGG_VIDEO = "Ogg video", "an Ogg video"
    OGG_WITH_PICTURE = "Ogg video with sound", "an Ogg file with a picture or video in it"
    WORD = "DOCX", "a Word document", "application"
    EXCEL = "XLSX", "an Excel workbook", "application"
    POWERPOINT = "PPTX", "a PowerPoint presentation", "application"
    OLD_OFFICE = "Microsoft Office", "an old Microsoft Office document", "application"
    RTF = "RTF", "an RTF document", "application"
    POSTSCRIPT = "PostScript", "a PostScript document", "application"
    ZIP = "ZIP", "a ZIP archive"
    GZIP = "gzip", "a gzip archive"
    SEVEN_ZIP = "7z", "a 7z archive"
    RAR = "RAR", "a RAR archive"
    VCARD = "vCard", "a vCard contact"
    HTML = "HTML", "a web page"
    XML = "XML", "an XML document"
    JSON = "JSON", "a JSON document"
    TEXT = "text", "plain text"


DAMAGED = frozenset(kind for kind in OtherFormat if kind.startswith("damaged "))
"""Files that start like an allowed format but are not valid."""

PAGES = frozenset({OtherFormat.HTML, OtherFormat.XML, OtherFormat.JSON, OtherFormat.TEXT})
"""What a server sends instead of a file: a web page or an error message."""

WHATSAPP_FORMATS = frozenset(
    {
        OtherFormat.WEBP,
        OtherFormat.AAC,
        OtherFormat.M4A,
        OtherFormat.THREE_GP,
        OtherFormat.MP4,
        OtherFormat.WORD,
        OtherFormat.EXCEL,
        OtherFormat.POWERPOINT,
        OtherFormat.VCARD,
    }
)
"""Formats that WhatsApp accepts and this challenge does not.

Source: https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
"""

# Each with its specification; the first match counts.
_SIGNATURES: tuple[tuple[bytes, OtherFormat], ...] = (
    (rb"GIF8[79]a", OtherFormat.GIF),  # W3C, GIF89a
    (rb"RIFF....WEBP", OtherFormat.WEBP),  # RFC 9649
    (rb"RIFF....WAVE|RF64....WAVE", OtherFormat.WAV),  # Microsoft, RIFF; EBU Tech 3306
    (rb"RIFF....AVI ", OtherFormat.AVI),  # Microsoft, AVI RIFF
    (rb"FORM....AIF[FC]", OtherFormat.AIFF),  # Apple, AIFF-C
    (rb"....ftyp(?:avi[fs]|mif1.{0,40}?avif)", OtherFormat.AVIF),  # AOM, AVIF
    (rb"....ftyp(?:hei|hev|mif1|msf1)", OtherFormat.HEIC),  # ISO 23008-12
    (rb"....ftypM4[AB]", OtherFormat.M4A),  # Apple, iTunes; as ISO 14496-12
    (rb"....ftyp3g", OtherFormat.THREE_GP),  # 3GPP TS 26.244
    (rb"....ftypqt  |....(?:moov|mdat|wide|free)", OtherFormat.MOV),  # Apple, QuickTime
    (rb"....ftyp", OtherFormat.MP4),  # ISO 14496-12 and -14
    (rb"\x1aE\xdf\xa3.{0,60}webm", OtherFormat.WEBM),  # RFC 8794 and webmproject.org
    (rb"\x1aE\xdf\xa3", OtherFormat.MATROSKA),  # RFC 9559
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", OtherFormat.ASF),  # Microsoft, ASF
    (rb"FLV\x01", OtherFormat.FLASH_VIDEO),  # Adobe, FLV 10.1
    (rb"\0\0\x01[\xb3\xba]|(?:G.{187}){3}", OtherFormat.MPEG),  # ISO 13818-1 and -2
    (rb"fLaC", OtherFormat.FLAC),  # RFC 9639
    (rb"#!AMR-WB", OtherFormat.AMR_WB),  # RFC 4867
    (rb"#!AMR\n", OtherFormat.DAMAGED_AMR),
    (rb"MThd\0\0\0\x06", OtherFormat.MIDI),  # MIDI Association, SMF 1.0
    (rb"\xff\xfe|\xfe\xff", OtherFormat.TEXT),  # Unicode, byte-order mark of UTF-16
    (rb"\xff[\xf0\xf1\xf8\xf9]", OtherFormat.AAC),  # ISO 13818-7, ADTS
    (rb"\xff[\xfc\xfd\xf4\xf5]", OtherFormat.MPEG_LAYER_II),  # ISO 11172-3 and 13818-3
    (rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]", OtherFormat.DAMAGED_MP3),
    (rb"BM....\0\0\0\0", OtherFormat.BMP),  # Microsoft, BITMAPFILEHEADER
    (rb"II[*+]\0|MM\0[*+]", OtherFormat.TIFF),  # TIFF 6.0; BigTIFF
    (rb"\0\0[\x01\x02]\0[^\0]\0", OtherFormat.ICO),  # Microsoft, ICONDIR
    (rb"8BPS\0[\x01\x02]", OtherFormat.PSD),  # Adobe, Photoshop
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", OtherFormat.JPEG_2000),  # ISO 15444-1
    (rb"\0\0\0\x0cJXL |\xff\x0a", OtherFormat.JPEG_XL),  # ISO 18181
    (rb"\xff\xd8.*?\xff\xf7\0[\x0b-\x14]", OtherFormat.JPEG_LS),  # ISO 14495-1
    (rb"\xff\xd8.*?\xff[\xc3\xcb]\0[\x0b-\x14]", OtherFormat.LOSSLESS_JPEG),  # ISO 10918-1
    (rb"\xff\xd8\xff", OtherFormat.DAMAGED_JPEG),
    (rb"\x89PNG", OtherFormat.DAMAGED_PNG),
    (rb"\s*%PDF-", OtherFormat.DAMAGED_PDF),
    (rb"PK\x03\x04.*?word/", OtherFormat.WORD),  # ECMA-376, as all three
    (rb"PK\x03\x04.*?xl/", OtherFormat.EXCEL),
    (rb"PK\x03\x04.*?ppt/", OtherFormat.POWERPOINT),
    (rb"PK(?:\x03\x04|\x05\x06)", OtherFormat.ZIP),  # PKWARE, APPNOTE
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OtherFormat.OLD_OFFICE),  # Microsoft, MS-CFB
    (rb"\x1f\x8b\x08", OtherFormat.GZIP),  # RFC 1952
    (rb"7z\xbc\xaf\x27\x1c", OtherFormat.SEVEN_ZIP),  # 7-zip.org, 7zFormat
    (rb"Rar!\x1a\x07", OtherFormat.RAR),  # rarlab.com, technote
    (rb"\{\\rtf", OtherFormat.RTF),  # Microsoft, RTF 1.9
    (rb"%!PS", OtherFormat.POSTSCRIPT),  # Adobe, DSC 3.0
    (rb"(?i:\s*BEGIN:VCARD)", OtherFormat.VCARD),  # RFC 6350
)
_COMPILED = tuple((re.compile(start, re.DOTALL), kind) for start, kind in _SIGNATURES)

# Audio that may follow an ID3 tag and is not MP3.
_TAGGED = frozenset({OtherFormat.AAC, OtherFormat.FLAC, OtherFormat.WAV, OtherFormat.MPEG_LAYER_II})
_SOUND_IN_OGG = (b"\x01vorbis", b"OpusHead", b"Speex   ", b"\x7fFLAC")
_PICTURES_IN_OGG = (b"\x80theora", b"OVP80", b"\x01video\0")  # Theora, VP8, OGM
_START_OF_HTML = re.compile(r"<(?:!doctype html|head|body|title|br|h1|p|b)\b")  # WHATWG, HTML
_HTML = re.compile(r"<html\b")
_SVG = re.compile(r"<svg\b")  # W3C, SVG 2
_JSON = re.compile(r'\{\s*["}]|\[\s*["{\[\d\]-]')  # RFC 8259
_NO_TEXT = re.compile(r"[\0-\x08\x0e-\x1a\x1c-\x1f\ufffd]")


def detect(first_bytes: bytes) -> OtherFormat | None:
    """Return the kind of a file that is not in an allowed format, None if it is unknown."""
    if not first_bytes:
        return OtherFormat.EMPTY
    if first_bytes.startswith(b"OggS"):
        return _detect_ogg(first_bytes)
    if size := tag_size(first_bytes):
        tagged = _by_signature(first_bytes[size:].lstrip(b"\0"))
        return tagged if tagged in _TAGGED else OtherFormat.TAG
    return _by_signature(first_bytes) or _detect_text(first_bytes)


def _by_signature(first_bytes: bytes) -> OtherFormat | None:
    return next((kind for start, kind in _COMPILED if start.match(first_bytes)), None)


def _detect_ogg(first_bytes: bytes) -> OtherFormat:
    # The first packet of each stream identifies its codec, and these come first (RFC 3533).
    if not any(codec in first_bytes for codec in _PICTURES_IN_OGG):
        return OtherFormat.DAMAGED_OGG
    has_sound = any(codec in first_bytes for codec in _SOUND_IN_OGG)
    return OtherFormat.OGG_WITH_PICTURE if has_sound else OtherFormat.OGG_VIDEO


def _detect_text(first_bytes: bytes) -> OtherFormat | None:
    # UTF-8 without control characters; the last character may be truncated.
    text = first_bytes.decode("utf-8-sig", "replace").removesuffix("\ufffd").strip().lower()
    if not text or _NO_TEXT.search(text):
        return None
    if text[0] == "<":
        return _detect_markup(text)
    return OtherFormat.JSON if _JSON.match(text) else OtherFormat.TEXT


def _detect_markup(text: str) -> OtherFormat:
    if _START_OF_HTML.match(text) or _HTML.search(text):
        return OtherFormat.HTML
    return OtherFormat.SVG if _SVG.search(text) else OtherFormat.XML

"""The recognition of media formats: handmade bytes for each rule, real files for the whole."""

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from validator.formats import Format
from validator.signatures import HEAD_SIZE, ReadAt, recognise

CORPUS = Path(__file__).parent / "corpus"


def reader(content: bytes) -> ReadAt:
    return lambda offset, size: content[offset : offset + size]


def recognised(content: bytes) -> Format | None:
    return recognise(reader(content))


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2) + body


def jpeg(*segments: bytes) -> bytes:
    return (b"\xff\xd8" + b"".join(segments)).ljust(64, b"\0")


def png(header: bytes = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) -> bytes:
    chunk = b"IHDR" + header
    checksum = zlib.crc32(chunk).to_bytes(4)
    return b"\x89PNG\r\n\x1a\n" + len(header).to_bytes(4) + chunk + checksum


def ogg_page(packet: bytes, flags: int = 2) -> bytes:
    lacing = bytes((len(packet),))
    return b"OggS\0" + bytes((flags,)) + bytes(20) + bytes((len(lacing),)) + lacing + packet


def id3(size: int, flags: int = 0, version: int = 4) -> bytes:
    digits = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3" + bytes((version, 0, flags)) + digits


def tag(size: int, flags: int = 0, version: int = 4) -> bytes:
    return id3(size, flags, version) + bytes(size)


def pdf(start: bytes) -> bytes:
    return start.ljust(64, b" ")


def frame(header: bytes, size: int) -> bytes:
    return header.ljust(size, b"\0")


QUANTISATION = segment(0xDB, bytes(65))
SCAN = segment(0xDA, bytes(10))
VORBIS, OPUS = ogg_page(b"\x01vorbis" + bytes(23)), ogg_page(b"OpusHead" + bytes(11))
SPEEX, OGG_FLAC = ogg_page(b"Speex   " + bytes(72)), ogg_page(b"\x7fFLAC\1\0")
THEORA, INDEX = ogg_page(b"\x80theora"), ogg_page(b"fishead\0" + bytes(56))
LATER_PAGE = ogg_page(b"\x03vorbis", flags=0)
MPEG_1 = frame(b"\xff\xfb\x90\xc0", 417)  # 128 kbit/s, 44,100 Hz
MPEG_2 = frame(b"\xff\xf3\x40\xc0", 104)  # 32 kbit/s, 22,050 Hz
MPEG_2_5 = frame(b"\xff\xe3\x18\xc0", 72)  # 8 kbit/s, 8,000 Hz
WITH_CHECKSUM = frame(b"\xff\xfa\x92\xc0", 418)  # and with the padding bit
LONGEST = frame(b"\xff\xfb\xe8\xc0", 1440)  # 320 kbit/s, 32,000 Hz
LAYER_I, LAYER_II = frame(b"\xff\xff\x40\xc0", 136), frame(b"\xff\xfd\x80\xc0", 417)
AAC = frame(b"\xff\xf1\x50\x80\x2e\x7f\xfc", 371)
MAX_REACH = 16 * 1024 * 1024


ALLOWED = {
    "JPEG that names itself": (Format.JPEG, jpeg(segment(0xE0, b"JFIF\0"), SCAN)),
    "JPEG without a name": (Format.JPEG, jpeg(QUANTISATION, segment(0xC0, bytes(15)))),
    "JPEG, progressive": (Format.JPEG, jpeg(QUANTISATION, segment(0xC2, bytes(15)))),
    "JPEG, arithmetic coding": (Format.JPEG, jpeg(segment(0xC9, bytes(15)))),
    "JPEG with fill bytes": (Format.JPEG, jpeg(QUANTISATION, b"\xff\xff", SCAN)),
    "JPEG with Exif beyond the head": (Format.JPEG, jpeg(segment(0xE1, b"Exif\0\0" + bytes(9000)))),
    "PNG": (Format.PNG, png()),
    "PDF": (Format.PDF, pdf(b"%PDF-1.7\n")),
    "PDF 2": (Format.PDF, pdf(b"%PDF-2.0\n")),
    "PDF behind white space": (Format.PDF, pdf(b"\r\n \t\f\0%PDF-1.4")),
    "PDF behind a byte-order mark": (Format.PDF, pdf(b"\xef\xbb\xbf%PDF-1.4")),
    "AMR": (Format.AMR, b"#!AMR\n\x3c" + bytes(31)),
    "AMR that starts with comfort noise": (Format.AMR, b"#!AMR\n\x44" + bytes(5)),
    "AMR that starts with no data": (Format.AMR, b"#!AMR\n\x7c"),
    "Vorbis": (Format.OGG, VORBIS + LATER_PAGE),
    "Opus": (Format.OGG, OPUS + LATER_PAGE),
    "Speex": (Format.OGG, SPEEX + LATER_PAGE),
    "FLAC in Ogg": (Format.OGG, OGG_FLAC + LATER_PAGE),
    "Vorbis with an index": (Format.OGG, INDEX + VORBIS + LATER_PAGE),
    "MP3": (Format.MP3, MPEG_1 + MPEG_1),
    "MP3 of MPEG-2": (Format.MP3, MPEG_2 + MPEG_2),
    "MP3 of MPEG-2.5": (Format.MP3, MPEG_2_5 + MPEG_2_5),
    "MP3 with checksums": (Format.MP3, WITH_CHECKSUM + WITH_CHECKSUM),
    "MP3 of the longest frames": (Format.MP3, LONGEST + LONGEST),
    "MP3 of one frame": (Format.MP3, MPEG_1),
    "tagged MP3": (Format.MP3, tag(20) + MPEG_1 + MPEG_1),
    "tagged MP3 of one frame": (Format.MP3, tag(20) + MPEG_1),
    "tagged MP3, the tag with a footer": (Format.MP3, tag(20, 0x10) + bytes(10) + MPEG_1),
    "tagged MP3 with padding": (Format.MP3, tag(20) + bytes(3000) + MPEG_1 + MPEG_1),
    "tagged MP3 with more padding": (Format.MP3, tag(20) + bytes(7000) + MPEG_1 + MPEG_1),
    "MP3 behind a long tag": (Format.MP3, tag(300_000) + MPEG_1 + MPEG_1 + bytes(9000)),
    "one frame behind a long tag": (Format.MP3, tag(300_000) + MPEG_1),
    "MP3 behind nine tags": (Format.MP3, tag(5000) * 9 + MPEG_1 + MPEG_1),
    "MP3 behind the longest tag": (Format.MP3, tag(MAX_REACH - 10) + MPEG_1 + MPEG_1),
    "audio across the end of the head": (Format.MP3, tag(4000) + MPEG_1 + MPEG_1),
    "a second tag across the end of the head": (Format.MP3, tag(4081) + tag(9000) + MPEG_1),
    "audio at the end of the head": (Format.MP3, tag(HEAD_SIZE - 10 - 417) + MPEG_1),
}

OTHER = {
    "nothing": b"",
    "one byte": b"\xff",
    "GIF": b"GIF89a" + bytes(80),
    "text": b"This is not a picture, and not a sound either.\n" * 3,
    "JPEG, cut off": jpeg(segment(0xE0, b"JFIF\0"))[:63],
    "JPEG, garbage behind the start": b"\xff\xd8\xff" + bytes(range(1, 100)),
    "JPEG, lossless": jpeg(segment(0xC3, bytes(15))),
    "JPEG, lossless, that names itself": jpeg(segment(0xE0, b"JFIF\0"), segment(0xC3, bytes(15))),
    "JPEG-LS": jpeg(segment(0xF7, bytes(15))),
    "JPEG, nothing but a comment": jpeg(segment(0xFE, bytes(9000))),
    "JPEG 2000": b"\xff\x4f\xff\x51" + bytes(80),
    "PNG, cut off": png()[:32],
    "PNG, wrong checksum": png()[:-1] + b"\0",
    "PNG, wrong length": png(bytes(14)),
    "PNG, line ends changed in transfer": png().replace(b"\r\n", b"\n"),
    "PDF, cut off": pdf(b"%PDF-1.7")[:63],
    "PDF, version 3": pdf(b"%PDF-3.0"),
    "PDF, no version": pdf(b"%PDF-\n"),
    "PDF behind text": pdf(b"Content-Type: application/pdf\n\n%PDF-1.4"),
    "AMR, nothing behind the mark": b"#!AMR\n",
    "AMR, cut off": b"#!AMR\n\x3c" + bytes(30),
    "AMR, padding bits set": b"#!AMR\n\xbc" + bytes(40),
    "AMR, unknown frame type": b"#!AMR\n\x4c" + bytes(40),
    "AMR-WB": b"#!AMR-WB\n\x3c" + bytes(40),
    "Ogg, cut off": VORBIS[:28],
    "Ogg video": THEORA + LATER_PAGE,
    "Ogg video with sound": VORBIS + THEORA + LATER_PAGE,
    "Ogg with an index only": INDEX + LATER_PAGE,
    "Ogg from the middle of a stream": LATER_PAGE + LATER_PAGE,
    "MPEG Layer I": LAYER_I * 2,
    "MPEG Layer II": LAYER_II * 2,
    "AAC": AAC * 2,
    "MP3, cut off in its first frame": MPEG_1[:-1],
    "MP3, a second frame that is none": MPEG_1 + b"RIFF",
    "MP3, reserved version": frame(b"\xff\xeb\x90\xc0", 417) * 2,
    "MP3, free bit rate": frame(b"\xff\xfb\x00\xc0", 417) * 2,
    "MP3, forbidden bit rate": frame(b"\xff\xfb\xf0\xc0", 417) * 2,
    "MP3, reserved sampling rate": frame(b"\xff\xfb\x9c\xc0", 417) * 2,
    "MP3 behind bytes that are no tag": b"\0" + MPEG_1 + MPEG_1,
    "a tag, cut off": id3(300)[:9],
    "a tag and nothing behind": tag(300),
    "a tag of unknown version": tag(20, version=5) + MPEG_1 + MPEG_1,
    "a tag that ends beyond the file": id3(300_000) + MPEG_1 + MPEG_1,
    "a tag that ends beyond any message": tag(MAX_REACH - 9) + MPEG_1 + MPEG_1,
    "AAC behind a tag": tag(20) + AAC * 40,
    "FLAC behind a tag": tag(20) + b"fLaC" + bytes(9000),
    "MP3 too far behind a tag": tag(20) + bytes(8192) + MPEG_1 + MPEG_1,
}


@pytest.mark.parametrize(("expected", "content"), ALLOWED.values(), ids=ALLOWED)
def test_an_allowed_format_is_recognised(expected: Format, content: bytes) -> None:
    assert recognised(content) is expected


@pytest.mark.parametrize("content", OTHER.values(), ids=OTHER)
def test_anything_else_is_not_recognised(content: bytes) -> None:
    assert recognised(content) is None


@pytest.mark.parametrize(
    ("content", "reads"),
    [
        (MPEG_1 * 100, [(0, HEAD_SIZE)]),
        (tag(20) + MPEG_1 * 100, [(0, HEAD_SIZE)]),
        (png() + bytes(10_000), [(0, HEAD_SIZE)]),
        (bytes(10_000), [(0, HEAD_SIZE)]),
        (tag(300), [(0, HEAD_SIZE)]),
        (tag(5000) + MPEG_1 * 100, [(0, HEAD_SIZE), (5010, 8192)]),
        (tag(20) + AAC * 100, [(0, HEAD_SIZE), (30, 8192)]),
        (tag(90_000) * 2 + MPEG_1 * 100, [(0, HEAD_SIZE), (90_010, 8192), (180_020, 8192)]),
        (id3(MAX_REACH) + bytes(10_000), [(0, HEAD_SIZE)]),
    ],
)
def test_no_more_is_read_than_needed(content: bytes, reads: list[tuple[int, int]]) -> None:
    asked: list[tuple[int, int]] = []

    def read(offset: int, size: int) -> bytes:
        asked.append((offset, size))
        return content[offset : offset + size]

    recognise(read)
    assert asked == reads


def truncated(content: bytes, _: random.Random) -> Iterator[bytes]:
    return (content[:size] for size in range(min(len(content), 500)))


def with_flipped_bits(content: bytes, chance: random.Random) -> Iterator[bytes]:
    for _ in range(200):
        flipped = bytearray(content[:9000])
        flipped[chance.randrange(min(len(flipped), 100))] ^= 1 << chance.randrange(8)
        yield bytes(flipped)


def with_garbage_behind(content: bytes, chance: random.Random) -> Iterator[bytes]:
    return (content[: chance.randrange(40)] + chance.randbytes(300) for _ in range(200))


@pytest.mark.parametrize("damaged", [truncated, with_flipped_bits, with_garbage_behind])
@pytest.mark.parametrize(("expected", "content"), ALLOWED.values(), ids=ALLOWED)
def test_damage_never_raises_nor_makes_another_format(
    damaged: Callable[[bytes, random.Random], Iterator[bytes]], expected: Format, content: bytes
) -> None:
    found = {recognised(variant) for variant in damaged(content, random.Random(0))}
    assert found <= {expected, None}


def test_random_bytes_are_no_format() -> None:
    chance = random.Random(0)
    assert not any(recognised(chance.randbytes(chance.randrange(5000))) for _ in range(2000))


CORPUS_FOLDERS: dict[str, Format | None] = {
    **{known.value: known for known in Format},
    "other": None,
}
CORPUS_FILES = [
    (folder, path) for folder in CORPUS_FOLDERS for path in sorted((CORPUS / folder).iterdir())
]


@pytest.mark.parametrize(
    ("folder", "path"), CORPUS_FILES, ids=[f"{folder}/{path.name}" for folder, path in CORPUS_FILES]
)
def test_a_real_file_is_what_its_folder_says(folder: str, path: Path) -> None:
    assert recognised(path.read_bytes()) is CORPUS_FOLDERS[folder]


@pytest.mark.parametrize("folder", CORPUS_FOLDERS)
def test_the_corpus_has_files_of_every_kind(folder: str) -> None:
    assert sum(kind == folder for kind, _ in CORPUS_FILES) >= 10

"""Recognition of the allowed formats: handmade content for each rule, and real files."""

import random
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from validator.challenge.file_parts import ReadAt
from validator.challenge.formats import HEAD_SIZE, Format, recognise
from validator.challenge.jpeg import NEXT_READS

CORPUS = Path(__file__).parents[1] / "corpus"


def reader(content: bytes) -> ReadAt:
    return lambda offset, size: content[offset : offset + size]


def recognised(content: bytes) -> Format | None:
    return recognise(reader(content)).format


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


def plain_tag(size: int) -> bytes:
    """Return a tag whose size is a plain integer instead of a synchsafe one."""
    return b"ID3\x03\0\0" + size.to_bytes(4) + b"PRIV".ljust(size, b".")


def pdf(start: bytes) -> bytes:
    return start.ljust(64, b" ")


def frame(header: bytes, size: int) -> bytes:
    return header.ljust(size, b"\0")


class CountingReader:
    """A file that records its reads, and may fail at one of them."""

    def __init__(self, content: bytes, fails_at: int | None = None) -> None:
        self.reads: list[tuple[int, int]] = []
        self._content = content
        self._fails_at = fails_at

    def __call__(self, offset: int, size: int) -> bytes:
        if len(self.reads) == self._fails_at:
            raise ConnectionError
        self.reads.append((offset, size))
        return self._content[offset : offset + size]


def comment(size: int) -> bytes:
    """Return JPEG comment segments of `size` bytes in all, each up to 65,537."""
    whole, rest = divmod(size, 65_537)
    if rest and rest < 4:
        whole, rest = whole - 1, rest + 65_537
    parts = [65_537] * whole + ([rest] if rest <= 65_537 else [rest - 4, 4])
    return b"".join(segment(0xFE, bytes(part - 4)) for part in parts if part)


BYTE_ORDER_MARK = b"\xef\xbb\xbf"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
QUANTISATION = segment(0xDB, bytes(65))
FRAME = segment(0xC0, bytes((8, 0, 16, 0, 16, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1)))
SCAN = segment(0xDA, bytes(10))
FULL_PROFILE = segment(0xE2, b"ICC_PROFILE\0" + bytes(65_521))
LONG_PART = segment(0xE2, b"ICC_PROFILE\0" + bytes(32_002))
LIES_LOW = b"\xff\xfe\0\x06a comment longer than it says"
VORBIS, OPUS = ogg_page(b"\x01vorbis" + bytes(23)), ogg_page(b"OpusHead" + bytes(11))
INDEX = ogg_page(b"fishead\0" + bytes(56))
LATER_PAGE = ogg_page(b"\x03vorbis", flags=0)
MPEG_1 = frame(b"\xff\xfb\x90\xc0", 417)  # 128 kbit/s, 44,100 Hz
MPEG_2 = frame(b"\xff\xf3\x40\xc0", 104)  # 32 kbit/s, 22,050 Hz
MPEG_2_5 = frame(b"\xff\xe3\x18\xc0", 72)  # 8 kbit/s, 8,000 Hz
WITH_CHECKSUM = frame(b"\xff\xfa\x92\xc0", 418)  # and with the padding bit
LONGEST = frame(b"\xff\xfb\xe8\xc0", 1440)  # 320 kbit/s, 32,000 Hz
LAYER_II = frame(b"\xff\xfd\x80\xc0", 417)
AAC = frame(b"\xff\xf1\x50\x80\x2e\x7f\xfc", 371)
MAX_REACH = 16 * 1024 * 1024
MAX_READS = 14
MAX_BYTES = 5_000_000


ALLOWED = {
    "JPEG that names itself": (Format.JPEG, jpeg(segment(0xE0, b"JFIF\0"), FRAME, SCAN)),
    "JPEG without a name": (Format.JPEG, jpeg(QUANTISATION, FRAME)),
    "JPEG, progressive": (Format.JPEG, jpeg(QUANTISATION, segment(0xC2, FRAME[4:]))),
    "JPEG with fill bytes across a window": (Format.JPEG, jpeg(b"\xff" * 100_000, FRAME)),
    "JPEG with a long Exif": (Format.JPEG, jpeg(segment(0xE1, b"Exif\0\0" + bytes(60_000)), FRAME)),
    "JPEG with a profile of 128 kB": (Format.JPEG, jpeg(*[FULL_PROFILE] * 2, FRAME)),
    "JPEG of a printer": (Format.JPEG, jpeg(segment(0xEE, b"Adobe"), *[FULL_PROFILE] * 8, FRAME)),
    "JPEG with a profile in small parts": (Format.JPEG, jpeg(*[LONG_PART] * 18, FRAME)),
    "JPEG with Content Credentials": (Format.JPEG, jpeg(segment(0xEB, bytes(25_000)), FRAME)),
    "JPEG with a comment and a thumbnail": (
        Format.JPEG,
        jpeg(comment(40), segment(0xE1, jpeg(FRAME, bytes(20_000))), FRAME),
    ),
    "JPEG of 100 segments": (Format.JPEG, jpeg(*[segment(0xE2, bytes(900))] * 100, FRAME)),
    "JPEG of 5 MB of metadata": (Format.JPEG, jpeg(*[FULL_PROFILE] * 76, FRAME)),
    "JPEG with a length that lies low": (Format.JPEG, jpeg(LIES_LOW, QUANTISATION, FRAME)),
    "JPEG with a length below two": (Format.JPEG, jpeg(b"\xff\xfe\0\0", FRAME)),
    "JPEG with garbage between segments": (Format.JPEG, jpeg(QUANTISATION, b"\xff\0 \0", FRAME)),
    "PNG": (Format.PNG, png()),
    "PDF": (Format.PDF, pdf(b"%PDF-1.7\n")),
    "PDF after white space": (Format.PDF, pdf(b"\r\n \t\f\0%PDF-1.4")),
    "PDF after a byte-order mark": (Format.PDF, pdf(b"\xef\xbb\xbf%PDF-1.4")),
    **{
        f"PDF after {what}": (Format.PDF, before + PDF)
        for what, before in {
            "a form's envelope": b'--7f3\r\nContent-Disposition: form-data; name="file"\r\n\r\n',
            "a response's header": b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n",
            "comments": b"%% Job: 7\r\n%% Tray: 2\r\n",
            "a printer's commands": b"\x1b%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE=PDF\r\n",
            "a warning": BYTE_ORDER_MARK + b"\r\nWarning: Undefined variable in /page.php\n",
            "1,023 bytes of text": b"text ".ljust(1023, b"x") + b"\n",
        }.items()
    },
    "AMR": (Format.AMR, b"#!AMR\n\x3c" + bytes(31)),
    "Vorbis": (Format.OGG, VORBIS + LATER_PAGE),
    "Opus": (Format.OGG, OPUS + LATER_PAGE),
    "Vorbis with an index": (Format.OGG, INDEX + VORBIS + LATER_PAGE),
    "MP3": (Format.MP3, MPEG_1 + MPEG_1),
    "MP3 of MPEG-2": (Format.MP3, MPEG_2 + MPEG_2),
    "MP3 of MPEG-2.5": (Format.MP3, MPEG_2_5 + MPEG_2_5),
    "MP3 with checksums": (Format.MP3, WITH_CHECKSUM + WITH_CHECKSUM),
    "MP3 of the longest frames": (Format.MP3, LONGEST + LONGEST),
    "MP3 of one frame": (Format.MP3, MPEG_1),
    "tagged MP3 of one frame": (Format.MP3, tag(20) + MPEG_1),
    "tagged MP3, the tag with a footer": (Format.MP3, tag(20, 0x10) + bytes(10) + MPEG_1),
    "tagged MP3 with padding": (Format.MP3, tag(20) + bytes(3000) + MPEG_1 + MPEG_1),
    "tagged MP3 with more padding": (Format.MP3, tag(20) + bytes(7000) + MPEG_1 + MPEG_1),
    "MP3 after a long tag": (Format.MP3, tag(300_000) + MPEG_1 + MPEG_1 + bytes(9000)),
    "one frame after a long tag": (Format.MP3, tag(300_000) + MPEG_1),
    "MP3 after nine tags": (Format.MP3, tag(5000) * 9 + MPEG_1 + MPEG_1),
    "MP3 after the longest tag": (Format.MP3, tag(MAX_REACH - 10) + MPEG_1 + MPEG_1),
    "MP3 after a tag of plain size": (Format.MP3, plain_tag(65_525) + MPEG_1 + MPEG_1),
    "MP3 after a short tag of plain size": (Format.MP3, plain_tag(200) + MPEG_1 + MPEG_1),
    "MP3 after a tag of plain size that could be sync-safe": (
        Format.MP3,
        plain_tag(0x4512) + MPEG_1 + MPEG_1,
    ),
    "MP3 after a tag of plain size and zeros": (
        Format.MP3,
        plain_tag(65_525) + bytes(30_000) + MPEG_1 + MPEG_1,
    ),
    **{
        f"MP3 after {zeros} zeros": (Format.MP3, tag(56) + bytes(zeros) + LONGEST + LONGEST)
        for zeros in (8192, 10_000, 16_300, 16_384, 64 * 1024)
    },
    "MP3 after long tags and zeros": (
        Format.MP3,
        tag(90_000) * 2 + bytes(10_000) + MPEG_1 + MPEG_1,
    ),
    "audio across the end of the search": (Format.MP3, tag(20) + b"x" * 8191 + MPEG_1 + MPEG_1),
    "audio across the end of the head": (Format.MP3, tag(4000) + MPEG_1 + MPEG_1),
    "a second tag across the end of the head": (Format.MP3, tag(4081) + tag(9000) + MPEG_1),
    "audio at the end of the head": (Format.MP3, tag(HEAD_SIZE - 10 - 417) + MPEG_1),
}

OTHER = {
    "nothing": b"",
    "JPEG, truncated": jpeg(segment(0xE0, b"JFIF\0"), FRAME)[:63],
    "JPEG, truncated in its metadata": jpeg(segment(0xE1, b"Exif\0\0" + bytes(60_000)))[:30_000],
    "JPEG, truncated after its metadata": jpeg(segment(0xE1, b"Exif\0\0" + bytes(60_000))),
    "JPEG, truncated in its frame's marker": jpeg(segment(0xE1, bytes(60_000)), FRAME[:1]),
    "JPEG, zeros after the start": b"\xff\xd8\xff" + bytes(100_000),
    "JPEG, zeros after the metadata": jpeg(segment(0xE0, b"JFIF\0"), bytes(100_000)),
    "JPEG, lossless": jpeg(segment(0xC3, FRAME[4:])),
    "JPEG, lossless, that names itself": jpeg(
        segment(0xE0, b"JFIF\0"), segment(0xC3, FRAME[4:]), FRAME
    ),
    "JPEG, lossless, after a long profile": jpeg(FULL_PROFILE, segment(0xC3, FRAME[4:])),
    "JPEG, hierarchical": jpeg(segment(0xDE, FRAME[4:]), FRAME),
    "JPEG, tables only": jpeg(QUANTISATION, b"\xff\xd9"),
    "JPEG, a scan without a frame": jpeg(QUANTISATION, SCAN),
    "JPEG, a frame of an impossible length": jpeg(segment(0xC0, bytes(5))),
    "JPEG, a length that leads beyond the file": jpeg(b"\xff\xe1\xff\xff", FRAME),
    "JPEG, nothing but a comment": jpeg(segment(0xFE, bytes(9000))),
    "JPEG, segments without end": jpeg(*[FULL_PROFILE] * 200),
    "JPEG, small segments without end": jpeg(b"\xff\xfe\0\2" * 1_500_000),
    "JPEG, fill bytes without end": jpeg(b"\xff" * 6_000_000),
    "PNG, truncated": png()[:32],
    "PNG, wrong length": png(bytes(14)),
    "PDF, truncated": pdf(b"%PDF-1.7")[:63],
    "PDF, version 3": pdf(b"%PDF-3.0"),
    "PDF, no version": pdf(b"%PDF-\n"),
    "PDF without an object after text, but with words": b"Text\n%PDF-1.4\n" + b"of a PDF\n" * 9,
    "PDF without an object after text": b"Content-Type: text\n\n%PDF-1.4\n" + b"%\n" * 90,
    "PDF after more than 1,024 bytes of text": b"text ".ljust(1024, b"x") + b"\n" + PDF,
    "PDF in the midst of a line": b"A PDF begins with " + PDF,
    "PDF in JSON": b'{"file": "\n' + PDF,
    "PDF after garbage": b"text\0text\n" + PDF,
    "PDF headers without end": b"x\n" + b"%PDF-1.4\n" * 2000,
    "AMR, nothing after the magic number": b"#!AMR\n",
    "AMR, truncated": b"#!AMR\n\x3c" + bytes(30),
    "AMR, padding bits set": b"#!AMR\n\xbc" + bytes(40),
    "AMR, unknown frame type": b"#!AMR\n\x4c" + bytes(40),
    "Ogg, truncated": VORBIS[:28],
    "Ogg with an index only": INDEX + LATER_PAGE,
    "Ogg from the middle of a stream": LATER_PAGE + LATER_PAGE,
    "MP3, truncated in its first frame": MPEG_1[:-1],
    "MP3, an invalid second frame": MPEG_1 + b"RIFF",
    "MP3, reserved version": frame(b"\xff\xeb\x90\xc0", 417) * 2,
    "MP3, free bit rate": frame(b"\xff\xfb\x00\xc0", 417) * 2,
    "MP3, forbidden bit rate": frame(b"\xff\xfb\xf0\xc0", 417) * 2,
    "MP3, reserved sampling rate": frame(b"\xff\xfb\x9c\xc0", 417) * 2,
    "MP3 after bytes that are no tag": b"\0" + MPEG_1 + MPEG_1,
    "a tag and nothing after": tag(300),
    "a tag of unknown version": tag(20, version=5) + MPEG_1 + MPEG_1,
    "a tag that ends beyond the file": id3(300_000) + MPEG_1 + MPEG_1,
    "a tag that ends beyond any message": tag(MAX_REACH - 9) + MPEG_1 + MPEG_1,
    "MP3 too far after a tag": tag(20) + b"padding " * 1024 + MPEG_1 + MPEG_1,
    "MP3 after more zeros than 64 KiB": tag(20) + bytes(64 * 1024 + 1) + MPEG_1 + MPEG_1,
    "zeros after a tag": tag(20) + bytes(200_000),
    "something else after zeros": tag(20) + bytes(20_000) + b"x" + MPEG_1 + MPEG_1,
    "MP3 after zeros without a tag": bytes(1000) + MPEG_1 + MPEG_1,
    "MP3 near the end of a tag of plain size": plain_tag(70_000) + b"x" + MPEG_1 + MPEG_1,
    "a tag of plain size that ends beyond the file": plain_tag(70_000)[:60_000],
    "UTF-16 text": "\ufeff[.ShellClassInfo]\r\n".encode("utf-16-le") * 100,
    **{
        f"{codec} after {where}": front + content
        for codec, content in {
            "AAC": AAC * 400,
            "FLAC": b"fLaC\0\0\0\x22" + bytes(34) + b"\xff\xf8\xc9\x18" + bytes(9000),
            "Monkey's Audio": b"MAC \x96\x0f" + bytes(9000),
            "WAV": b"RIFF\x24\x40\0\0WAVEfmt " + bytes(16_000),
            "Layer II": LAYER_II * 40,
        }.items()
        for where, front in {
            "a long tag": tag(20_000),
            "a tag of plain size": plain_tag(70_000),
            "a tag and zeros": tag(20) + bytes(20_000),
        }.items()
    },
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
        (png() + bytes(100_000), [(0, HEAD_SIZE)]),
        (bytes(100_000), [(0, HEAD_SIZE)]),
        (tag(300), [(0, HEAD_SIZE)]),
        (plain_tag(65_525) + MPEG_1 * 100, [(0, HEAD_SIZE), (65_535, 11_264)]),
        (id3(MAX_REACH) + bytes(100_000), [(0, HEAD_SIZE)]),
        (tag(20_000) + MPEG_1 * 100, [(0, HEAD_SIZE), (20_010, 11_264)]),
        (tag(90_000) * 2 + MPEG_1 * 100, [(0, HEAD_SIZE), (90_010, 11_264), (180_020, 11_264)]),
        (jpeg(segment(0xE0, b"JFIF\0"), FRAME) + bytes(100_000), [(0, HEAD_SIZE)]),
        (jpeg(segment(0xE1, bytes(40_000)), FRAME), [(0, HEAD_SIZE), (40_006, NEXT_READS[0])]),
    ],
)
def test_no_more_is_read_than_needed(content: bytes, reads: list[tuple[int, int]]) -> None:
    reader = CountingReader(content)
    recognise(reader)
    assert reader.reads == reads


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        ("JPEG that names itself", 1),
        ("JPEG with Content Credentials", 2),
        ("JPEG with a comment and a thumbnail", 2),
        ("JPEG of 100 segments", 3),
        ("JPEG with a profile in small parts", 3),
        ("JPEG with a profile of 128 kB", 2),
        ("JPEG of a printer", 3),
        ("JPEG of 5 MB of metadata", 11),
    ],
)
def test_metadata_of_a_jpeg_costs_few_reads(name: str, reads: int) -> None:
    reader = CountingReader(ALLOWED[name][1] + bytes(100_000))
    assert recognise(reader).format is Format.JPEG
    assert len(reader.reads) == reads


@pytest.mark.parametrize("shift", range(-12, 6))
@pytest.mark.parametrize("reads", [1, 2, 3])
def test_a_jpeg_frame_is_found_just_inside_and_outside_of_every_window(
    reads: int, shift: int
) -> None:
    start = b"\xff\xd8"
    for window in range(reads):
        reached = len(start)
        end = HEAD_SIZE if window == 0 else reached + NEXT_READS[window - 1]
        last = window == reads - 1
        start += comment(end - reached + (shift if last else 40_000))
    reader = CountingReader(start + FRAME + SCAN + bytes(1000))

    assert recognise(reader).format is Format.JPEG
    assert len(reader.reads) in (reads, reads + 1)


@pytest.mark.parametrize("shift", range(-4, 5))
@pytest.mark.parametrize("window", [HEAD_SIZE - 30, 8192, 8192 + 3072, 64 * 1024 - 4])
def test_audio_after_zeros_is_found_just_inside_and_outside_of_every_window(
    window: int, shift: int
) -> None:
    reader = CountingReader(tag(20) + bytes(window + shift) + LONGEST + LONGEST)

    assert recognise(reader).format is Format.MP3
    assert len(reader.reads) <= 3


@pytest.mark.parametrize("shift", range(-12, 6))
@pytest.mark.parametrize("window", [HEAD_SIZE, HEAD_SIZE - 417])
def test_audio_after_a_tag_of_plain_size_is_found_across_the_end_of_the_head(
    window: int, shift: int
) -> None:
    reader = CountingReader(plain_tag(window - 10 + shift) + MPEG_1 * 10)

    assert recognise(reader).format is Format.MP3
    assert len(reader.reads) <= 3


@pytest.mark.parametrize("fails_at", [0, 1, 2])
def test_a_failed_read_is_not_treated_as_the_end_of_the_file(fails_at: int) -> None:
    with pytest.raises(ConnectionError):
        recognise(CountingReader(ALLOWED["JPEG of a printer"][1], fails_at))


@pytest.mark.parametrize("content", [b"".join(OTHER.values()), *OTHER.values()])
def test_reads_bytes_and_time_are_bounded(content: bytes) -> None:
    reader = CountingReader(content)
    started = time.process_time()
    recognise(reader)
    assert time.process_time() - started < 0.3
    assert len(reader.reads) <= MAX_READS
    assert sum(size for _, size in reader.reads) <= MAX_BYTES


def truncated(content: bytes, _: random.Random) -> Iterator[bytes]:
    return (content[:size] for size in range(min(len(content), 500)))


def with_flipped_bits(content: bytes, chance: random.Random) -> Iterator[bytes]:
    for _ in range(200):
        flipped = bytearray(content[:9000])
        flipped[chance.randrange(min(len(flipped), 100))] ^= 1 << chance.randrange(8)
        yield bytes(flipped)


def with_trailing_garbage(content: bytes, chance: random.Random) -> Iterator[bytes]:
    return (content[: chance.randrange(40)] + chance.randbytes(300) for _ in range(200))


@pytest.mark.parametrize("damaged", [truncated, with_flipped_bits, with_trailing_garbage])
@pytest.mark.parametrize(("expected", "content"), ALLOWED.values(), ids=ALLOWED)
def test_damaged_files_never_raise_or_pass_as_another_format(
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
def test_a_real_file_has_the_format_of_its_folder(folder: str, path: Path) -> None:
    assert recognised(path.read_bytes()) is CORPUS_FOLDERS[folder]


@pytest.mark.parametrize("folder", CORPUS_FOLDERS)
def test_the_corpus_has_files_of_every_kind(folder: str) -> None:
    assert sum(kind == folder for kind, _ in CORPUS_FILES) >= 10

#!/usr/bin/env bash
# Make every file of this corpus anew, with real encoders, from what is drawn and synthesised here.
#
# Debian 12 packages: ffmpeg libavcodec-extra imagemagick netpbm libjpeg-turbo-progs
#   libimage-exiftool-perl webp libheif-examples libavif-bin libjxl-tools libopenjp2-tools
#   djvulibre-bin sox lame twolame id3v2 opus-tools vorbis-tools flac oggz-tools qpdf ghostscript
#   mupdf-tools img2pdf binutils zip bzip2 xz-utils zstd p7zip-full python3

set -euo pipefail
export TZ=UTC LC_ALL=C SOURCE_DATE_EPOCH=1700000000

corpus=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
mkdir JPEG PNG MP3 OGG AMR PDF other

# picture [OPTION]... OUTPUT: the card through ImageMagick, without dates.
picture() {
    convert card.ppm -strip -define png:exclude-chunks=date,time "$@"
}

# av [OPTION]... OUTPUT: through ffmpeg, without its version and without dates.
av() {
    ffmpeg -v error -nostdin "${@:1:$#-1}" \
        -map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact "${!#}"
}

# bytes TEXT: the text with its \xNN and \0 turned into bytes.
bytes() {
    printf '%b' "$1"
}

# zeros COUNT: that many bytes of zero.
zeros() {
    head -c "$1" /dev/zero
}

# noise COUNT: that many bytes of garbage, the same each time.
noise() {
    python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random(1).randbytes(int(sys.argv[1])))' "$1"
}

# id3_tag SIZE: an ID3v2.4 tag of that many bytes of padding (fewer than 16,384) and a header.
id3_tag() {
    bytes "ID3\x04\0\0\0\0\x$(printf %02x $(($1 >> 7)))\x$(printf %02x $(($1 & 127)))"
    zeros "$1"
}

convert -size 16x16 gradient:red-blue -depth 8 card.ppm
convert -size 16x16 gradient:white-black -depth 8 grey.pgm
convert -size 16x16 gradient:white-black -monochrome bits.pbm
convert -seed 7 -size 240x240 plasma:red-blue -strip -quality 99 cover.jpg
sox -R -n -r 44100 -c 1 -b 16 tone.wav synth 0.15 sine 440 vol 0.5
sox -R -n -r 44100 -c 2 -b 16 stereo.wav synth 0.15 sine 440 sine 660 vol 0.5
sox -R -n -r 8000 -c 1 -b 16 narrow.wav synth 0.2 sine 440 vol 0.5
sox -R -n -r 16000 -c 1 -b 16 wide.wav synth 0.2 sine 440 vol 0.5

for recipe in "$corpus"/recipes/*.sh; do
    # shellcheck source=/dev/null
    source "$recipe"
done

chmod 644 -- */*
for folder in */; do
    rm -rf "${corpus:?}/$folder"
    cp -R "$folder" "$corpus/"
done

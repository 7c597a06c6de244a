# JPEG: the coding processes, and the segments that stand before the image.

cjpeg -quality 60 -outfile JPEG/baseline.jpg card.ppm
cjpeg -quality 60 -progressive -outfile JPEG/progressive.jpg card.ppm
cjpeg -quality 60 -arithmetic -outfile JPEG/arithmetic.jpg card.ppm
cjpeg -quality 60 -arithmetic -progressive -outfile JPEG/arithmetic-progressive.jpg card.ppm
cjpeg -quality 60 -grayscale -outfile JPEG/grey.jpg card.ppm
cjpeg -quality 60 -restart 1 -outfile JPEG/restart-markers.jpg card.ppm
cjpeg -quality 60 -optimize -sample 1x1 -outfile JPEG/no-subsampling.jpeg card.ppm
cjpeg -quality 60 -sample 2x1 -outfile JPEG/half-subsampling.jpg card.ppm
cjpeg -quality 60 -rgb -outfile JPEG/adobe-rgb.jpg card.ppm
{ bytes '\0\0\0\x84own \x04\0\0\0mntrGRAYXYZ '; zeros 12; bytes 'acsp'; zeros 92; } > empty.icc
cjpeg -quality 60 -icc empty.icc -outfile JPEG/icc-profile.jpg grey.pgm
picture -colorspace CMYK -quality 60 JPEG/adobe-cmyk.jpg
picture -resize 1x1! -quality 60 JPEG/one-pixel.jpg
picture -quality 60 -set comment 'A gradient from red to blue.' JPEG/comment.jpg
av -i card.ppm -c:v mjpeg -q:v 5 JPEG/from-video-encoder.jpg

tagged() {
    cp JPEG/baseline.jpg "${!#}"
    exiftool -q -overwrite_original "$@"
}
tagged -Make=Own -Orientation#=6 JPEG/exif.jpg
tagged -JFIF:all= -Make=Own -Orientation#=6 JPEG/exif-without-jfif.jpg
tagged -JFIF:all= -Make=Own "-ThumbnailImage<=JPEG/comment.jpg" JPEG/exif-thumbnail.jpg
tagged -JFIF:all= "-UserComment=$(zeros 6000 | tr '\0' x)" JPEG/exif-longer-than-the-head.jpg
tagged -JFIF:all= -XMP:Title=Gradient JPEG/xmp-first.jpg
tagged -JFIF:all= -IPTC:Headline=Gradient JPEG/photoshop-first.jpg
tagged -JFIF:all= JPEG/no-application-segment.jpg
tagged -JFIF:all= "-ICC_Profile<=empty.icc" JPEG/icc-profile-first.jpg
tagged -JFIF:all= "-Comment=First of all, a comment." JPEG/comment-first.jpg

{ head -c 2 JPEG/baseline.jpg; bytes '\xff\xff\xff'; tail -c +4 JPEG/baseline.jpg; } > JPEG/fill-bytes.jpg
{ cat JPEG/baseline.jpg; zeros 100; } > JPEG/zeros-behind-the-end.jpg

# What pushes the frame far into the file: a printer's colour profile, Content Credentials behind
# the start, a scanner's thumbnail; and segments that are not as their length says.
segment() { # segment MARKER SIZE START: a segment of that size, which starts so and goes on in zeros
    bytes "\xff\x$1\x$(printf %02x $((($2 + 2) >> 8)))\x$(printf %02x $((($2 + 2) & 255)))"
    { bytes "$3"; zeros "$2"; } | head -c "$2"
}
behind_start() { # behind_start SOURCE NAME: what comes in, between the start of an image and the rest
    { head -c 2 "JPEG/$1.jpg"; cat; tail -c +3 "JPEG/$1.jpg"; } > "$2"
}
bytes '\0\1\x11\x70own \x04\0\0\0prtrCMYKLab ' | cat - <(zeros 12; bytes acsp; zeros 69960) > printer.icc
cp JPEG/adobe-cmyk.jpg JPEG/adobe-cmyk-long-profile.jpg
exiftool -q -overwrite_original "-ICC_Profile<=printer.icc" JPEG/adobe-cmyk-long-profile.jpg
segment eb 25000 'JP\x02\x11\0\0\0\x01\0\0\x61\xa8jumb' | behind_start baseline JPEG/content-credentials.jpg
tagged -JFIF:all= "-ThumbnailImage<=cover.jpg" -Comment='First of all, a comment.' JPEG/scanner.jpg
for _ in $(seq 100); do segment e2 200 own; done | behind_start progressive JPEG/100-segments.jpg
bytes '\xff\xfe\0\x06a comment longer than it says' | behind_start no-application-segment JPEG/length-lies-low.jpg

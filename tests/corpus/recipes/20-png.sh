# PNG: every colour type and bit depth, with and without interlacing, and the chunks people have.

png() { # png NAME TYPE DEPTH [OPTION]...
    picture "${@:4}" -define png:color-type="$2" -define png:bit-depth="$3" "PNG/$1-$3-bit.png"
}
for depth in 1 2 4 8 16; do png grey 0 $depth -colorspace Gray -depth $depth; done
for depth in 1 2 4 8; do png palette 3 $depth -colors $((1 << depth < 16 ? 1 << depth : 16)); done
for depth in 8 16; do
    png colour 2 $depth -depth $depth
    png grey-alpha 4 $depth -colorspace Gray -alpha set -depth $depth
    png colour-alpha 6 $depth -alpha set -depth $depth
    png interlaced-colour 2 $depth -depth $depth -interlace PNG
    png interlaced-grey 0 $depth -colorspace Gray -depth $depth -interlace PNG
done
png interlaced-palette 3 4 -colors 16 -interlace PNG

pnmtopng -quiet -gamma 0.45 -background white card.ppm > PNG/gamma-and-background.png
pnmtopng -quiet -transparent white bits.pbm > PNG/transparent-colour.png
picture -resize 1x1! PNG/one-pixel.png
picture -set Comment 'A gradient from red to blue.' PNG/text.png
av -i card.ppm -c:v png PNG/from-video-encoder.png
av -f lavfi -i testsrc=size=16x16:rate=5:duration=0.6 -f apng PNG/animated.apng
av -f lavfi -i testsrc=size=16x16:rate=5:duration=0.6 -f apng -plays 0 PNG/animated.png
cp PNG/colour-8-bit.png PNG/exif.png
exiftool -q -overwrite_original -Make=Own PNG/exif.png
cp PNG/colour-8-bit.png PNG/xmp.png
exiftool -q -overwrite_original -XMP:Title=Gradient PNG/xmp.png
{ cat PNG/one-pixel.png; zeros 100; } > PNG/zeros-behind-the-end.png

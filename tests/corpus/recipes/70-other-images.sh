# Other images: what phones, browsers and editors make, and the near kin of JPEG and PNG.

for format in bmp bmp2 cin dds dpx fits gif gif87 ico jng miff mng palm pam pbm pcx pgm pict ppm psd sgi sun tga wbmp xbm xpm xwd; do
    picture "$format:other/image.$format"
done
convert card.ppm \( card.ppm -flip \) -strip -set delay 20 -loop 0 other/animated.gif
picture -define tiff:endian=lsb -compress none other/little-endian.tiff
picture -define tiff:endian=msb -compress none other/big-endian.tiff
picture -compress JPEG -quality 60 other/jpeg-inside.tiff
picture tiff64:other/64-bit.tiff
av -i card.ppm -c:v png -pix_fmt rgba other/png-inside.ico

cwebp -quiet -q 50 card.ppm -o other/lossy.webp
cwebp -quiet -lossless card.ppm -o other/lossless.webp
gif2webp -quiet other/animated.gif -o other/animated.webp
heif-enc -q 30 PNG/colour-8-bit.png -o other/photo.heic
heif-enc --avif -q 30 PNG/colour-8-bit.png -o other/photo-from-phone.avif
avifenc --speed 10 PNG/colour-8-bit.png other/photo.avif > /dev/null
cjxl --quiet -d 3 PNG/colour-8-bit.png other/codestream.jxl
cjxl --quiet --container=1 -d 3 PNG/colour-8-bit.png other/container.jxl
cjxl --quiet --lossless_jpeg=1 JPEG/baseline.jpg other/from-jpeg.jxl

opj_compress -n 2 -i card.ppm -r 10 -o other/jpeg-2000.jp2 > /dev/null
opj_compress -n 2 -i card.ppm -r 10 -o other/jpeg-2000-codestream.j2k > /dev/null
av -i card.ppm -c:v jpegls other/jpeg-ls-colour.jls
av -i grey.pgm -c:v jpegls other/jpeg-ls-grey.jls
av -i card.ppm -c:v ljpeg -strict experimental -f image2 other/lossless.ljpg
{ head -c 20 JPEG/baseline.jpg; tail -c +3 other/lossless.ljpg; } > other/lossless-behind-jfif.jpg
{ head -c 20 JPEG/baseline.jpg; tail -c +3 other/jpeg-ls-grey.jls; } > other/jpeg-ls-behind-jfif.jpg
av -i card.ppm -c:v qoi other/image.qoi
av -i card.ppm -c:v exr other/image.exr
c44 card.ppm other/image.djvu
cat > other/drawing.svg <<'SVG'
<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><circle cx="8" cy="8" r="6" fill="red"/></svg>
SVG
gzip -n < other/drawing.svg > other/drawing.svgz

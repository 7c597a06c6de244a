# Other files: documents, archives, programs, what servers send in the place of a file, and damage.

cat > other/page.html <<'HTML'
<!DOCTYPE html><html><head><title>Not found</title></head><body><h1>404</h1><p>There is no such file.</p></body></html>
HTML
cat > other/error.xml <<'XML'
<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access denied, or expired.</Message></Error>
XML
echo '{"code": 20404, "message": "The requested resource was not found", "status": 404}' > other/error.json
echo 'This is plain text, and was never anything else.' > other/plain.txt
bytes '\xef\xbb\xbfText behind a byte-order mark, and then some more of it, and more.\n' > other/byte-order-mark.txt
bytes '\xff\xfeT\0e\0x\0t\0 \0o\0f\0 \0t\0w\0o\0 \0b\0y\0t\0e\0s\0' > other/utf-16.txt
echo 'The format PDF starts with %PDF-1.7, says this text, which does not start with it.' > other/about-pdf.txt
bytes 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Example\r\nTEL:+15550100\r\nEND:VCARD\r\n' > other/contact.vcf
bytes 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//own//EN\r\nEND:VCALENDAR\r\n' > other/event.ics
bytes 'name,format\ncard,png\ntone,mp3\n' > other/table.csv
cat > other/document.rtf <<'RTF'
{\rtf1\ansi\deff0 {\fonts {\f0 Times;}} A document of our own.\par}
RTF
bytes '%!PS-Adobe-3.0\n10 10 moveto 50 50 lineto stroke showpage\n' > other/drawing.ps
bytes '%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 60 60\n10 10 moveto 50 50 lineto stroke\n' > other/drawing.eps
bytes '%!PS-Adobe-3.0 PDF-1.7\n10 10 moveto 50 50 lineto stroke showpage\n%%EOF, and a little more text\n' > other/postscript-that-names-pdf.ps
bytes '%FDF-1.2\n1 0 obj << /FDF << /Fields [] >> >> endobj trailer << /Root 1 0 R >>\n%%EOF\n' > other/form-data.fdf

office() { # office NAME PART CONTENT
    mkdir -p "office/$(dirname "$2")"
    echo '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>' > 'office/[Content_Types].xml'
    echo "<?xml version=\"1.0\"?>$3" > "office/$2"
    touch -d "@$SOURCE_DATE_EPOCH" 'office/[Content_Types].xml' "office/$2"
    (cd office && zip -qX "../other/$1" '[Content_Types].xml' "$2")
    rm -r office
}
office document.docx word/document.xml '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body/></w:document>'
office sheet.xlsx xl/workbook.xml '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets/></workbook>'
office slides.pptx ppt/presentation.xml '<p:presentation xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"/>'

cp -p other/plain.txt plain.txt
touch -d "@$SOURCE_DATE_EPOCH" plain.txt
zip -qX other/archive.zip plain.txt
(cd PNG && touch -d "@$SOURCE_DATE_EPOCH" one-pixel.png && zip -qX0 ../other/png-inside.zip one-pixel.png)
tar --owner=0 --group=0 --mtime="@$SOURCE_DATE_EPOCH" --format=ustar -cf other/archive.tar plain.txt
gzip -n < plain.txt > other/text.gz
gzip -n < PNG/one-pixel.png > other/png-inside.gz
bzip2 < plain.txt > other/text.bz2
xz < plain.txt > other/text.xz
zstd -q < plain.txt > other/text.zst
7z a -bso0 -mtm- other/archive.7z plain.txt
base64 < PNG/one-pixel.png > other/png-as-base64.txt
{ echo -n 'data:image/png;base64,'; base64 -w 0 < PNG/one-pixel.png; } > other/png-as-data-address.txt

as -o program.o <<'ASSEMBLY'
.globl _start
_start: mov $60, %eax; xor %edi, %edi; syscall
ASSEMBLY
ld -s -n -o other/program.elf program.o
objcopy -O pe-x86-64 program.o program.obj
ld -m i386pep -s --no-insert-timestamp -o other/program.exe program.obj
bytes '\0asm\x01\0\0\0' > other/module.wasm
bytes '#!/bin/sh\necho A script that begins as AMR does, with a mark and a bang.\n' > other/script.sh
bytes '\xca\xfe\xba\xbe\0\0\0\x34' > other/class-file-head.class

: > other/empty.png
bytes '\xff' > other/one-byte.jpg
bytes '\n' > other/line-end.pdf
zeros 5000 > other/zeros.mp3
noise 5000 > other/noise.ogg

truncated() { # truncated SIZE FILE: the file's head under its own name
    head -c "$1" "$2" > "other/truncated-$1-$(basename "$2")"
}
for size in 3 20 63; do truncated $size JPEG/baseline.jpg; done
for size in 8 32; do truncated $size PNG/colour-8-bit.png; done
for size in 3 10 30; do truncated $size MP3/id3v2.3.mp3; done
for size in 4 103; do truncated $size MP3/no-information-frame.mp3; done
for size in 4 27 34; do truncated $size OGG/opus-speech.opus; done
for size in 6 7 37; do truncated $size AMR/12.2-kbps.amr; done
for size in 5 8 63; do truncated $size PDF/1.7.pdf; done
truncated 20000 JPEG/content-credentials.jpg
truncated 70000 JPEG/adobe-cmyk-long-profile.jpg
truncated 5000 MP3/cover-art-long-tag.mp3

garbage() { # garbage NAME SIGNATURE
    { bytes "$2"; noise 300; } > "other/garbage-behind-$1"
}
garbage jpeg-start.jpg '\xff\xd8\xff'
garbage jpeg-segment.jpg '\xff\xd8\xff\xe0\0\x10'
garbage png-signature.png '\x89PNG\r\n\x1a\n'
garbage png-header.png '\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR'
garbage frame-header.mp3 '\xff\xfb\x90\xc0'
garbage tag-header.mp3 'ID3\x04\0\0\0\0\0\x10'
garbage page-header.ogg 'OggS\0\x02'
garbage first-page.ogg 'OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x1e'
garbage mark.amr '#!AMR\n'
garbage mark.pdf '%PDF-'
bytes '\xff\xe1\xff\xff' | behind_start baseline other/length-leads-beyond-the-file.jpg
segment eb 25000 own | cat <(head -c 2 JPEG/baseline.jpg) - <(tail -c +3 other/lossless.ljpg) > other/lossless-behind-a-long-segment.jpg
id3_tag 2000 > other/tag-and-nothing-else.mp3
{ bytes 'ID3\x04\0\0\x7f\x7f\x7f\x7f'; cat MP3/no-information-frame.mp3; } > other/tag-larger-than-any-message.mp3
{ id3_tag 100; noise 9000; cat MP3/no-information-frame.mp3; } > other/audio-far-behind-the-tag.mp3
{ zeros 40; bytes '\x01\n'; cat page.pdf; } > other/garbage-before.pdf
{ for _ in $(seq 120); do echo 'One line'; done; cat page.pdf; } > other/more-than-1024-bytes-before.pdf
{ echo '<!DOCTYPE html><html><body><pre>'; cat page.txt; echo '</pre></body></html>'; } > other/page-that-shows-a-pdf.html
{ echo '<!DOCTYPE html><html><head><title>How a PDF begins</title></head><body><pre>'; head -n 1 page.txt; echo '</pre></body></html>'; } > other/page-that-mentions-pdf.html
{ echo '# Make a PDF.'; echo "cat > page.pdf <<'PAGE'"; cat page.txt; echo PAGE; } > other/script-that-makes-a-pdf.sh
{ echo 'A PDF begins like this, and so do some texts about it:'; head -n 1 page.txt; } > other/text-that-mentions-pdf.txt
tr -d '\r' < PNG/colour-8-bit.png > other/line-ends-changed.png
{ head -c 20 PNG/colour-8-bit.png; bytes '\x7f'; tail -c +22 PNG/colour-8-bit.png; } > other/wrong-checksum.png
{ echo '<pre>'; cat JPEG/baseline.jpg; } > other/text-before.jpg
tail -c +2 AMR/12.2-kbps.amr > other/first-byte-missing.amr
tail -c +100 OGG/vorbis-mono.ogg > other/first-bytes-missing.ogg

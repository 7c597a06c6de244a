# PDF: every version, the ways to lay a file out, several producers, and what may precede it.

cat > page.txt <<'PAGE'
%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R
  /Resources << /Font << /F1 5 0 R >> >> >> endobj
4 0 obj << /Length 47 >> stream
BT /F1 18 Tf 20 40 Td (A page of our own.) Tj ET
endstream endobj
5 0 obj << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> endobj
trailer << /Root 1 0 R /Size 6 >>
%%EOF
PAGE
qpdf --warning-exit-0 --no-warn --static-id page.txt page.pdf

pdf() { # pdf NAME [OPTION]...
    qpdf --static-id "${@:2}" page.pdf "PDF/$1.pdf"
}
for version in 1.0 1.1 1.2 1.3 1.4 1.5 1.6 1.7 2.0; do pdf $version --force-version=$version; done
pdf adobe-extension-level --min-version=1.7.8
pdf linearized --linearize
pdf object-streams --object-streams=generate
pdf linearized-object-streams --linearize --object-streams=generate
pdf readable --qdf
pdf attachment --add-attachment card.ppm --creationdate=D:20240101000000Z --moddate=D:20240101000000Z --
encryption() { # encryption NAME BITS [OPTION]...
    qpdf --static-id --static-aes-iv --allow-weak-crypto \
        --encrypt user owner "${@:2}" -- page.pdf "PDF/encrypted-$1.pdf"
}
encryption 40-bit-rc4 40
encryption 128-bit-rc4 128 --use-aes=n
encryption 128-bit-aes 128 --use-aes=y
encryption 256-bit-aes 256
mutool clean -gg page.pdf PDF/mupdf.pdf
ghost() { # ghost NAME [OPTION]...
    gs -q -dNOPAUSE -dBATCH -sDEVICE=pdfwrite -dOmitInfoDate -dOmitID -dOmitXMP \
        "${@:2}" -o "PDF/$1.pdf" -c '10 10 moveto 50 50 lineto stroke showpage'
}
ghost ghostscript
ghost ghostscript-1.2 -dCompatibilityLevel=1.2
img2pdf --engine=internal --nodate -o PDF/picture.pdf JPEG/baseline.jpg
cp page.txt PDF/no-cross-reference-table.pdf
{ bytes '\xef\xbb\xbf'; cat page.pdf; } > PDF/byte-order-mark.pdf
{ bytes '\r\n'; cat page.pdf; } > PDF/line-end-first.pdf
{ bytes ' \t \n\n'; cat page.pdf; } > PDF/white-space-first.pdf
{ bytes '\xef\xbb\xbf\r\n'; cat page.pdf; } > PDF/byte-order-mark-and-line-end.pdf
{ echo 'junk'; cat page.pdf; } > PDF/text-before.pdf
{ echo 'Content-Type: application/pdf'; echo; cat page.pdf; } > PDF/mail-header-before.pdf
{ bytes 'HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nConnection: close\r\n\r\n'; cat page.pdf; } > PDF/response-header-before.pdf
{
    bytes '------FormBoundary7f3\r\nContent-Disposition: form-data; name="file"; filename="page.pdf"\r\n'
    bytes 'Content-Type: application/pdf\r\n\r\n'
    cat page.pdf
    bytes '\r\n------FormBoundary7f3--\r\n'
} > PDF/form-envelope.pdf
{ bytes '%% Job: 7\r\n%% Tray: 2\r\n'; cat page.pdf; } > PDF/comments-before.pdf
{ bytes '\x1b%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE=PDF\r\n'; cat page.pdf; } > PDF/print-job.pdf
{ cat page.pdf; zeros 100; } > PDF/zeros-behind-the-end.pdf
tr '\n' '\r' < page.txt > PDF/carriage-returns.pdf

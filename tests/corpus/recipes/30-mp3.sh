# MP3: the versions of MPEG, the modes, the bit rates, and the tags that people's players write.

mp3() { # mp3 NAME INPUT [OPTION]...
    lame --quiet "${@:3}" "$2" "MP3/$1.mp3"
}
mp3 mono tone.wav --resample 44.1 -b 32
for mode in stereo joint-stereo forced-joint-stereo dual-mono; do
    mp3 $mode stereo.wav -m ${mode:0:1} --resample 44.1 -b 64
done
for rate in 32 44.1 48; do mp3 "mpeg-1-$rate-khz" tone.wav --resample $rate -b 40; done
for rate in 16 22.05 24; do mp3 "mpeg-2-$rate-khz" tone.wav --resample $rate -b 16; done
for rate in 8 11.025 12; do mp3 "mpeg-2.5-$rate-khz" tone.wav --resample $rate -b 8; done
mp3 longest-frames stereo.wav --resample 32 -b 320
mp3 highest-bit-rate stereo.wav -b 320
mp3 mpeg-2-highest-bit-rate stereo.wav --resample 16 -b 160
mp3 variable-bit-rate stereo.wav -V 6
mp3 average-bit-rate stereo.wav --abr 48
mp3 no-information-frame tone.wav -t --resample 44.1 -b 32
mp3 checksums tone.wav -p --resample 44.1 -b 32
mp3 checksums-mpeg-2 tone.wav -p --resample 22.05 -b 16
mp3 private-and-copyright-bits tone.wav -c -o -b 32
mp3 id3v1 tone.wav -b 32 --id3v1-only --tt Tone --ta Own --ty 2024
mp3 id3v2.3 tone.wav -b 32 --id3v2-only --tt Tone --ta Own --ty 2024
mp3 id3v2.3-utf-16 tone.wav -b 32 --id3v2-only --id3v2-utf16 --tt Tone
mp3 id3v1-and-id3v2.3 tone.wav -b 32 --add-id3v2 --tt Tone --ta Own
mp3 id3v2.3-padding tone.wav -b 32 --id3v2-only --pad-id3v2-size 3000 --tt Tone
mp3 cover-art-longer-than-the-head tone.wav -b 32 --id3v2-only --pad-id3v2-size 6000 --tt Tone
mp3 cover-art-long-tag tone.wav -b 32 --tt Tone --ti cover.jpg
av -i tone.wav -c:a libshine -b:a 32k -write_xing 0 MP3/shine.mp3
av -i tone.wav -c:a libmp3lame -b:a 32k -write_xing 0 -id3v2_version 0 MP3/from-video-encoder.mp3
ffmpeg -v error -nostdin -i tone.wav -c:a libmp3lame -b:a 32k -fflags +bitexact -flags:a +bitexact \
    -id3v2_version 4 -metadata title=Tone -metadata artist=Own MP3/id3v2.4.mp3
cp MP3/mono.mp3 MP3/id3v2.3-comment.mp3
id3v2 --song Tone --comment 'A sine of 440 Hz.' MP3/id3v2.3-comment.mp3

music=MP3/no-information-frame.mp3
{ bytes 'ID3\x02\0\0\0\0\0\x0bTT2\0\0\x05\0Tone'; cat $music; } > MP3/id3v2.2.mp3
{ bytes 'ID3\x04\0\x10\0\0\0\x10'; zeros 16; bytes '3DI\x04\0\x10\0\0\0\x10'; cat $music; } > MP3/id3v2.4-footer.mp3
{ id3_tag 20; id3_tag 300; cat $music; } > MP3/two-tags.mp3
{ id3_tag 5000; id3_tag 5000; cat $music; } > MP3/two-tags-longer-than-the-head.mp3
{ for _ in 1 2 3 4 5 6 7 8 9; do id3_tag 30; done; cat $music; } > MP3/nine-tags.mp3
{ id3_tag 4080; id3_tag 30; cat $music; } > MP3/second-tag-across-the-head.mp3
{ id3_tag 4000; cat $music; } > MP3/audio-across-the-head.mp3
{ id3_tag 100; zeros 2000; cat $music; } > MP3/zeros-behind-the-tag.mp3
{ id3_tag 100; zeros 6000; cat $music; } > MP3/many-zeros-behind-the-tag.mp3
{ id3_tag 100; zeros 9000; cat $music; } > MP3/9000-zeros-behind-the-tag.mp3
{ id3_tag 100; zeros 20000; cat $music; } > MP3/20000-zeros-behind-the-tag.mp3
id3_tag_of_plain_size() { # id3_tag_of_plain_size SIZE: eight bits a byte of its size, against id3.org
    bytes "ID3\x03\0\0\0\0\x$(printf %02x $(($1 >> 8)))\x$(printf %02x $(($1 & 255)))"
    zeros "$1"
}
{ id3_tag_of_plain_size 300; cat $music; } > MP3/tag-of-plain-size.mp3
{ id3_tag_of_plain_size 40000; cat $music; } > MP3/long-tag-of-plain-size.mp3
{ cat $music; zeros 100; } > MP3/zeros-behind-the-end.mp3
head -c 104 $music > MP3/one-frame.mp3
{ id3_tag 100; head -c 104 $music; } > MP3/one-tagged-frame.mp3
{ id3_tag 5000; head -c 104 $music; } > MP3/one-frame-behind-a-long-tag.mp3

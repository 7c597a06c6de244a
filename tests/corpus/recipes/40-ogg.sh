# Ogg: the four audio codecs, alone, behind an index, and several in one file.

oggenc -Q -s 1 -q 0 tone.wav -o OGG/vorbis-mono.ogg
oggenc -Q -s 1 -q 0 stereo.wav -o OGG/vorbis-stereo.ogg
oggenc -Q -s 1 -q 0 --resample 8000 narrow.wav -o OGG/vorbis-8-khz.oga
oggenc -Q -s 1 -q 0 -t Tone -a Own -c "comment=$(zeros 5000 | tr '\0' x)" tone.wav -o OGG/vorbis-long-comment.ogg
av -i stereo.wav -c:a libvorbis -q:a 0 OGG/vorbis-from-video-encoder.ogg
opusenc --quiet --serial 1 --bitrate 16 narrow.wav OGG/opus-speech.opus
opusenc --quiet --serial 1 --bitrate 24 stereo.wav OGG/opus-stereo.opus
opusenc --quiet --serial 1 --bitrate 16 --title Tone --picture JPEG/baseline.jpg narrow.wav OGG/opus-cover-art.opus
av -i wide.wav -c:a libopus -b:a 16k OGG/opus-voice-message.ogg
av -i narrow.wav -c:a libspeex -b:a 8k OGG/speex-narrow-band.spx
av -i wide.wav -c:a libspeex -b:a 8k OGG/speex-wide-band.ogg
av -i stereo.wav -ar 32000 -c:a libspeex -b:a 16k OGG/speex-stereo.spx
flac --silent --ogg --serial-number=1 --no-padding narrow.wav -o OGG/flac.oga
flac --silent --ogg --serial-number=1 --no-padding wide.wav -o OGG/flac-wide-band.ogg
av -i narrow.wav -c:a flac -f ogg OGG/flac-from-video-encoder.ogg
av -i narrow.wav -i narrow.wav -map 0 -map 1 -c:a libvorbis -q:a 0 OGG/two-vorbis-streams.ogg
av -i narrow.wav -i narrow.wav -map 0 -map 1 -c:a:0 libvorbis -c:a:1 libopus -b:a:1 8k -f ogg OGG/vorbis-and-opus.ogg
oggz-chop -s 0 -o OGG/vorbis-with-index.ogg OGG/vorbis-mono.ogg
oggz-chop -s 0 -o OGG/speex-with-index.ogg OGG/speex-narrow-band.spx
cat OGG/vorbis-mono.ogg OGG/vorbis-stereo.ogg > OGG/chained-vorbis.ogg
cat OGG/opus-speech.opus OGG/vorbis-mono.ogg > OGG/chained-opus-and-vorbis.ogg

# Other sound and video: the near kin of MP3, Ogg and AMR first, then what else phones record.

for bit_rate in 32k 64k; do av -i tone.wav -c:a mp2 -b:a $bit_rate other/layer-2-$bit_rate.mp2; done
twolame --quiet -b 64 stereo.wav other/layer-2-stereo.mp2
twolame --quiet -b 64 -p stereo.wav other/layer-2-checksums.mp2
for _ in 1 2 3 4; do bytes '\xff\xff\x40\xc0'; zeros 132; done > other/layer-1-silence.mp1
av -i tone.wav -c:a aac -b:a 24k -f adts other/frames.aac
av -i stereo.wav -c:a aac -b:a 32k -f adts other/frames-stereo.aac
av -i tone.wav -c:a aac -b:a 24k -f latm other/frames.latm
av -i tone.wav -c:a ac3 -b:a 64k other/frames.ac3
av -i tone.wav -c:a eac3 -b:a 64k other/frames.eac3
av -i stereo.wav -ar 48000 -c:a dca -strict experimental -b:a 320k other/frames.dts
av -i wide.wav -c:a libvo_amrwbenc -b:a 12.65k other/wide-band.amr
av -i wide.wav -c:a libvo_amrwbenc -b:a 23.85k -f amr other/wide-band-high.awb
{ bytes '#!AMR_MC1.0\n\0\0\0\x02'; zeros 64; } > other/several-channels.amr
flac --silent --no-padding narrow.wav -o other/lossless.flac
sox -R narrow.wav -b 8 other/sound.wav
av -i tone.wav -c:a libmp3lame -b:a 32k -f wav other/mp3-inside.wav
for type in aiff aifc au caf gsm ima sph voc w64; do sox -R narrow.wav -t $type other/sound.$type; done
for type in tta wv; do av -i narrow.wav other/sound.$type; done
bytes 'MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x0c\0\x90\x3c\x40\x60\x80\x3c\0\0\xff\x2f\0' > other/notes.mid
for codec in frames.aac layer-2-32k.mp2 lossless.flac frames.ac3 sound.wav sound.tta; do
    { id3_tag 200; cat other/$codec; } > "other/behind-a-tag-${codec#*.}.mp3"
    { id3_tag 5000; cat other/$codec; } > "other/behind-a-long-tag-${codec#*.}.mp3"
done
{ id3_tag 200; cat OGG/opus-speech.opus; } > other/behind-a-tag-opus.mp3

video=(-f lavfi -i testsrc=size=16x16:rate=5:duration=0.4)
h264=(-c:v libx264 -preset ultrafast -pix_fmt yuv420p)
av "${video[@]}" "${h264[@]}" other/video.mp4
av "${video[@]}" -i tone.wav "${h264[@]}" -c:a aac -b:a 24k other/video-with-sound.mp4
av "${video[@]}" "${h264[@]}" other/video.mov
av "${video[@]}" "${h264[@]}" -movflags frag_keyframe+empty_moov other/fragments.mp4
av "${video[@]}" -c:v mjpeg -pix_fmt yuvj420p -f mov other/motion-jpeg.mov
av "${video[@]}" -c:v mjpeg -pix_fmt yuvj420p other/motion-jpeg.avi
av "${video[@]}" -c:v mpeg4 other/video.avi
av "${video[@]}" -s 128x96 -c:v h263 other/video.3gp
av "${video[@]}" -i narrow.wav -s 128x96 -c:v h263 -c:a libopencore_amrnb -b:a 12.2k other/video-with-amr.3gp
av -i narrow.wav -c:a libopencore_amrnb -b:a 12.2k other/amr-inside.3gp
av -i tone.wav -c:a aac -b:a 24k other/sound.m4a
av -i narrow.wav -c:a alac other/apple-lossless.m4a
av -i tone.wav -c:a libmp3lame -b:a 32k other/mp3-inside.mp4
av -i tone.wav -c:a libmp3lame -b:a 32k -f matroska other/mp3-inside.mka
av "${video[@]}" -c:v libvpx -b:v 50k other/vp8.webm
av "${video[@]}" -c:v libvpx-vp9 -b:v 50k other/vp9.webm
av -i narrow.wav -c:a libopus -b:a 16k other/opus-inside.webm
av "${video[@]}" "${h264[@]}" other/video.mkv
av "${video[@]}" -c:v flv1 other/video.flv
av "${video[@]}" -c:v wmv2 other/video.wmv
av -i tone.wav -c:a wmav2 -b:a 32k other/sound.wma
av "${video[@]}" -r 25 -c:v mpeg1video other/video.mpg
av "${video[@]}" -r 25 -c:v mpeg1video -f mpeg1video other/video.m1v
av "${video[@]}" "${h264[@]}" -f mpegts other/transport-stream.ts
av -i tone.wav -c:a libmp3lame -b:a 32k -f mpegts other/mp3-inside.ts
av "${video[@]}" "${h264[@]}" -f h264 other/video.h264
av "${video[@]}" -c:v mpeg4 -f nut other/video.nut
av "${video[@]}" -c:v libtheora other/theora.ogv
av "${video[@]}" -i narrow.wav -c:v libtheora -c:a libvorbis -q:a 0 other/theora-and-vorbis.ogg
av "${video[@]}" -i narrow.wav -map 1 -map 0 -c:v libtheora -c:a libopus -b:a 8k -f ogg other/opus-and-theora.ogg
av "${video[@]}" -c:v libvpx -b:v 50k -f ogg other/vp8.ogg
oggz-chop -s 0 -o other/theora-with-index.ogv other/theora.ogv

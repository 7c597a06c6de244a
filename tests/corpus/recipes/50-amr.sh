# AMR: the eight bit rates, silence, and files that begin with a frame of no sound.

for rate in 4.75 5.15 5.9 6.7 7.4 7.95 10.2 12.2; do
    av -i narrow.wav -c:a libopencore_amrnb -b:a ${rate}k "AMR/$rate-kbps.amr"
done
av -f lavfi -i anullsrc=r=8000:cl=mono:d=0.5 -c:a libopencore_amrnb -b:a 12.2k -dtx 1 AMR/discontinuous-silence.amr
av -f lavfi -i 'sine=440:r=8000:d=0.2,apad=pad_dur=0.8' -c:a libopencore_amrnb -b:a 12.2k -dtx 1 AMR/discontinuous-speech.amr
{ bytes '#!AMR\n\x7c'; tail -c +7 AMR/12.2-kbps.amr; } > AMR/no-data-first.amr
{ bytes '#!AMR\n\x44\0\0\0\0\0'; tail -c +7 AMR/12.2-kbps.amr; } > AMR/comfort-noise-first.amr
head -c 19 AMR/4.75-kbps.amr > AMR/one-frame.amr

#!/bin/sh
echo A script that begins as AMR does, with a mark and a bang.

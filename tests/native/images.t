#!/bin/bash
# SPDX-License-Identifier: MIT
# images.t - the tools that read images, where no driver is needed
. "$(dirname "$0")/../lib.sh"

printf 'P5\n3 2\n255\nabcdef' >"$tmp/one.pgm"
printf 'P5\n3 2\n255\nabcdefP5\n1 1\n255\nx' >"$tmp/two.pgm"
mkfifo "$tmp/fifo.pgm"
mkdir "$tmp/folder.pgm"

warned() { # COMMAND...: good, with the one warning
	"$@" 2>"$tmp/err" && [ "$(wc -l <"$tmp/err")" = 1 ] &&
		grep -q '^warning: .*two.pgm has something behind its 6 pixels: only those are taken' "$tmp/err"
}
check "vpipe-cv-ref takes the first of two images" warned vpipe-cv-ref -q "$tmp/two.pgm" "$tmp/two.out.pgm" 99
check "vpipe-cv-ref of that one" vpipe-cv-ref -q "$tmp/one.pgm" "$tmp/one.out.pgm" 99
check "that is the same" cmp "$tmp/one.out.pgm" "$tmp/two.out.pgm"
check "vpipe-pgm-diff takes the first of two images" warned vpipe-pgm-diff -q "$tmp/one.pgm" "$tmp/two.pgm" "$tmp/diff.pgm"

# FILE PATTERN
refused() {
	check_fails "vpipe-cv-ref: $1" 1 "cannot open .*$1: $2" timeout 20 vpipe-cv-ref "$tmp/$1" "$tmp/out.pgm"
	check_fails "vpipe-pgm-diff: $1" 1 "cannot open .*$1: $2" \
		timeout 20 vpipe-pgm-diff "$tmp/one.pgm" "$tmp/$1" "$tmp/diff.pgm"
}
ln -s /dev/zero "$tmp/device.pgm"
refused fifo.pgm 'it is a FIFO, not a file'
refused device.pgm 'it is a device, not a file'
refused folder.pgm 'Is a directory'
check_fails "vpipe-meta-drain: a FIFO in place of the device" 1 'fifo.pgm is not vpipe.s metadata device' \
	timeout 20 vpipe-meta-drain "$tmp/fifo.pgm" "$tmp/meta.csv" 1
check_fails "vpipe-meta-drain: a file in its place" 1 'one.pgm is not vpipe.s metadata device' \
	timeout 20 vpipe-meta-drain "$tmp/one.pgm" "$tmp/meta.csv" 1
# what was to be printed was not: no success
to_full() { "$@" "$tmp/one.pgm" "$tmp/one.pgm" "$tmp/diff.pgm" >/dev/full; }
check_fails "a full disk behind stdout" 1 'cannot write to stdout: No space' to_full vpipe-pgm-diff
finish

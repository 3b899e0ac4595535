#!/bin/bash
# SPDX-License-Identifier: MIT
# tools.t - the capture, fixture and image tools: what they do, and what they refuse
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe

build=${BUILD:-build}
images=$build/tests/fixtures
heap=/dev/dma_heap/system
full=$tmp/full
mkdir -p "$full" "$tmp/out"
mkdir -m 777 "$tmp/public"
chmod 755 "$tmp"

# FILE COLUMN...: the cells of these columns, by name, one row a line
cells() {
	awk -F, -v names="${*:2}" '
		NR == 1 { n = split(names, name, " "); for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ for (i = 1; i <= n; i++) printf "%s%s", $at[name[i]], i < n ? "," : "\n" }' "$1"
}
# FILE ROWS: as many rows, numbered from 0, each with as many cells as the header
whole() {
	awk -F, -v rows="$2" '
		NR == 1 { columns = NF; next }
		NF != columns || $1 != NR - 2 { exit 1 }
		END { if (NR - 1 != rows) exit 1 }' "$1"
}
# FILE COLUMN EXPRESSION: it holds for the value v of each row, numbered n
each() { cells "$1" "$2" | awk "{ v = \$1; n = NR - 1; if (!($3)) { print n, v; bad = 1 } } END { exit bad || !NR }"; }
silent() { "$@" >"$tmp/said" 2>&1 && [ ! -s "$tmp/said" ]; }
is_empty() { [ -z "$(find "$1" -mindepth 1)" ]; }
# ROWS [OPTION...]: start vpipe-meta-drain for so many; from its return on none is missed.
drain() {
	rm -f "$tmp/ready" "$tmp/meta.csv"
	mkfifo "$tmp/ready"
	vpipe-meta-drain -q -f "$@" -o "$tmp/meta.csv" --ready-fd 3 3>"$tmp/ready" &
	drain=$!
	read -r <"$tmp/ready"
}
row_columns='src_v4l2_sequence bytesused crc32 algo_id algo_status roi_left roi_top roi_width roi_height algo_value0 algo_value1 flags'

modprobe vivid
modprobe vpipe
wait_for vpipe-capture-m2m -q -f 1 -o "$tmp/first.csv"
check "the test program and the images are there (make guest-tests)" \
	[ -x "$build/tests/guest-fixtures" -a -e "$images/noise.pgm" ]

# -- every image with every region and threshold: pixels, and metadata rows
validate() { # IMAGE HEAP
	local name status
	name=${1##*/}
	drain 79
	"$build/tests/guest-fixtures" "$vpipe_node" "$2" "$1" >"$tmp/expected" 2>"$tmp/validate.err"
	status=$?
	[ $status = 0 ] || kill $drain
	wait $drain
	check "$name: 79 results are those of the reference" sh -c "cat $tmp/validate.err; exit $status"
	cells "$tmp/meta.csv" "$row_columns" >"$tmp/rows"
	check "$name: 79 metadata rows have its regions, counts and checksums" \
		sh -c "[ \$(wc -l <$tmp/rows) = 79 ] && diff $tmp/expected $tmp/rows"
}
vpipe_node=$(node vpipe)
source_node=$(node 'vivid-*-vid-cap')
for image in "$images"/*.pgm; do
	validate "$image" $heap
done
validate "$images/odd-641x479.pgm" /dev/udmabuf

# -- the same by the tools themselves
by_tools() { # IMAGE THRESHOLD LEFT TOP WIDTH HEIGHT
	local image=$images/$1.pgm says
	rm -f "$tmp"/out/*
	drain 1
	vpipe-fixture-feed -q --threshold "$2" --roi "$3,$4,$5,$6" vpipe $heap "$image" "$tmp/out/kernel.pgm" &&
		says=$(vpipe-cv-ref "$image" "$tmp/out/reference.pgm" "${@:2}") &&
		cmp "$tmp/out/kernel.pgm" "$tmp/out/reference.pgm" &&
		vpipe-pgm-diff "$tmp/out/kernel.pgm" "$tmp/out/reference.pgm" "$tmp/out/diff.pgm" || return 1
	wait $drain
	echo "$says"
	[ "$says" = "$(cells "$tmp/meta.csv" roi_left roi_top roi_width roi_height algo_value0 algo_value1 crc32 |
		awk -F, '{printf "roi %s,%s,%s,%s white %s black %s crc32 %s", $1, $2, $3, $4, $5, $6, $7}')" ]
}
check "fixture-feed is cv-ref: noise" by_tools noise 127 0 0 0 0
check "fixture-feed is cv-ref: edge, a region" by_tools edge 16 100 100 333 222
check "fixture-feed is cv-ref: ramp, clamped right and below" by_tools ramp 254 600 470 100 100
check "fixture-feed is cv-ref: 7x5, clamped left and above" by_tools odd-7x5 128 4096 4096 9 9
check "fixture-feed is cv-ref: 1x1" by_tools pixel-bright 127 0 0 640 480
feed_twice() {
	for i in 1 2; do
		drain 1
		vpipe-fixture-feed -q vpipe $heap "$images/edge.pgm" "$tmp/out/$i.pgm"
		wait $drain
		cells "$tmp/meta.csv" "$row_columns timestamp_ns" >"$tmp/out/$i.row"
	done
	cmp "$tmp/out/1.pgm" "$tmp/out/2.pgm" && cmp "$tmp/out/1.row" "$tmp/out/2.row" && [ -s "$tmp/out/1.row" ]
}
check "fixture-feed does the same twice, to the metadata row" feed_twice

# -- bench-fixture
out=$tmp/out/bench
check "bench-fixture" vpipe-bench-fixture vpipe $heap "$images/noise.pgm" "$out.csv" 23 threshold 90 "$out.pgm"
check "it writes a row a frame" whole "$out.csv" 23
check "the rows count frames and name the heap" sh -c \
	"[ \"\$(cut -d, -f1,2,22 $out.csv | tail -n 1)\" = 22,22,$heap ]"
check "there is nothing of a source in them" each "$out.csv" src_dqbuf_ns 'v == ""'
check "its result is the reference's" sh -c \
	"vpipe-cv-ref -q $images/noise.pgm $out.ref.pgm 90 && cmp $out.pgm $out.ref.pgm"
check "bench-fixture, 8 in flight over 3 CAPTURE buffers, a region" vpipe-bench-fixture -q -f 41 --depth 8 \
	--buffers 3 --fixture "$images/odd-33x17.pgm" --roi 5,5,9,9 -o "$out.csv" --output "$out.pgm"
check "all 8 OUTPUT buffers took part, in order" each "$out.csv" out_index 'v == n % 8'
check "no frame was lost or swapped" each "$out.csv" src_sequence 'v == n'
check "its result is the reference's" sh -c \
	"vpipe-cv-ref -q --roi 5,5,9,9 $images/odd-33x17.pgm $out.ref.pgm && cmp $out.pgm $out.ref.pgm"
check "bench-fixture none: the image comes back" sh -c \
	"vpipe-bench-fixture -q vpipe $heap $images/ramp.pgm $out.csv 3 none 127 $out.pgm && cmp $out.pgm $images/ramp.pgm"
check "bench-fixture without an image has one" vpipe-bench-fixture -q -f 5 -o "$out.csv"
mount -t tmpfs none /dev/dma_heap
check "without DMA heaps: udmabuf, and it is said" sh -c \
	"vpipe-bench-fixture -f 5 -o $out.csv 2>&1 >$tmp/table | grep -qx 'note: there is no $heap: using /dev/udmabuf'"
check "and recorded" each "$out.csv" heap 'v == "/dev/udmabuf"'
mv /dev/udmabuf /dev/udmabuf.away
check_fails "without either" 1 "no heap $heap and cannot open /dev/udmabuf: No such file.*; name another heap" \
	vpipe-bench-fixture -f 5 -o "$tmp/none.csv"
mv /dev/udmabuf.away /dev/udmabuf
umount /dev/dma_heap

# -- sources
out=$tmp/out/capture.csv
for way in mmap read userptr; do
	check "capture-$way" vpipe-capture-$way vivid "$out" 13
	check "capture-$way: 13 whole rows" whole "$out" 13
	check "capture-$way: whole frames" each "$out" bytesused 'v == 307200'
	check "capture-$way: copies" each "$out" copies "v == $([ $way = read ] && echo 1 || echo 0)"
	check "capture-$way: it slept until there was a frame" sh -c \
		"[ \$(tail -n +2 $out | awk -F, '{n += \$(NF - 2)} END {print n}') -ge 8 ]"
done
check "capture-userptr: with a pool only the first QBUFs fault" each "$out" qbuf_minflt 'n < 4 ? v >= 75 : v < 5'
check "capture-userptr fresh" vpipe-capture-userptr vivid "$out" 13 fresh
check "capture-userptr fresh: each QBUF faults all pages in" each "$out" qbuf_minflt 'v >= 75'
vpipe-capture-mmap -q -f 7 --size 1280x720 --buffers 8 -o "$out"
check "capture-mmap: another size" each "$out" bytesused 'v == 921600'
# vivid numbers two alike if it takes more than half a period to fill one, as under KASAN
check "capture-mmap: sequences as the driver counts them" each "$out" sequence "v >= last && (last = v) >= 0 && v >= $(slow_kernel && echo n / 2 || echo n)"
check "capture-mmap: 8 buffers go round" each "$out" index 'v == n'
vpipe-capture-read -q -f 3 -o "$out"
check "capture-read: what read(2) does not tell is empty" sh -c "[ \$(grep -cE '^[0-9]+,,,,' $out) = 3 ]"
check "capture-dmabuf" vpipe-capture-dmabuf vivid vpipe "$out" 13
check "capture-dmabuf: 13 whole rows" whole "$out" 13
check "capture-dmabuf: nothing is copied" each "$out" copy_ns 'v == ""'
check "capture-m2m by mmap: it is" sh -c "vpipe-capture-m2m -q vivid vpipe $out 5 mmap none"
check "capture-m2m by mmap: the copies have their times" each "$out" copy_ns 'v > 0'

# -- a module that has the fixed controls only
fixed() { LD_PRELOAD=$PWD/$build/tests/fixed-node.so "$@"; }
for way in dmabuf m2m; do
	fixed vpipe-capture-$way -q vivid vpipe "$out" 13 2>"$tmp/said"
	check "capture-$way with the fixed controls only: not a word" [ $? = 0 -a ! -s "$tmp/said" ]
	check "capture-$way: 13 whole rows" whole "$out" 13
done
check "bench-fixture with the fixed controls only" fixed vpipe-bench-fixture -q -f 13 --fixture "$images/noise.pgm" -o "$out" --output "$tmp/out/f.pgm"
check "bench-fixture: its result is the reference's" sh -c \
	"vpipe-cv-ref -q $images/noise.pgm $tmp/out/r.pgm && cmp $tmp/out/f.pgm $tmp/out/r.pgm"
check "fixture-feed with the fixed controls only" fixed vpipe-fixture-feed -q vpipe $heap "$images/noise.pgm" "$tmp/out/f.pgm"
for way in mmap read userptr; do
	check "capture-$way with the fixed controls only" fixed vpipe-capture-$way -q vivid "$out" 3
done
FIXED_NODE_CONTROLS=6 check_fails "a node without the last of them" 1 "$vpipe_node has no control 0x00981906: Invalid argument" \
	fixed vpipe-bench-fixture -q -f 1 -o "$tmp/out/none.csv"
drain 5
fixed vpipe-bench-fixture -q -f 5 --no-crc -o "$out" 2>"$tmp/said"
check "bench-fixture --no-crc: it goes on" [ $? = 0 ]
check "bench-fixture --no-crc: that it can't is said once" sh -c \
	"[ \$(wc -l <$tmp/said) = 1 ] && grep -q '^warning: the driver of $vpipe_node cannot leave the CRC out' $tmp/said"
wait $drain
check "bench-fixture --no-crc: the CRC is there" each "$tmp/meta.csv" crc32 'v != ""'
drain 5
check "bench-fixture --no-crc where the module has it" silent vpipe-bench-fixture -q -f 5 --no-crc -o "$out"
wait $drain
check "bench-fixture --no-crc where the module has it: there is none" each "$tmp/meta.csv" crc32 'v == ""'

# -- in a time namespace, whose clock is a day ahead of the kernel's
tomorrow() { unshare -T --monotonic 86400 --boottime 86400 --fork "$@"; }
near='v > -1e9 && v < 5e9'
check "capture-mmap in a time namespace" tomorrow vpipe-capture-mmap -q vivid "$out" 13
check "capture-mmap in a time namespace: latency_ns is the driver's" each "$out" latency_ns "$near"
check "capture-m2m in a time namespace" tomorrow vpipe-capture-m2m -q vivid vpipe "$out" 13 mmap
check "capture-m2m in a time namespace: latency_ns is the driver's" each "$out" latency_ns "$near"
check "bench-fixture in a time namespace" tomorrow vpipe-bench-fixture -q -f 5 -o "$out"
check "bench-fixture in a time namespace: it dates frames by the kernel's clock" \
	each "$out" cap_timestamp_ns "v / 1e9 <= $(cut -d' ' -f1 /proc/uptime) && v > 0"

# -- images
check "pgm-diff: identical" vpipe-pgm-diff "$images/ramp.pgm" "$images/ramp.pgm" "$tmp/out/diff.pgm"
check "pgm-diff: the difference of identical images is black" sh -c \
	"vpipe-pgm-diff -q $images/dark.pgm $tmp/out/diff.pgm $tmp/out/diff2.pgm"
printf 'P5 3 2 255 abcdef' >"$tmp/a.pgm"
printf 'P5 3 2 255 abcdeZ' >"$tmp/b.pgm"
printf 'P5 3 2 255 \000\000\000\000\000\377' >"$tmp/c.pgm"
vpipe-pgm-diff "$tmp/a.pgm" "$tmp/b.pgm" "$tmp/out/diff.pgm" >"$tmp/says"
check "pgm-diff: different images, status 3" [ $? = 3 ]
check "pgm-diff: it says where" grep -qx 'different: 1 of 6 pixels, by up to 12, the first at 2,1' "$tmp/says"
check "pgm-diff: the image has it" sh -c "[ \"\$(tail -c 6 $tmp/out/diff.pgm | od -An -tu1 | tr -s ' ')\" = ' 0 0 0 0 0 12' ]"
vpipe-pgm-diff -q "$tmp/a.pgm" "$tmp/c.pgm" "$tmp/a.pgm"
check "pgm-diff: onto one of its own images" [ "$(tail -c 1 "$tmp/a.pgm" | od -An -tu1 | tr -d ' ')" = 153 ]

# -- --help and --version
narrow() { "$1" --help | awk 'length > 80 { wide = 1; print } /^EXAMPLES/ { e = 1 } END { exit wide || !e }'; }
for tool in capture-mmap capture-read capture-userptr capture-dmabuf capture-m2m bench-fixture fixture-feed cv-ref pgm-diff; do
	check "$tool --help has examples and 80 columns" narrow vpipe-$tool
	check "$tool --version" sh -c "vpipe-$tool --version | grep -q '^vpipe-$tool [0-9]'"
	check_fails "$tool: an unknown option" 2 '.' sh -c "vpipe-$tool --nonsense 2>&1 | head -n 1 >&2; exit 2"
done

# -- what is refused: one line that says why, the right status, no file
rm -rf "$tmp/out" && mkdir "$tmp/out"
out=$tmp/out/x.csv
for way in mmap read userptr; do
	tool=vpipe-capture-$way
	check_fails "$tool: a node that is not there" 1 '/dev/video99: No such file.*; load what is missing' $tool /dev/video99 "$out" 5
	check_fails "$tool: a name that no node has" 1 "no source: none of .* 'nosuch" $tool nosuch "$out" 5
	check_fails "$tool: no video node" 1 '/dev/null is not a V4L2 node' $tool /dev/null "$out" 5
	check_fails "$tool: a mem2mem node" 1 'is no single-plane capture node' $tool "$vpipe_node" "$out" 5
	check_fails "$tool: a folder that is not there" 1 'cannot write /nonexistent/x.csv.*mkdir' $tool vivid /nonexistent/x.csv 5
	check_fails "$tool: too many arguments" 2 'one argument too many' $tool vivid "$out" 5 pool 6
done
check_fails "0 frames" 2 "frames must be .* not '0'" vpipe-capture-mmap vivid "$out" 0
check_fails "1e9 frames" 2 "frames must be .* not '1e9'" vpipe-capture-read vivid "$out" 1e9
check_fails "-1 frames" 2 "frames must be .* not '-1'" vpipe-bench-fixture --frames=-1
check_fails "no size" 2 '--size must be WxH' vpipe-capture-mmap --size 0x480
check_fails "a size that vivid has not" 1 'gives .*, not the GREY 17x3' vpipe-capture-mmap --size 17x3 -o "$out"
check_fails "a frame rate of 0" 2 '--fps must be' vpipe-capture-mmap --fps 0
check_fails "33 buffers" 2 '--buffers must be' vpipe-capture-mmap --buffers 33
check_fails "pool or fresh" 2 "memory must be pool or fresh, not 'old'" vpipe-capture-userptr vivid "$out" 5 old
check_fails "no privilege" 1 'Permission denied; run it as root' \
	setpriv --reuid nobody --clear-groups --inh-caps=-all vpipe-capture-mmap "$source_node" "$tmp/public/x.csv" 5
check_fails "capture-dmabuf: the source is vpipe" 1 'is no single-plane capture node' vpipe-capture-dmabuf "$vpipe_node" vpipe "$out" 5
check_fails "capture-dmabuf: vivid is not vpipe" 1 'is no mem2mem node' vpipe-capture-dmabuf vivid "$source_node" "$out" 5
check_fails "capture-dmabuf has one transport" 2 'one argument too many' vpipe-capture-dmabuf vivid vpipe "$out" 5 mmap

feed() { vpipe-fixture-feed vpipe $heap "$@"; }
pgm=$images/odd-7x5.pgm
check_fails "fixture-feed: arguments are missing" 2 'VPIPE HEAP FIXTURE OUT.PGM are needed' feed "$pgm"
check_fails "fixture-feed: no such node" 1 '/dev/video99: No such file' vpipe-fixture-feed /dev/video99 $heap "$pgm" "$tmp/out/o.pgm"
check_fails "fixture-feed: vivid is not vpipe" 1 'is no mem2mem node' vpipe-fixture-feed "$source_node" $heap "$pgm" "$tmp/out/o.pgm"
check_fails "fixture-feed: no such heap" 1 'open the heap /dev/dma_heap/x: No such file.*; name another heap' \
	vpipe-fixture-feed vpipe /dev/dma_heap/x "$pgm" "$tmp/out/o.pgm"
check_fails "fixture-feed: no heap" 1 '/dev/null is no DMA heap.*; name another heap' \
	vpipe-fixture-feed vpipe /dev/null "$pgm" "$tmp/out/o.pgm"
check_fails "fixture-feed: no such image" 1 'cannot open /nonexistent.pgm' feed /nonexistent.pgm "$tmp/out/o.pgm"
check_fails "fixture-feed: no such folder" 1 'cannot write /nonexistent/o.pgm.*mkdir' feed "$pgm" /nonexistent/o.pgm
check_fails "fixture-feed: a folder as the result" 1 "cannot write $tmp/out: Is a directory" feed "$pgm" "$tmp/out"
check_fails "bench-fixture: threshold 256" 2 "threshold must be .* not '256'" \
	vpipe-bench-fixture vpipe $heap "$pgm" "$out" 5 threshold 256
check_fails "bench-fixture: algo" 2 'algo must be none or threshold' vpipe-bench-fixture vpipe $heap "$pgm" "$out" 5 sobel
check_fails "bench-fixture: a depth of 0" 2 '--depth must be' vpipe-bench-fixture --depth 0
check_fails "bench-fixture: a region of three" 2 '--roi must be L,T,W,H' vpipe-bench-fixture --roi 1,2,3
check_fails "cv-ref: one argument" 2 'IN.PGM and OUT.PGM are needed' vpipe-cv-ref "$pgm"
check_fails "cv-ref: half a region" 2 'all of LEFT TOP WIDTH HEIGHT' vpipe-cv-ref "$pgm" "$tmp/out/o.pgm" 127 1 2
check_fails "cv-ref: a width of 5000" 2 "width must be .* not '5000'" vpipe-cv-ref "$pgm" "$tmp/out/o.pgm" 127 1 2 5000 1
check_fails "pgm-diff: two arguments" 2 'A.PGM, B.PGM and DIFF.PGM are needed' vpipe-pgm-diff "$pgm" "$pgm"
check_fails "pgm-diff: images of different size" 1 'has 7x5 pixels, .* has 33x17: they can' \
	vpipe-pgm-diff "$pgm" "$images/odd-33x17.pgm" "$tmp/out/o.pgm"

malformed() { # WHAT BYTES PATTERN
	printf '%b' "$2" >"$tmp/bad.pgm"
	check_fails "fixture-feed: $1" 1 "bad.pgm $3" feed "$tmp/bad.pgm" "$tmp/out/o.pgm"
	check_fails "cv-ref: $1" 1 "bad.pgm $3" vpipe-cv-ref "$tmp/bad.pgm" "$tmp/out/o.pgm"
	check_fails "pgm-diff: $1" 1 "bad.pgm $3" vpipe-pgm-diff "$pgm" "$tmp/bad.pgm" "$tmp/out/o.pgm"
}
malformed "an empty image" '' 'is empty'
malformed "text" 'hello' 'is no binary PGM'
malformed "16 bits" 'P5 1 1 65535 ab' 'has 16-bit pixels'
malformed "a cut off image" 'P5 9 9 255 ab' 'is cut off: it has 2 of its 81 pixels'
malformed "an absurd size" 'P5 99999999999999999999 1 255 a' 'has a width of a million or more'
check "none of these left a file" is_empty "$tmp/out"

# -- a full disk
mount -t tmpfs -o size=4k tmpfs "$full"
check_fails "capture-mmap: the disk is full" 1 'cannot write .*: No space left on device; make room' \
	vpipe-capture-mmap -q -f 60 -o "$full/x.csv"
check_fails "bench-fixture: the disk is full" 1 'cannot write .*: No space left on device; make room' \
	vpipe-bench-fixture -q -f 100 -o "$full/x.csv"
check_fails "fixture-feed: the disk is full" 1 'cannot write .*: No space left on device; make room' \
	feed "$images/edge.pgm" "$full/o.pgm"
check_fails "cv-ref: the disk is full" 1 'cannot write .*: No space left on device; make room' \
	vpipe-cv-ref "$images/edge.pgm" "$full/o.pgm"
check_fails "pgm-diff: the disk is full" 1 'cannot write .*: No space left on device; make room' \
	vpipe-pgm-diff "$images/edge.pgm" "$images/ramp.pgm" "$full/o.pgm"
check "nothing half-written is left there" is_empty "$full"
umount "$full"

# -- one at a time
vpipe-capture-mmap -q -f 100000 -o "$tmp/out/long.csv" &
long=$!
wait_for dequeues $long
check_fails "a source that streams already" 1 'Device or resource busy; another program is using it' \
	vpipe-capture-mmap -q -f 5 -o "$out"
check_fails "a file that is being written" 1 'long.csv: Device or resource busy; another program is writing it' \
	vpipe-bench-fixture -q -f 5 -o "$tmp/out/long.csv"
kill -INT $long
wait $long
check "Ctrl-C: status 130" [ $? = 130 ]
check "Ctrl-C: the rows so far are kept, whole" whole "$tmp/out/long.csv" $(($(wc -l <"$tmp/out/long.csv") - 1))
interrupted() { # COMMAND...: after SIGTERM, 143 and nothing but whole rows
	rm -f "$tmp"/out/*
	"$@" -q -f 100000 -o "$tmp/out/long.csv" &
	long=$!
	streaming $long 30
	kill -TERM $long
	wait $long
	[ $? = 143 ] && [ ! -e "$tmp/out/long.csv.vpipe.tmp" ] &&
		whole "$tmp/out/long.csv" $(($(wc -l <"$tmp/out/long.csv") - 1)) &&
		[ "$(wc -l <"$tmp/out/long.csv")" -gt 5 ]
}
check "capture-read, stopped" interrupted vpipe-capture-read
check "capture-userptr, stopped" interrupted vpipe-capture-userptr --memory fresh
check "capture-dmabuf, stopped" interrupted vpipe-capture-dmabuf
check "bench-fixture, stopped" interrupted vpipe-bench-fixture --depth 4 --fixture "$images/noise.pgm" \
	--output "$tmp/out/long.pgm"
check "bench-fixture, stopped: the last result is there" sh -c \
	"vpipe-cv-ref -q $images/noise.pgm $tmp/out/ref.pgm && cmp $tmp/out/ref.pgm $tmp/out/long.pgm"

# -- stopped for longer than the limit: frames wait all along, or have not been waited for
vpipe-capture-dmabuf -q --timeout 1 -f 60 -o "$tmp/out/stopped.csv" &
long=$!
streaming $long 10
kill -STOP $long
sleep 3
kill -CONT $long
wait $long
check "capture-dmabuf, stopped for thrice its limit: status 0" [ $? = 0 ]
check "capture-dmabuf, stopped for thrice its limit: every frame" whole "$tmp/out/stopped.csv" 60
limit=4 # in which a tool starts
slow_kernel && limit=10
drain 7 --timeout $limit
kill -STOP $drain
sleep $((2 * limit))
kill -CONT $drain
sleep 0.2
vpipe-bench-fixture -q -f 7 -o "$tmp/out/bench.csv"
wait $drain
check "meta-drain, stopped for twice its limit: status 0" [ $? = 0 ]
check "meta-drain, stopped for twice its limit: every row" [ "$(wc -l <"$tmp/meta.csv")" = 8 ]
check_fails "a source that gives nothing is still found out" 1 'the CAPTURE queue of .* stalled: .*; see dmesg' \
	vpipe-capture-mmap -q --timeout 0.03 --fps 1 -f 5 -o "$tmp/out/slow.csv"

# -- on a terminal
TERM=xterm script -qec "vpipe-capture-mmap -f 45 -o $tmp/out/tty.csv" "$tmp/typescript" >/dev/null 2>&1 </dev/null
check "progress on a terminal" grep -q 'of 45 frames' "$tmp/typescript"
check "--quiet: not a word" silent vpipe-capture-mmap -q -f 3 -o "$tmp/out/tty.csv"
check "--quiet: not a word of bench-fixture" silent vpipe-bench-fixture -q -f 3 -o "$tmp/out/tty.csv"
check "none elsewhere" sh -c "! vpipe-capture-mmap -f 45 -o $tmp/out/tty.csv 2>&1 | grep -q 'of 45 frames'"

modprobe -r vivid vpipe
finish

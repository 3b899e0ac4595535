#!/bin/bash
# SPDX-License-Identifier: MIT
# cli.t - the command line of vpipe-trace, where no driver is needed
. "$(dirname "$0")/../lib.sh"

for args in --help "run --help" "record --help" "--version" "run --version" stages; do
	# shellcheck disable=SC2086 # words
	check "vpipe-trace $args" vpipe-trace $args
done
narrow() { "$@" --help | awk 'length > 80 {print; wide = 1} END {exit wide}'; }
check "vpipe-trace --help fits 80 columns" narrow vpipe-trace
check "vpipe-trace run --help fits 80 columns" narrow vpipe-trace run
check "vpipe-trace run --help has examples" sh -c "vpipe-trace run --help | grep -q ^EXAMPLES"

check_fails "no verb" 2 'verb is missing' vpipe-trace
check "vpipe-trace record --help fits 80 columns" narrow vpipe-trace record
check_fails "record: a PID that is none" 2 "--pid must be" vpipe-trace record -p 0
check_fails "record: an argument" 2 "unexpected argument 'foo'" vpipe-trace record foo
check_fails "an unknown verb" 2 "unknown verb 'tally'" vpipe-trace tally
check_fails "an argument that is not an option" 2 'a command goes behind --' vpipe-trace run foo
check_fails "--frames=-1" 2 "--frames must be .* not '-1'" vpipe-trace run --frames=-1
check_fails "--frames=0" 2 "--frames must be" vpipe-trace run --frames=0
check_fails "--frames=1e9" 2 "--frames must be" vpipe-trace run --frames=1e9
check_fails "--threshold=256" 2 "--threshold must be .* not '256'" vpipe-trace run --threshold=256
check_fails "--size=640" 2 "--size must be WxH" vpipe-trace run --size=640
check_fails "--transport=userptr" 2 "dmabuf or mmap" vpipe-trace run --transport=userptr
check_fails "--ring-size=100" 2 'power of two' vpipe-trace run --ring-size=100
check_fails "--duration=-1" 2 'must be from' vpipe-trace run --duration=-1
check_fails "-o with no name" 1 'does not name a run' vpipe-trace run -o "$tmp/"
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
# paths.t - a table that forgets something does not compile
. "$(dirname "$0")/../lib.sh"

# FILE SED-EXPRESSION: the file does not compile as that makes it, but does as it is
breaks() {
	local file=$1 flags="-std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE -I. -fsyntax-only"
	sed -E "$2" "$file" >"$tmp/broken.c"
	! cmp -s "$file" "$tmp/broken.c" || { echo "$2 changes nothing"; return 1; }
	# shellcheck disable=SC2086 # words
	${CC:-gcc} $flags "$file" && ! ${CC:-gcc} $flags "$tmp/broken.c" 2>"$tmp/said"
}

path=loader/paths/vpipe.c
check "a stage that has no row" breaks $path '/X\(cv, /d'
check "a row at the wrong place" breaks $path 's/X\(cv, COPY_DONE/X(crc, COPY_DONE/; s/X\(crc, CV_DONE/X(cv, CV_DONE/'
check "a stage that begins with another point" breaks $path 's/X\(cv, COPY_DONE/X(cv, CV_DONE/; s/X\(crc, CV_DONE/X(crc, COPY_DONE/'
check "a stage that is charged to nothing" breaks $path 's/compute, compute,/, compute,/'
check "a stage that is charged to what is no cost" breaks $path 's/compute, compute,/compute, nothing,/'
check "a stage of which not all is said" breaks $path 's/compute, compute, PLAIN,/compute, compute,/'
check "a loss that has no row" breaks loader/model/losses.c '/X\(torn, LOSS/d'
finish

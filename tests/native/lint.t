#!/bin/bash
# SPDX-License-Identifier: MIT
# lint.t - what static analysis finds, by analyser and area
. "$(dirname "$0")/../lib.sh"

# NAME ANALYSER PATH...
lint() {
	local name=$1
	shift
	scripts/lint "$@" >"$tmp/findings" 2>&1
	case $? in
	0) ok "$name" ;;
	3) skip "$name" "$(paste -sd' ' "$tmp/findings")" ;;
	*) not_ok "$name"; diag "$tmp/findings" ;;
	esac
}

for area in user loader tests; do
	lint "$area: gcc warns of nothing" gcc $area
	lint "$area: clang warns of nothing" clang $area
	lint "$area: clang-tidy finds nothing" tidy $area
	lint "$area: cppcheck finds nothing" cppcheck $area
done
lint "bpf: clang warns of nothing" bpf
lint "kmod: the kernel's W=1 warns of nothing" kmod
lint "kmod: sparse finds nothing" sparse
for area in kmod tracepoints; do
	lint "$area: checkpatch finds nothing" checkpatch $area
done
lint "C is formatted as .clang-format says" format
lint "shellcheck finds nothing" shell
lint "Python compiles" python
lint "each file says its licence" licences

# that it could have failed: ANALYSER FILE TEXT, of a new file in a copy of the tree
sees() {
	printf '%b' "$3" >"$tmp/tree/$2"
	BUILD=build "$tmp/tree/scripts/lint" "$1" "$2" >"$tmp/findings" 2>&1
	case $? in
	1) ok "$1 sees a fault" ;;
	3) skip "$1 sees a fault" "$(paste -sd' ' "$tmp/findings")" ;;
	*) not_ok "$1 sees a fault"; diag "$tmp/findings" ;;
	esac
	rm "$tmp/tree/$2"
}

mkdir "$tmp/tree"
tar -c --exclude=./build --exclude=./bench --exclude=./.git . | tar -x -C "$tmp/tree"
leak='#include <stdlib.h>\nint f(int n);\nint f(int n)\n{\n\tchar *p = malloc(4);\n\n\tif (n)\n\t\treturn 0;\n\tfree(p);\n\treturn 1;\n}\n'
unused='int f(void);\nint f(void)\n{\n\tint n;\n\n\treturn 0;\n}\n'
sees gcc lib/fault.c "$unused"
sees clang lib/fault.c "$unused"
sees bpf bpf/fault.bpf.c "$unused"
sees tidy lib/fault.c "$leak"
sees cppcheck lib/fault.c "$leak"
sees checkpatch kmod/fault.h '/* SPDX-License-''Identifier: MIT */\n#define TWICE(a) a * 2\n'
sees format lib/fault.h 'int f( void );\n'
sees shell scripts/fault.sh "# shellcheck shell=sh\necho \$nothing\n"
sees licences lib/fault.c 'int f;\n'
sees licences lib/fault.c "/* SPDX-License-""Identifier: BSD-2-Clause */\n"
sees licences bpf/fault.h "/* SPDX-License-""Identifier: MIT */\n"
sees python tests/fault '#!/usr/bin/env python3\nif True\n'
sees python tests/fault.py 'if True\n'
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
# man.t - man pages: what they say is what --help says, nothing of it is missing, and they read well
. "$(dirname "$0")/../lib.sh"

build=${BUILD:-build}
if ! command -v rst2man >/dev/null; then
	echo '1..0 # SKIP no rst2man (Debian package: python3-docutils)'
	exit 0
fi

# -- one source
scripts/help-texts "$tmp/help"
check "docs/man/help is what --help says (make help-texts)" diff -r docs/man/help "$tmp/help"
check "make man" make -s man
mapfile -t pages < <(find "$build/man" -path '*/man[1-9]/*' -name '*.[1-9]' | sort)
# NAME WIDTH: the page as a terminal of that width shows it
page() {
	local shown=$tmp/$1.$2
	[ -s "$shown" ] || MANWIDTH=$2 man -l -Tutf8 -P cat "$(printf '%s\n' "${pages[@]}" | grep -E "/$1\.[1-9]$")" 2>/dev/null | col -bx >"$shown"
	cat "$shown"
}
has_page() { [ -n "$(page "$1" 160)" ]; }
for help in "$tmp/help"/*.txt; do
	name=${help##*/}
	check "${name%.txt} has a page" has_page "${name%.txt}"
done

# NAME: its page has the options and examples of its help, and its help those of the page
both_ways() {
	page "$1" 160 >"$tmp/page"
	PYTHONPATH=scripts python3 -B - "$tmp/help/$1.txt" "$tmp/page" <<-'END'
		import re, sys
		from help_text import Help
		help_, page = Help(open(sys.argv[1]).read()), open(sys.argv[2]).read()
		part = {}
		for line in page.splitlines():
		    if re.match(r"[A-Z]", line):
		        heading = line
		    elif line.strip():
		        part.setdefault(heading, []).append(line)
		said = {name for _, group in help_.groups for option in group for name in option.names}
		shown = {word for line in part["OPTIONS"] if re.match(r"^ {7}-", line)
		         for word in re.findall(r"(?:^ {7}|, )(--?[a-zA-Z?][a-z-]*)", line)}
		assert not said or said == shown, said ^ shown
		said = [line.strip() for example in help_.examples() for line in example.command.split("\n")]
		shown = [line.strip() for line in part["EXAMPLES"] if re.match(r"^ {10}", line)]
		assert said == shown, (said, shown)
		numbers = re.findall(r"(?:: |, )(\d+) ", " ".join(help_.status))
		shown = [line.split()[0] for line in part["EXIT STATUS"] if re.match(r"^ {7}\d+ ", line)]
		assert numbers and numbers == shown, (numbers, shown)
	END
}
for help in "$tmp/help"/*.txt; do
	name=${help##*/}
	name=${name%.txt}
	check "$name: options, examples, exit status as in --help" both_ways "$name"
done
unbroken() {
	PYTHONPATH=scripts python3 -B - "$tmp/help"/*.txt <<-'END'
		import sys
		from help_text import wrapped_wrongly
		broken = [(path, line) for path in sys.argv[1:] for line in wrapped_wrongly(open(path).read())]
		assert not broken, broken
	END
}
check "no line of --help is broken in two" unbroken

# -- nothing is missing
# NAME HEADING...
has_sections() {
	local heading missing=0
	page "$1" 160 >"$tmp/page"
	for heading in "${@:2}"; do
		grep -qx "$heading" "$tmp/page" || { echo "$1 has no $heading" && missing=1; }
	done
	return $missing
}
for help in "$tmp/help"/vpipe-trace*.txt; do
	name=${help##*/}
	check "${name%.txt}: all sections" has_sections "${name%.txt}" NAME SYNOPSIS DESCRIPTION OPTIONS OVERHEAD EXAMPLES "EXIT STATUS" BUGS "SEE ALSO"
done
for name in report doctor export; do check "vpipe-trace-$name: FIELDS" has_sections "vpipe-trace-$name" FIELDS; done
# NAME WORD...: the page has each
names() {
	local word missing=0 # in a page so wide that no name is hyphenated
	page "$1" 1000 | tr -s ' \n' '\n' >"$tmp/page"
	for word in "${@:2}"; do
		grep -qwF -- "$word" "$tmp/page" || { echo "$1 has no $word" && missing=1; }
	done
	[ $# -gt 1 ] && return $missing
}
mapfile -t uapi < <(sed -nE 's/^#define (VPIPE_(CID|META_F|META_IOC|META_VERSION)[A-Z0-9_]*).*/\1/p; s/^\t__[us][0-9]+ ([a-z0-9_]+);.*/\1/p; s/^\t(VPIPE_[A-Z_]+) = .*/\1/p' kmod/vpipe.h |
	grep -vx -e VPIPE_CID_BASE -e reserved)
mapfile -t events < <(sed -nE 's/^(TRACE_EVENT|DEFINE_EVENT)\(.*(vpipe_[a-z_]+),.*/\2/p' tracepoints/vpipe-events.h)
mapfile -t parameters < <(sed -nE 's/^module_param(_string)?\(([a-z]+),.*/\2/p' kmod/*.c)
check "vpipe(4) has all of vpipe.h" names vpipe "${uapi[@]}"
check "vpipe(4) has the trace events" names vpipe "${events[@]}"
check "vpipe(4) has the module's parameters" names vpipe "${parameters[@]}"
# shellcheck disable=SC2016 # quotes of the document
mapfile -t columns < <(vpipe-trace columns | sed -nE 's/^\| `([^`]+)`.*/\1/p')
check "vpipe-run(5) has all columns" names vpipe-run "${columns[@]}"
mapfile -t suffixes < <(sed -nE 's/^\tX\([A-Z_]+, "([a-z.-]+)".*/RUN.\1/p' loader/runs/files.h)
check "vpipe-run(5) has all files" names vpipe-run "${suffixes[@]}"
# those of RUN.csv are in no schema of the tracer's
mapfile -t captured < <(grep -hA4 'HEADER.*\\$\|COLUMNS "' user/lib/{frame-row.h,capture-source.c,rusage.h} | grep -oE '"[a-z_,]+"' | tr -d '"' | tr ',' '\n' | sort -u)
captures() { [ ${#captured[@]} -gt 20 ] && names vpipe-run "${captured[@]}"; }
check "and all columns of the capture programs" captures

# -- they read well
silent() { "$@" 2>"$tmp/err" >/dev/null && ! grep . "$tmp/err"; }
for name in "${pages[@]}"; do
	check "${name##*/}: man has no warning" silent man --warnings -l -Tutf8 "$name"
done
if command -v mandoc >/dev/null; then
	linted() { ! mandoc -T lint -W warning "${pages[@]}" | grep -v 'missing date'; }
	check "nor has mandoc" linted
else
	skip "nor has mandoc" "it is not installed"
fi
see_also() { # each page of ours that another one names is there
	local name missing=0
	while read -r name; do
		printf '%s\n' "${pages[@]}" | grep -q "/$name$" || { echo "there is no $name" && missing=1; }
	done < <(grep -ohE '\*\*vpipe[a-z0-9-]*\*\*\\ \([0-9]\)' docs/man/*.rst | sed -E 's/\*\*(.*)\*\*\\ \((.)\)/\1.\2/' | sort -u)
	return $missing
}
check "pages that others name are there" see_also
wide() { page "$1" 80 | awk 'length > 90 {print; wide = 1} END {exit wide}'; }
check "an example may be as wide as --help has it, no more" wide vpipe-trace-check

# -- installed
make -s install-tools DESTDIR="$tmp/root" PREFIX=/usr >"$tmp/install" 2>&1
installed() { [ "$(find "$tmp/root/usr/share/man" -type f | wc -l)" = ${#pages[@]} ] && [ ${#pages[@]} -gt 20 ]; }
check "make install-tools brings them all" installed
by_name() { MANPATH=$tmp/root/usr/share/man man -P cat vpipe-trace-record | grep -q 'attach to what already runs'; }
check "man finds them" by_name
mkdir "$tmp/bin"
find /usr/bin /usr/sbin /bin -maxdepth 1 ! -name 'rst2man*' ! -type d -print0 | xargs -0 ln -sf -t "$tmp/bin"
without() { PATH=$tmp/bin "$@"; }
says_so() { without make -s no-man | grep -q 'no man pages: rst2man is missing (Debian package: python3-docutils)'; }
check "without rst2man the rest is built, and it is said" says_so
refused() { ! without make -s BUILD="$tmp/build" man >"$tmp/refused" 2>&1 && grep -q 'rst2man is missing (Debian package: python3-docutils)' "$tmp/refused"; }
check "make man fails then" refused
finish

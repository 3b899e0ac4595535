#!/bin/bash
# SPDX-License-Identifier: MIT
# tree.t - the tree itself: installation, what the documents copy from code, commit messages
. "$(dirname "$0")/../lib.sh"

# the stages exist once, in code: documents show what the program lists
vpipe-trace stages >"$tmp/stages"
of_path() { awk -v path="### $1" '/^###/ {it = $0 == path} it && /^\|/' "$tmp/stages"; }
for doc in README.md docs/design.md; do
	has_stages() { sed -n '/^| stage | from/,/^| pickup/p' "$doc" | diff - <(of_path vpipe); }
	check "$doc has the stages as vpipe-trace lists them" has_stages
done
# and so do the columns, and the document's head
has_columns() { sed -n '/^### /,$p' docs/columns.md | diff - <(vpipe-trace columns); }
check "docs/columns.md has the columns as vpipe-trace lists them" has_columns
# what the guide shows comes from a test, and what that finds is in the guide
shown() { diff <(sed -n 's/^<!-- diff \(.*\) -->$/\1/p' docs/guide.md | sort) <(sed -n 's/^\t*\(advice\|says\) \([a-z]*\) .*/\2/p' tests/guest/guide.t | sort); }
check "docs/guide.md shows each piece of advice that tests/guest/guide.t tries" shown
# COLUMN that the guide names is one
# shellcheck disable=SC2016 # quotes of the document
guide_columns() {
	local name missing=0
	for name in $(grep -oE '`(STAGE_)?[a-z0-9_]+_(ns|waker|cpu_before|cpu_after)`' docs/guide.md | tr -d '`' | sort -u); do
		grep -qE "^\| \`(STAGE_)?${name#wake_}\` |^\| \`STAGE_${name#wake_}\` " docs/columns.md || { echo "$name is no column" && missing=1; }
	done
	return $missing
}
check "and names columns that there are" guide_columns
# PATH: each has its row in docs/attribution.md, or is told in a sentence
explained() {
	local stage missing=0
	for stage in $(of_path "$1" | awk 'NR > 2 {print $2}'); do
		grep -qE "^\| $stage \||\*$stage\*" docs/attribution.md || { echo "$stage is not there" && missing=1; }
	done
	[ $missing = 0 ] && [ -n "$(of_path "$1")" ]
}
for path in capture m2m output novb2 display isp; do
	check "docs/attribution.md has the stages of the path $path" explained $path
done

check "make install-tools" make -s install-tools DESTDIR="$tmp/root" PREFIX=/usr
for program in "${BUILD:-build}"/bin/*; do
	program=${program##*/}
	check "$program is installed, and runs from there" "$tmp/root/usr/bin/$program" --version
done
check "make with a compiler that is not there fails" sh -c "! make -s BUILD=$tmp/build CLANG=no-such-clang tools"
no_kdir() { ! make -s kmod KDIR=/nonexistent >"$tmp/kdir" 2>&1 && grep -q "install linux-headers-$(uname -r)" "$tmp/kdir"; }
check "make kmod without a kernel's build folder names the package" no_kdir

# -- the log
# SUBJECT [LINE...]: a message of these lines
hook() { printf '%s\n' "$@" | scripts/hooks/commit-msg /dev/stdin; }
refuses() { ! hook "$@" 2>"$tmp/refused" && grep -q '^commit-msg: subject: ' "$tmp/refused"; }
good="loader: say which file is full"
check "commit-msg takes a good message" hook "$good" "" "It was guessed."
for bad in "Fix" "loader say which" "loader: full stop." "loader: $(printf '%080d' 0)"; do
	check "commit-msg refuses '${bad:0:20}'" refuses "$bad" "" "It was guessed."
done
check "commit-msg refuses a message without a body" refuses "$good"
check "or whose second line is not empty" refuses "$good" "It was guessed."
check "what git shows and trailers are no body" refuses "$good" "" "Signed-off-by: A <a@b>" "# On branch" \
	"# ------------------------ >8 ------------------------" "diff --git a/a b/a" "+more"
check "a merge needs none" hook "Merge branch 'a'"

git() { command git -c safe.directory='*' "$@"; } # also of another owner
# NAME SINCE FORMAT: the hook takes each commit behind SINCE, shown in this format
check_log() {
	if git merge-base --is-ancestor "$2" HEAD 2>/dev/null; then
		check "$1" obeyed "$2" "$3"
	else
		skip "$1" "the history since $2 is not here"
	fi
}
obeyed() {
	local commit status=0
	for commit in $(git rev-list --no-merges "$1..HEAD"); do
		git log -1 --format="$2" "$commit" | scripts/hooks/commit-msg /dev/stdin || { echo "that is $commit"; status=1; }
	done
	return $status
}
check_log "each commit has a good subject" 871d47a '%s%n%nbody' # of those before 12 are too long
check_log "and each has a body" 8e26f74 %B
obeyed_too() { (cd "$tmp/log" && hooks=$OLDPWD/scripts && ln -sfn "$hooks" scripts && obeyed "$@"); }
git init -q "$tmp/log"
commit() { git -C "$tmp/log" -c user.name=a -c user.email=a@b -c core.hooksPath=/dev/null commit -q --allow-empty "$@"; }
commit -m "tree: first"
commit -m "tree: second" -m "Why."
check "a log that is good" obeyed_too HEAD~1 %B
commit -m "tree: third"
not_obeyed() { ! obeyed_too HEAD~2 %B; }
check "one that has a commit without a body" not_obeyed

# -- the house: one document names each folder and file of it
rooms=(kmod tracepoints bpf lib user loader)
handbook=${HANDBOOK:-HACKING.md}
# What FILE does not name; a header stands with the source beside it.
unnamed() {
	local path name
	find "${rooms[@]}" -name '.*' -prune -o -print | while read -r path; do
		if [ -d "$path" ]; then
			name=$path/
		else
			[[ $path != *.h || ! -e ${path%.h}.c ]] || continue
			name=${path##*/}
		fi
		# a name is not the end of a longer one; a folder's is its whole path
		grep -qE "(^|[^[:alnum:]_.${name//[!\/]/}-])${name//./\\.}" "$1" || echo "$path"
	done
}
all_named() { ! unnamed "$1" | grep .; }
if [ -e "$handbook" ]; then
	check "$handbook names each file and folder" all_named "$handbook"
else
	skip "$handbook names each file and folder" "there is no $handbook yet"
fi
find "${rooms[@]}" \( -type d -printf '%p/\n' \) -o -printf '%f\n' >"$tmp/handbook"
check "what names all of them is taken" all_named "$tmp/handbook"
for gone in loader/trace/ lib/ csv.c vpipe.rules; do
	grep -vxF "$gone" "$tmp/handbook" >"$tmp/without"
	missed() { unnamed "$tmp/without" | grep -qE "(^|/)${gone%/}$"; }
	check "what does not name $gone is not" missed
done
finish

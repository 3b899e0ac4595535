#!/bin/bash
# SPDX-License-Identifier: MIT
# release.t - what keeps a commit from being released, each reason planted in a small tree of its own
. "$(dirname "$0")/../lib.sh"

one_version() { [ "$(scripts/release-check versions | sed 's/.* //' | sort -u | wc -l)" = 1 ]; }
check "the version is the same everywhere, in this tree" one_version

tree=$tmp/tree
git() { command git -C "$tree" -c user.name=test -c user.email=test@example.org "$@"; }
mkdir -p "$tree"/{lib,kmod,scripts,debian}
cp lib/args.h "$tree/lib/"
cp kmod/vpipe-core.c "$tree/kmod/"
cp scripts/release-check "$tree/scripts/"
# licences have tests of their own (lint.t)
printf '#!/bin/sh\nexit 0\n' >"$tree/scripts/lint"
chmod +x "$tree/scripts/lint"
sed -i 's/VERSION "[0-9.]*"/VERSION "1.2.3"/' "$tree/lib/args.h"
sed -i 's/MODULE_VERSION("[0-9.]*")/MODULE_VERSION("1.2.3")/' "$tree/kmod/vpipe-core.c"
printf 'vpipe (1.2.3-1) unstable; urgency=medium\n' >"$tree/debian/changelog"
printf '# Changes\n\n## Unreleased\n\n## 1.2.3 (1 December 2026)\n\n### Added\n\n- A thing.\n\n## 1.2.2\n\n- Another.\n' >"$tree/CHANGELOG.md"
git init -q
git add -A
git commit -q -m "release: 1.2.3"
good=$(git rev-parse HEAD)
release_check() { "$tree/scripts/release-check"; }
check "a commit that is ready can be released" release_check

# NAME REASON: what has been changed since is committed, and is why it can't
refused() {
	local status
	git add -A
	git commit -q -m "test: $1" --allow-empty
	release_check >"$tmp/said"
	status=$?
	if [ $status = 1 ] && grep -qF -- "$2" "$tmp/said" && [ "$(grep -c '^failed' "$tmp/said")" = 1 ]; then
		ok "$1"
	else
		not_ok "$1"
		diag "$tmp/said"
	fi
	git reset -q --hard "$good"
}
sed -i 's/1\.2\.3/1.2.4/' "$tree/kmod/vpipe-core.c"
refused "a module of another version keeps it back" "kmod/vpipe-core.c 1.2.4"
sed -i 's/1\.2\.3/1.2.30/' "$tree/debian/changelog"
refused "and a package" "debian/changelog 1.2.30"
sed -i 's/^MODULE_VERSION/MODULE_VERSIONS/' "$tree/kmod/vpipe-core.c"
refused "and one that says none" "kmod/vpipe-core.c none"
sed -i 's/^## 1\.2\.3 /## 1.2.1 /' "$tree/CHANGELOG.md"
refused "a version without a section keeps it back" "no section '## 1.2.3"
sed -i 's/^- A thing/A thing/' "$tree/CHANGELOG.md"
refused "and a section without changes" "no section '## 1.2.3"
sed -i 's/(1 December 2026)/, not tagged/' "$tree/CHANGELOG.md"
refused "and one that is called not tagged" "not tagged"
sed -i 's/^## Unreleased/&\n\n- A new thing./' "$tree/CHANGELOG.md"
refused "changes that are not in it keep it back" "changes that are Unreleased"
printf '#!/bin/sh\necho "lib/new.c has none"\nexit 1\n' >"$tree/scripts/lint"
refused "a file without a licence keeps it back" "lib/new.c has none"
git tag v1.2.3
refused "a version that is tagged keeps it back" "there is a tag v1.2.3"
git tag -d v1.2.3 >/dev/null
git clone -q --bare "$tree" "$tmp/origin" 2>/dev/null
command git -C "$tmp/origin" tag v1.2.3
git remote add origin "$tmp/origin"
refused "also if only origin has the tag" "origin has a tag v1.2.3"
git remote set-url origin "$tmp/nowhere"
refused "an origin that does not answer keeps it back" "origin can't be asked"
git remote remove origin
touch "$tree/lib/forgotten.c"
forgotten() { ! release_check >"$tmp/said" && grep -qF "lib/forgotten.c" "$tmp/said" && grep -qx "1 failed" "$tmp/said"; }
check "a file that is not committed keeps it back" forgotten
rm "$tree/lib/forgotten.c"
check "and nothing else did: it can be released" release_check
finish

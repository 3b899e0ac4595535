#!/bin/bash
# SPDX-License-Identifier: MIT
# deps.t - what is missing is installed once, however many want it at the same time
. "$(dirname "$0")/../lib.sh"

# apt-get as it is while another one runs, and where what it installs can be found
mkdir "$tmp/bin"
cat >"$tmp/bin/apt-get" <<-'END'
	#!/bin/bash
	exec 8>"${0%/*}/../lock"
	flock -n 8 || { echo "E: Could not get lock" >&2; exit 100; }
	sleep 0.2
	[ "$1" = install ] || exit 0
	echo "${@: -1}" >>"${0%/*}/../installed"
	printf '#!/bin/sh\n' >"${0%/*}/vpipe-nothing" && chmod +x "${0%/*}/vpipe-nothing"
END
printf '#!/bin/sh\nexec "$@"\n' >"$tmp/bin/sudo"
chmod +x "$tmp"/bin/*
sed 's/^build|cmd:gcc|gcc$/nothing|cmd:vpipe-nothing|vpipe-nothing-package\n&/' scripts/deps >"$tmp/deps"
chmod +x "$tmp/deps"
export PATH=$tmp/bin:$PATH

check_fails "what is missing is named" 1 'vpipe-nothing is missing \(Debian package: vpipe-nothing-package\)' \
	sh -c "'$tmp/deps' check nothing 2>&1 | head -n 1 >&2; exit 1"
at_once() {
	local installs=() failed=0
	for _ in 1 2 3; do
		"$tmp/deps" install nothing &
		installs+=($!)
	done
	for install in "${installs[@]}"; do wait "$install" || failed=1; done
	[ $failed = 0 ] && [ "$(cat "$tmp/installed")" = vpipe-nothing-package ]
}
check "three want it at once: one of them installs it, and all have it" at_once
check "it is there" "$tmp/deps" check nothing
finish

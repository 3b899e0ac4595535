#!/bin/bash
# SPDX-License-Identifier: MIT
# packages.t - the Debian packages, installed on a machine that loads modules: `apt install`, and a run
#
# DKMS builds the module in tests/native/packages.t, and there they are upgraded and purged: that takes
# minutes in here. Here the module is the one that is there already.
#
# Most functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"

debs=("${BUILD:-build}"/deb/vpipe-*_{"$(dpkg --print-architecture)",all}.deb)
if [ ! -e "${debs[0]}" ] || [ ! -e /usr/sbin/dkms ]; then
	skip "apt install, and vpipe-trace run" "there are no packages, or no dkms (make deb; scripts/deps install package-test)"
	finish
	exit
fi
mkdir -p /etc/dkms
touch /etc/dkms/no-autoinstall
cp "${debs[@]}" "$tmp"
# nothing but what is installed
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd "$tmp" || exit 1

# All that they depend on is there: apt needs no lists, which take it half a minute.
apt() { apt-get -q -y -o Dpkg::Use-Pty=0 -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=/dev/null "$@"; }
check "apt install ./vpipe-*.deb" apt install --no-install-recommends ./vpipe-*.deb
run() { vpipe-trace run -f 100 -o "$tmp/run" | tee "$tmp/table" && grep -qE '^frames +100 started, 100 recorded' "$tmp/table"; }
check "vpipe-trace run: 100 frames" run
is_installed() { [ "$(command -v vpipe-trace vpipe-capture-m2m | sort | paste -sd' ')" = "/usr/bin/vpipe-capture-m2m /usr/bin/vpipe-trace" ]; }
check "by what was installed" is_installed
finish

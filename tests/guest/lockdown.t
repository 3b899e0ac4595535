#!/bin/bash
# SPDX-License-Identifier: MIT
# lockdown.t - a kernel that is locked down: what cannot be done there is said to be that
#
# The last test of its guest: a lockdown can only be tightened, and none can load modules then.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_guest
need_vpipe

lock=/sys/kernel/security/lockdown
out=$tmp/run
grep -q '\[none\]' $lock 2>/dev/null || { echo "1..0 # SKIP $lock is not there, or not 'none'"; exit 0; }

examined() { # STATUS COMMAND...
	local want=$1
	shift
	"$@" vpipe-trace doctor >"$tmp/doctor"
	[ $? = "$want" ] || { cat "$tmp/doctor" && return 1; }
}
says() { grep -qE "^$1" "$tmp/doctor" || { cat "$tmp/doctor" && return 1; }; }

# -- integrity: no module that nobody has signed
load_node vpipe vpipe
client=$tmp/client
printf '#!/bin/sh\nexec v4l2-ctl -d %s --stream-mmap --stream-out-mmap --stream-count=5 >/dev/null 2>&1\n' "$(node vpipe)" >"$client"
chmod 755 "$client"
echo integrity >$lock
check "integrity, the module is loaded: run works" vpipe-trace run -q -s none -o "$out" -- "$client"
check "and doctor says so" examined 0 env
modprobe -r vpipe
check_fails "integrity, not loaded: run names it" 1 \
	'cannot load module vpipe: Operation not permitted; the kernel is locked down, lockdown=integrity' \
	vpipe-trace run -o "$out"
check "doctor fails" examined 1 env
check "and names it" says 'MISSING +module vpipe +the kernel is locked down, lockdown=integrity: .*signed'
check "the mode itself is no hindrance" says 'ok +kernel lockdown +integrity'
check "nor to the programs" says 'ok +BPF programs'

# -- no modules at all any more
sysctl -qw kernel.modules_disabled=1
check_fails "kernel.modules_disabled: run names it" 1 'cannot load module vpipe: .*kernel.modules_disabled' \
	vpipe-trace run -o "$out"
examined 1 env >/dev/null
check "doctor, too" says 'MISSING +module vpipe +kernel.modules_disabled is set'

# -- confidentiality: programs may not read the kernel's memory
echo confidentiality >$lock
named='cannot load BPF programs: the kernel is locked down, lockdown=confidentiality: BPF programs may not read'
check_fails "confidentiality: record names it" 1 "$named" vpipe-trace record -D 1 -o "$out"
check "doctor fails" examined 1 env
check "and names it" says 'MISSING +kernel lockdown +the kernel is locked down, lockdown=confidentiality'
check "for the programs, too" says 'MISSING +BPF programs +the kernel is locked down'
check_fails "where securityfs is not mounted, too" 1 'the kernel is locked down: BPF programs may not read' \
	unshare -m sh -c "umount /sys/kernel/security; exec vpipe-trace record -D 1 -o $out"
check_fails "a user namespace's root is told just that" 1 'root of a user namespace only' \
	unshare -U -r vpipe-trace record -D 1 -o "$out"
finish

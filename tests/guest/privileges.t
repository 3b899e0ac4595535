#!/bin/bash
# SPDX-License-Identifier: MIT
# privileges.t - whose files, whose command, and what vpipe-trace may still do
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe

uid=$(id -u nobody)
gid=$(id -g nobody)
out=$tmp/pub/run
mkdir "$tmp/pub"
chown nobody: "$tmp/pub"
chmod 755 "$tmp"
modprobe vpipe
wait_for node vpipe
vpipe=$(node vpipe)
# what udev does on a machine that has it, by kmod/vpipe.rules
open_nodes() { chgrp video /dev/video* && chmod 660 /dev/video*; }
open_nodes

as_sudo() { env SUDO_UID="$uid" SUDO_GID="$gid" HOME=/root "$@"; }
all_of() { # OWNER FILE...
	local owner=$1
	shift
	[ -e "$1" ] && [ "$(stat -c %U "$@" | sort -u)" = "$owner" ]
}
# A command that passes frames, and looks around: it runs as whoever may use the node.
look() {
	cat >"$tmp/look" <<LOOK
#!/bin/sh
{ id -u; id -G; echo "\$HOME"; grep CapEff /proc/self/status; grep THP_enabled /proc/self/status; } >$tmp/pub/command
grep -E '^(Uid|CapEff|CapPrm|CapInh|CapAmb)' "/proc/\$PPID/status" >$tmp/pub/tracer
exec v4l2-ctl -d $vpipe --stream-mmap --stream-out-mmap --stream-count=5 >/dev/null 2>&1
LOOK
	chmod 755 "$tmp/look"
}
look
line() { sed -n "$2p" "$tmp/pub/$1"; }
capabilities() { awk -v name="$1:" '$1 == name { print $2 }' "$tmp/pub/tracer"; }
kill_only=0000000000000020
root_files=000000000000002a # and CAP_DAC_OVERRIDE, CAP_FOWNER
root_files_modules=000000000001002a

# -- under sudo
modprobe vivid n_devs=1 node_types=0x1
wait_for node 'vivid-*-vid-cap'
open_nodes
as_sudo vpipe-trace run -q -f 23 -o "$out"
check "sudo: status 0" [ $? = 0 ]
check "sudo: the files are the caller's" all_of nobody "$out".*
check "sudo: they agree" python tests/check-run "$out" 23
modprobe -r vivid
chmod 666 "$vpipe"
as_sudo vpipe-trace run -q -o "$out" -- "$tmp/look"
check "sudo: COMMAND, status 0" [ $? = 0 ]
check "COMMAND is the caller's" [ "$(line command 1)" = "$uid" ]
check "COMMAND has the caller's groups only" [ "$(line command 2)" = "$gid" ]
check "COMMAND has the caller's HOME" [ "$(line command 3)" = "$(getent passwd nobody | cut -d: -f6)" ]
check "COMMAND may have huge pages" [ "$(line command 5 | cut -f2)" = 1 ]
check "COMMAND has no capability" [ "$(line command 4 | cut -f2)" = 0000000000000000 ]
check "vpipe-trace is the caller, too" [ "$(awk '/^Uid/ { print $2, $3, $4, $5 }' "$tmp/pub/tracer")" = "$uid $uid $uid $uid" ]
check "and may end processes, no more" [ "$(capabilities CapEff) $(capabilities CapPrm)" = "$kill_only $kill_only" ]
check "which it hands to nobody" [ "$(capabilities CapInh) $(capabilities CapAmb)" = "0000000000000000 0000000000000000" ]
as_sudo vpipe-trace run -q --as-root -o "$out" -- "$tmp/look"
check "--as-root: COMMAND is root's" [ "$(line command 1)" = 0 ]
check "--as-root: the files are the caller's" all_of nobody "$out".*

# -- as root, without sudo
vpipe-trace run -q -o "$out" -- "$tmp/look"
check "root: COMMAND is root's" [ "$(line command 1)" = 0 ]
check "root: the files are root's" all_of root "$out".frames.csv "$out".run.json
check "root: what is kept is what cleaning up takes" [ "$(capabilities CapEff)" = "$root_files" ]
modprobe -r vpipe
cat >"$tmp/loaded" <<LOADED
#!/bin/sh
grep -E '^(Uid|CapEff)' "/proc/\$PPID/status" >$tmp/pub/tracer
LOADED
chmod 755 "$tmp/loaded"
vpipe-trace run -q -o "$tmp/pub/none" -- "$tmp/loaded" 2>/dev/null
check "having loaded the module it may unload modules" [ "$(capabilities CapEff)" = $root_files_modules ]
check "and has done it" [ ! -d /sys/module/vpipe ]
modprobe vpipe
wait_for node vpipe
chmod 666 "$(node vpipe)" /dev/vpipe-meta

# -- a number that sudo did not set
check_fails "SUDO_UID is no number" 1 "SUDO_UID must be .* not 'abc'" env SUDO_UID=abc SUDO_GID=1 vpipe-trace run -o "$out"

# -- where the caller may not write, root does not write either
check_fails "a folder that is not the caller's" 1 'cannot write /root/run.*: Permission denied' \
	as_sudo vpipe-trace run -o /root/run
check "nothing is there" [ -z "$(find /root -maxdepth 1 -name "*run*")" ]

# -- links that somebody else laid in a shared folder, with the kernel's own protection off
sysctl -q fs.protected_symlinks=0
mkdir -m 1777 "$tmp/shared"
mkdir "$tmp/victim"
ln -s "$tmp/victim" "$tmp/shared/folder"
ln -s "$tmp/victim/file" "$tmp/shared/run.frames.csv"
echo precious >"$tmp/victim/file"
chown -h nobody: "$tmp/shared/folder" "$tmp/shared/run.frames.csv"
check_fails "a link instead of a folder" 1 'cannot write .*folder/run.*: Permission denied' \
	vpipe-trace run -o "$tmp/shared/folder/run"
check "nothing is behind it" [ "$(ls -A "$tmp/victim")" = file ]
vpipe-trace run -q -o "$tmp/shared/run" -- "$tmp/look"
check "a link instead of a file is replaced" sh -c "[ ! -L $tmp/shared/run.frames.csv ] && [ -s $tmp/shared/run.frames.csv ]"
check "what it pointed to is as it was" [ "$(cat "$tmp/victim/file")" = precious ]
ln -s "$tmp/victim/file" "$tmp/shared/capture.csv"
chown -h nobody: "$tmp/shared/capture.csv"
check_fails "the capture tools do not follow it either" 1 'cannot write .*capture.csv: Permission denied' \
	vpipe-bench-fixture -f 3 -o "$tmp/shared/capture.csv"
ln -s "$tmp/victim" "$tmp/shared/.second.partial"
chown -h nobody: "$tmp/shared/.second.partial"
check_fails "a link instead of the hidden folder" 1 'cannot write .*second' vpipe-trace run -o "$tmp/shared/second"
check "what it pointed to is as it was" [ "$(cat "$tmp/victim/file")" = precious ]
sysctl -q fs.protected_symlinks=1

# -- two capabilities instead of root
few() {
	setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all,+bpf,+perfmon \
		--ambient-caps=-all,+bpf,+perfmon "$@"
}
few vpipe-trace run -q -o "$tmp/pub/few" -- "$tmp/look" 2>"$tmp/err"
check "CAP_BPF and CAP_PERFMON: status 0" [ $? = 0 ]
check "CAP_BPF and CAP_PERFMON: it is said what is missing" grep -q 'CAP_SYS_ADMIN.*source stages stay empty' "$tmp/err"
check "CAP_BPF and CAP_PERFMON: the files agree" python tests/check-run "$tmp/pub/few" 5 --no-source
check "COMMAND does not get them" [ "$(line command 4 | cut -f2)" = 0000000000000000 ]
check "vpipe-trace gives them up" [ "$(capabilities CapEff)" = 0000000000000000 ]
few vpipe-trace record -o "$tmp/pub/record" >/dev/null 2>"$tmp/err" &
recorder=$!
wait_for grep -q recording "$tmp/err"
"$tmp/look"
pkill -INT -x vpipe-trace
wait $recorder
check "record with these: status 0" [ $? = 0 ]

# -- nothing is written but what was named
modprobe -r vpipe
strace -f -qq -y -o "$tmp/calls" -e trace=openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat,mknod,mknodat,truncate,chmod,fchmodat,chown,fchownat \
	vpipe-trace run -q -f 7 -o "$tmp/pub/traced"
check "under strace: status 0" [ $? = 0 ]
nothing_foreign() {
	! grep -vE ' = -1 |O_RDONLY|"/dev/(null|tty|video[0-9]+|dma_heap/[a-z]+|udmabuf)"' "$tmp/calls" |
		grep -vF "$tmp/pub" | grep -E '^[0-9]+ +[a-z0-9]+\('
}
check "no file is opened for writing, made or removed elsewhere" nothing_foreign
modprobe -r v4l2_mem2mem 2>/dev/null
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
# doctor.t - what cannot be done here is said, with its true cause: by doctor, and by the run itself
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe

out=$tmp/run
unload_videobuf2 # which another test may have left
chmod 755 "$tmp"
mkdir -m 1777 "$tmp/open" # where nobody may write
untraced=${BUILD:-build}/tests/bench/untraced/$(uname -r)/vpipe.ko

# COMMAND...: as nobody with two capabilities, as nobody, as root without some
few() {
	setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all,+bpf,+perfmon \
		--ambient-caps=-all,+bpf,+perfmon "$@"
}
nobody() { setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all "$@"; }
without() { # CAPABILITIES COMMAND...
	local drop=$1
	shift
	setpriv --bounding-set "$drop" --inh-caps=-all "$@"
}
limited() { # ULIMIT COMMAND...
	(
		# shellcheck disable=SC2086 # words
		ulimit $1
		shift
		exec "$@"
	)
}

# examined STATUS COMMAND...: doctor, run by COMMAND, into $tmp/doctor
examined() {
	local want=$1 got
	shift
	"$@" vpipe-trace doctor >"$tmp/doctor" 2>"$tmp/err"
	got=$?
	cat "$tmp/doctor" "$tmp/err"
	[ $got = "$want" ] && [ ! -s "$tmp/err" ]
}
# says PATTERN...: each in a line of its own
says() {
	local pattern missing=0
	for pattern; do
		grep -qE "^$pattern" "$tmp/doctor" || { echo "no line '$pattern'" && missing=1; }
	done
	[ $missing = 0 ] || { cat "$tmp/doctor" && return 1; }
}

# -- nothing is loaded: what cannot be seen is not ok, and stays that way
load_checksums
unload_videobuf2
modules >"$tmp/before"
check "nothing loaded: status 3" examined 3 env
check "what the module brings is unknown" says 'unknown +trace events +.*modprobe vpipe' \
	"unknown +vpipe's node" 'unknown +/dev/vpipe-meta' 'ok +module vpipe +installed, not loaded'
check "and so is the source, whose types are not there yet" says 'unknown +source stages' 'unknown +asking a source'
check "the programs are tried nevertheless" says 'ok +rights +root' 'ok +BPF programs' 'ok +copies' 'ok +counters'
modules >"$tmp/after"
check "doctor loads nothing" cmp "$tmp/before" "$tmp/after"
check_fails "record: the module is named" 1 'no video node vpipe: .*module vpipe is not loaded' vpipe-trace record -D 1 -o "$out"
check_fails "run --no-load: likewise" 1 'module vpipe is not loaded' vpipe-trace run --no-load -o "$out"
check_fails "root without CAP_SYS_MODULE" 1 'cannot load module vpipe: .*CAP_SYS_MODULE, which this root was left without' \
	without -sys_module vpipe-trace run -o "$out"
examined 1 without -sys_module >/dev/null
check "doctor says so, too" says 'MISSING +module vpipe +.*CAP_SYS_MODULE'

# -- all of it
modprobe vivid n_devs=1 node_types=0x1
load_node vpipe vpipe
vpipe=$(node vpipe)
# a kernel without securityfs does not tell whether it is locked down
good=0
grep -qw securityfs /proc/filesystems || good=3
check "all loaded: status $good" examined $good env
check "nothing that a run needs is missing or unknown" \
	sh -c "! grep -vE '^unknown +kernel lockdown +securityfs' $tmp/doctor | grep -E '^(MISSING|unknown)'"
check "each is there" says 'ok +trace events' "ok +vpipe's node +$vpipe" 'ok +source stages' 'ok +asking a source' 'ok +capture tools'
no_program() { ! bpftool prog list | grep -q 'name vpipe_'; }
check "doctor leaves no program" no_program

# -- without the file systems it could ask
check "no tracefs, no debugfs: status $good" \
	unshare -m sh -c "umount -a -t tracefs,debugfs; [ ! -e /sys/kernel/tracing/events ] && vpipe-trace doctor; [ \$? = $good ]"
unshare -m sh -c 'umount /sys/kernel/security; vpipe-trace doctor' >"$tmp/doctor"
check "no securityfs: lockdown is unknown, not ok" says 'unknown +kernel lockdown +securityfs is not mounted' 'ok +BPF programs'

# -- who may
look() { "$@" vpipe-trace run -o "$out"; }
check_fails "a user" 1 'take CAP_BPF and CAP_PERFMON, which this user lacks: run it as root' look nobody
check_fails "root of a user namespace" 1 'Operation not permitted; this is root of a user namespace only' look unshare -U -r
check_fails "nobody of a user namespace" 1 'this is a user namespace .*in which nobody has CAP_BPF' look unshare -U
check "nothing of lockdown" sh -c "! grep -qi lock $tmp/fails.err"
check_fails "root without CAP_BPF" 1 'take CAP_BPF, which this root was left without' look without -bpf,-sys_admin
check_fails "root without CAP_PERFMON" 1 'take CAP_PERFMON, which this root was left without' look without -perfmon,-sys_admin
check "CAP_SYS_ADMIN stands for both: status 0" without -bpf,-perfmon vpipe-trace run -q -f 5 -o "$out"
look_few() { without -sys_admin vpipe-trace run -q -f 5 -o "$out"; }
look_few 2>"$tmp/err"
check "without CAP_SYS_ADMIN: status 0" [ $? = 0 ]
check "what that loses is said, and why" grep -q '^warning: the types of modules cannot be read: that takes CAP_SYS_ADMIN' "$tmp/err"
examined 1 unshare -U -r >/dev/null
check "doctor: root of a user namespace" says 'MISSING +rights +this is root of a user namespace only' 'MISSING +BPF programs'
examined 0 without -sys_admin >/dev/null
check "doctor: without CAP_SYS_ADMIN" says 'without +source stages +.*CAP_SYS_ADMIN' 'without +interrupts .*CAP_SYS_ADMIN'
cat >"$tmp/filtered" <<'PYTHON'
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
# bpf() is answered with EPERM; all else is let through
nr = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
code = [(0x20, 0, 0, 0), (0x15, 0, 1, nr), (6, 0, 0, 0x00050001), (6, 0, 0, 0x7fff0000)]
insns = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *i) for i in code))
class Prog(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
prog = Prog(len(code), ctypes.addressof(insns))
libc.prctl(38, 1, 0, 0, 0)
if libc.prctl(22, 2, ctypes.byref(prog)):
    sys.exit("no seccomp")
os.execvp(sys.argv[1], sys.argv[1:])
PYTHON
if [ -e /proc/sys/kernel/seccomp ]; then
	check_fails "a seccomp filter" 1 'Operation not permitted; .*seccomp filter' python3 "$tmp/filtered" vpipe-trace run -o "$out"
else
	skip "a seccomp filter" "this kernel has none"
fi

# -- device files
chmod 600 "$vpipe"
check_fails "a node that is root's" 1 'vpipe: Permission denied; this user may not open it' few vpipe-trace record -D 1 -o "$tmp/open/run"
check_fails "named by its path" 1 "$vpipe: Permission denied; this user may not open it" few vpipe-trace record -D 1 -d "$vpipe" -o "$tmp/open/run"
examined 1 few >/dev/null
check "doctor says so" says "MISSING +vpipe's node +Permission denied; this user may not"
chmod 666 "$vpipe"
chmod 600 /dev/vpipe-meta
check_fails "/dev/vpipe-meta that is root's" 1 '/dev/vpipe-meta: Permission denied; this user may not open it' \
	few vpipe-trace run -s none -o "$tmp/open/run" -- true
examined 1 few >/dev/null
check "doctor says so" says 'MISSING +/dev/vpipe-meta +Permission denied; this user may not' "ok +vpipe's node"
if [ -e /dev/dma_heap/system ] || [ -e /dev/udmabuf ]; then
	check "and that heaps are root's" says 'without +DMA heap or udmabuf +no fixtures: .*Permission denied; this user may not'
else
	check "and that there are no heaps" says 'without +DMA heap or udmabuf +no fixtures: .*No such file'
fi
chmod 666 /dev/vpipe-meta
examined 0 few >/dev/null
check "and that it is enough when they are everybody's" says 'ok +rights +CAP_BPF, CAP_PERFMON' 'ok +/dev/vpipe-meta'
mv "$vpipe" "$vpipe.away"
check_fails "a node without its file" 1 'no video node vpipe: .*its file is not in /dev' vpipe-trace record -D 1 -o "$out"
examined 1 env >/dev/null
check "doctor says so" says "MISSING +vpipe's node +No such file"
mv "$vpipe.away" "$vpipe"
mv /dev/vpipe-meta /dev/away # its inode is the kernel's, which removes no other
check_fails "no /dev/vpipe-meta" 1 '/dev/vpipe-meta: No such file or directory$' vpipe-trace run -q -f 5 -o "$out"
mv /dev/away /dev/vpipe-meta

# -- open files: at every limit it works, or says that it is the limit
for n in 6 10 20 40 60 80; do
	check_fails "ulimit -n $n" 1 'Too many open files' limited "-n $n" vpipe-trace run -q -f 5 -o "$out"
done
limited "-n 40" vpipe-trace run -q -o "$out" 2>"$tmp/err"
enough=$(sed -nE 's/.*up to ([0-9]+) beside.*/\1/p' "$tmp/err")
check "as many as it asks for, and those that are open, are enough" limited "-n $((enough + 16))" vpipe-trace run -q -f 5 -o "$out"
examined 1 limited "-n 50" >/dev/null
check "doctor: the limit" says 'MISSING +BPF programs +Too many open files; .*ulimit -n is 50'
sysctl -qw fs.file-max=$(($(cut -f1 /proc/sys/fs/file-nr) + 40))
check_fails "the machine's limit" 1 'Too many open files in system; .*fs.file-max' few vpipe-trace record -D 1 -o "$tmp/open/run"
sysctl -qw fs.file-max=100000
check_fails "ulimit -v" 1 'Cannot allocate memory; ulimit -v is 16000 KiB' limited "-v 16000" vpipe-trace run -o "$out"
sysctl -qw kernel.kptr_restrict=2 kernel.perf_event_paranoid=3 kernel.unprivileged_bpf_disabled=2
check "locked memory, hidden pointers, what users may not: no matter" limited "-l 0" vpipe-trace run -q -f 5 -o "$out"
check "whose files agree, source and all" python tests/check-run "$out" 5

# -- a program with probes that cannot be attached to, and those that have none
client="v4l2-ctl -d $vpipe --stream-mmap --stream-out-mmap --stream-count=5 --stream-to=/dev/null >/dev/null 2>&1"
passes() { vpipe-trace run -q -s none -o "$out" -- "$@" 2>"$tmp/err"; }
quietly() { passes "$@" && [ ! -s "$tmp/err" ]; }
printf '#!/bin/sh\n%s\n' "$client" >"$tmp/script"
chmod 755 "$tmp/script"
check "a script: no warning" quietly "$tmp/script"
check "a program without probes: no warning" quietly sh -c "$client"
vpipe-trace run -q -o "$out" -- vpipe-capture-m2m -q -f 5 --transport=mmap -o "$tmp/own.csv"
check "one with probes, found in PATH: status 0" [ $? = 0 ]
copies() {
	python - "$out.frames.csv" <<-'PYTHON'
		import csv, sys
		rows = list(csv.DictReader(open(sys.argv[1])))
		sys.exit(not rows or not all(row["user_copy_ns"] for row in rows))
	PYTHON
}
check "its copies are known" copies
# the same probes in a program of 32 bits, that becomes the script
cat >"$tmp/narrow.s" <<ASM
	.globl _start
_start:	mov \$11, %eax
	mov \$path, %ebx
	mov \$argv, %ecx
	xor %edx, %edx
	int \$0x80
	mov \$1, %eax
	int \$0x80
	.data
path:	.asciz "$tmp/script"
	.balign 4
argv:	.long path, 0
ASM
for name in copy_begin copy_end; do
	cat >>"$tmp/narrow.s" <<-ASM
		.section .note.stapsdt, "?", "note"
		.balign 4
		.long 8, 2f - 1f, 3
		.asciz "stapsdt"
		1: .long _start, 0, 0
		.asciz "vpipe"
		.asciz "$name"
		.asciz ""
		2: .balign 4
	ASM
done
if [ "$(uname -m)" = x86_64 ]; then
	as --32 -o "$tmp/narrow.o" "$tmp/narrow.s" && ld -m elf_i386 -o "$tmp/narrow" "$tmp/narrow.o"
	"$tmp/narrow" >/dev/null 2>&1
fi
if [ $? = 126 ]; then
	skip "a 32-bit program" "this kernel does not run any"
elif [ "$(uname -m)" = x86_64 ]; then
	check "a 32-bit program with probes: status 0" passes "$tmp/narrow"
	check "that they are not attached is said once" \
		[ "$(grep -c "^warning: .*probes of $tmp/narrow: it is a 32-bit program; its copies count" "$tmp/err")" = 1 ]
	check "its frames are there" [ "$(rows "$out")" = 5 ]
else
	skip "a 32-bit program" "needs x86"
fi
install -m 711 "$(command -v vpipe-capture-m2m)" "$tmp/unreadable"
few vpipe-trace run -q -s none -o "$tmp/open/run" -- "$tmp/unreadable" --help >/dev/null 2>"$tmp/err"
check "a program that may be run, not read" grep -q "^warning: .*probes of $tmp/unreadable: cannot read it: Permission denied" "$tmp/err"
unshare -m sh -c "umount -a -t tracefs,debugfs; mount -t tmpfs none /sys/bus/event_source/devices
	exec vpipe-trace run -q -f 5 -o $out" 2>"$tmp/err"
check "no kprobes, no uprobes: status 0" [ $? = 0 ]
check "both are said, with what is lost" sh -c "grep -q '^warning: no kprobe on vb2_core_dqbuf: .*CONFIG_KPROBE_EVENTS' $tmp/err &&
	grep -q '^warning: cannot attach to the probes of .*CONFIG_UPROBE_EVENTS' $tmp/err"

# -- a module of that name without its events
modprobe -r vivid vpipe
if [ "$(modinfo -F vermagic "$untraced" 2>/dev/null | cut -d' ' -f1)" = "$(uname -r)" ]; then
	modprobe -a videobuf2-v4l2 videobuf2-vmalloc videobuf2-dma-contig v4l2-mem2mem 2>/dev/null
	insmod "$untraced" && wait_for node vpipe
	check "a module without trace events: doctor fails" examined 1 env
	check "it names them" says 'MISSING +trace events +no trace event .*vpipe_submit.*vpipe_job.*: the module vpipe that is loaded is another one'
	check "without tracefs, too" unshare -m sh -c 'umount -a -t tracefs,debugfs; vpipe-trace doctor | grep -q "^MISSING *trace events .*vpipe_job"'
	check_fails "run names them" 1 'no trace event .*vpipe_submit.*vpipe_job.*another one, or built without trace events' vpipe-trace run -s none -o "$out" -- true
	check_fails "record, too" 1 'no trace event .*vpipe_pickup' vpipe-trace record -D 1 -o "$out"
	rmmod vpipe
else
	skip "a module without trace events" "$untraced is not built for this kernel: make guest-modules"
fi

# -- a module that is not for this kernel, and none
mkdir "$tmp/none"
check_fails "no module is installed" 1 'module vpipe is not installed for kernel .*make install' \
	unshare -m sh -c "mount --bind $tmp/none /lib/modules/\$(uname -r) && vpipe-trace run -o $out"
modprobe -r v4l2_mem2mem 2>/dev/null
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
# completion.t - Tab: what is offered, in bash, zsh and fish, and that no name is ever executed
#
# shellcheck disable=SC2016 # programs in quotes
. "$(dirname "$0")/../lib.sh"

tree=$PWD
completion=$tree/scripts/completion/vpipe-trace.bash
PATH=$(realpath "${BUILD:-build}")/bin:$PATH
runs=$tree/tests/fixtures/runs
mkdir -p "$tmp/there/bench" "$tmp/sys/class/video4linux/"{video7,video8}
cd "$tmp/there" || exit 1
odd=('two words' 'x$(touch pwned)' 'y`touch pwned`' "q'uote" 'd"quote' 'semi;touch pwned' '*' 'back\slash')
for name in one one.old "${odd[@]}" $'new\nline' $'esc\e[31m'; do
	for file in "$runs"/format-1.*; do ln -s "$file" "bench/$name.${file#"$runs/format-1."}"; done
done
mkdir 'bench/fol der' && touch image.pgm 'bench/.hidden.run.json' bench/not-a-run.csv
echo 'HD Pro $(touch pwned)' >"$tmp/sys/class/video4linux/video7/name"
echo vpipe >"$tmp/sys/class/video4linux/video8/name"
export VPIPE_SYSFS=$tmp/sys

# LINE: what Tab offers at its end, one in brackets each, in order
cat >"$tmp/tab" <<'END'
. "$1"
COMP_LINE=$2 COMP_POINT=${#2} COMPREPLY=()
_vpipe_complete
printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | sed 's/.*/<&>/' | tr -d '\n'
END
tab() { bash "$tmp/tab" "$completion" "$1" 2>&1; }
offers() { # LINE WANTED
	local got
	got=$(tab "$1")
	[ "$got" = "$2" ] || { echo "of '$1': $got"; return 1; }
}
has() { # LINE NAME...
	local got name
	got=$(tab "$1")
	for name in "${@:2}"; do [[ $got == *"<$name>"* ]] || { echo "of '$1' no $name: $got"; return 1; }; done
}
has_no() { # LINE PART
	local got
	got=$(tab "$1")
	[[ $got != *"$2"* ]] || { echo "of '$1': $got"; return 1; }
}

mapfile -t verbs < <(vpipe-trace --help | sed -n '/^EXAMPLES/q; s/^  \([a-z]*\) .*/\1/p')
check "verbs" has 'vpipe-trace ' "${verbs[@]}" --help --version
check "of some letters" offers 'vpipe-trace rep' '<report>'
check "behind sudo and what it sets" offers 'sudo A=1 vpipe-trace rep' '<report>'
check "by a path" offers "$(command -v vpipe-trace) rep" '<report>'
check "of the last command" offers 'true; vpipe-trace list x; vpipe-trace rep' '<report>'
all_options() { # PROGRAM [VERB]: as --help has them
	local want
	# shellcheck disable=SC2068 # words
	want=$($@ --help | sed -nE '/^EXAMPLES/q; s/^ +(-., )?(--[a-z-]+)(=)?.*/\2\3/p' | LC_ALL=C sort | sed 's/.*/<&>/' | tr -d '\n')
	[[ $want == *--help* ]] && offers "$* --" "$want"
}
for verb in "${verbs[@]}"; do check "all options of $verb" all_options vpipe-trace "$verb"; done
for program in "$tree/${BUILD:-build}"/bin/vpipe-*; do
	program=${program##*/}
	check "$program is completed" bash -c ". '$completion'; complete -p $program"
	[ "$program" = vpipe-trace ] || check "all options of $program" all_options "$program"
done
check "values" offers 'vpipe-trace report --color=a' '<always><auto>'
check "of another word" offers 'vpipe-trace run --cache ' '<as-is><both><source>'
check "of a letter" offers 'vpipe-trace run -t ' '<dmabuf><mmap>'
check "of a capture program" offers 'vpipe-capture-userptr --memory=f' '<fresh>'
check "and of its arguments" offers 'vpipe-capture-userptr a b c ' '<fresh><pool>'
check "counters" offers 'vpipe-trace record --counters cycles,LLC-s' '<cycles,LLC-store-misses><cycles,LLC-stores>'
check "nodes by their names" has 'vpipe-trace record -d ' any vpipe 'HD\ Pro\ \$\(touch\ pwned\)'
check "a source may be none" offers 'vpipe-trace run -s n' '<none>'
check "stages of the run" offers 'vpipe-trace export one --stage=c' '<complete><copy><crc><cv>'
check "figures of the run" has 'vpipe-trace check one e2e.p9' e2e.p95 e2e.p99
check "a process" has 'vpipe-trace record -p ' $$
check "folders for list" offers 'vpipe-trace list b' '<bench/>'
check "images" has 'vpipe-cv-ref ' image.pgm
check "no image that is none" has_no 'vpipe-cv-ref bench/not' not-a-run
check "behind -- nothing of ours" offers 'vpipe-trace run -- vpipe-trace rep' '<>'
check "runs, and nothing beside them" offers 'vpipe-trace report on' '<one><one.old>'
check "by their folder" has 'vpipe-trace report bench/' bench/one bench/one.old 'bench/two\ words' 'bench/fol\ der/'
check "of the second run, too" has 'vpipe-trace diff one ' one.old
check "hidden ones are not" has_no 'vpipe-trace report bench/.h' hidden
check "a name of several words, in quotes" offers 'vpipe-trace report "two w' '<two words>'
check "or with a backslash" offers 'vpipe-trace report two\ w' '<two\ words>'
mapfile -t quoted < <(printf '%q\n' "${odd[@]}")
check "odd names, quoted" has 'vpipe-trace report ' "${quoted[@]}"
check "for single quotes" has "vpipe-trace report 'q" "q'\\''uote"
check "for double quotes" has 'vpipe-trace report "x' 'x\$(touch pwned)'
check "and so" has 'vpipe-trace report "' 'd\"quote' 'back\\slash' 'y\`touch pwned\`'
check "none with what a terminal obeys" has_no 'vpipe-trace report ' $'\e'
check "nor cut at a new line" has_no 'vpipe-trace report ' new
for line in 'vpipe-trace report $(touch pwned) ' 'vpipe-trace report `touch pwned`' 'vpipe-trace $(touch pwned) ' \
	'vpipe-trace record -d "HD Pro $(touch' 'vpipe-trace report --html=$(touch pwned)' "vpipe-trace check 'x\$(touch pwned)' " \
	'vpipe-trace export "x$(touch pwned)" --stage ' 'vpipe-trace list a[$(touch pwned)'; do
	tab "$line" >/dev/null
	check "nothing is executed of: $line" [ ! -e pwned ]
	rm -f pwned
done
quick() {
	local start end
	tab 'vpipe-trace record --' >/dev/null
	start=$(awk '{print $14 + $15 + $16 + $17}' /proc/$$/stat)
	for _ in 1 2 3 4 5 6 7 8 9 10; do tab 'vpipe-trace record --' >/dev/null; done
	end=$(awk '{print $14 + $15 + $16 + $17}' /proc/$$/stat)
	echo "$((end - start)) ms of the processor each"
	[ $((end - start)) -lt 100 ] # ticks of 10 ms, ten times
}
check "in less than 100 ms" quick

# -- in real shells, where what is put in is executed: Tab after "vpipe-trace report x", then the line
cat >"$tmp/rc" <<END
PS1='ready> '
PATH=$PATH
. $completion
END
typed() { # SHELL... : in tmux, with keys on stdin, each line of them sent as it is
	local socket=$tmp/tmux keys i
	tmux -S "$socket" -f /dev/null new-session -d -x 120 -y 24 -c "$tmp/there" "$@" || return
	for ((i = 0; i < 100; i++)); do tmux -S "$socket" capture-pane -p | grep -q 'ready>' && break; sleep 0.1; done
	while read -r keys; do
		# shellcheck disable=SC2086 # words
		tmux -S "$socket" send-keys $keys
		sleep 0.4
	done
	for ((i = 0; i < 100; i++)); do tmux -S "$socket" capture-pane -p | grep -q 'done [0-9]' && break; sleep 0.1; done
	tmux -S "$socket" capture-pane -p
	tmux -S "$socket" kill-server
}
in_shell() { # WANTED SHELL...
	typed "${@:2}" <<-'END' >"$tmp/screen"
		vpipe-trace Space li Tab Space bench/ Space >/dev/null Enter
		vpipe-trace Space report Space x Tab |tail Space -n+3|head Space -n1;echo Space done Space $? Enter
	END
	cat "$tmp/screen"
	# the line has the run's name as it is, and the shell takes it as that
	grep -qF "$1" "$tmp/screen" && grep -q 'done 0' "$tmp/screen" && grep -qF 'bench/x$(touch pwned), 20' "$tmp/screen" && [ ! -e pwned ]
}
check "bash: Tab, and what it puts in is harmless" in_shell 'vpipe-trace list' env INPUTRC=/dev/null bash --rcfile "$tmp/rc" -i
cd "$tree" || exit 1
make -s install-completion DESTDIR="$tmp/root" PREFIX=/usr >/dev/null
share=$tmp/root/usr/share
cd "$tmp/there" || exit 1
mkdir "$tmp/zsh" "$tmp/fish"
cat >"$tmp/zsh/.zshrc" <<END
PS1='ready> '
PATH=$PATH
fpath=($share/zsh/site-functions \$fpath)
autoload -U compinit && compinit -u -d $tmp/zsh/dump
END
if command -v zsh >/dev/null; then
	check "zsh, likewise" in_shell 'vpipe-trace list' env ZDOTDIR="$tmp/zsh" zsh -i
else
	skip "zsh, likewise" "there is none"
fi
if command -v fish >/dev/null; then
	offered() { # LINE WANTED
		local got
		got=$(env HOME="$tmp/fish" XDG_DATA_DIRS="$share:/usr/share" fish -c "complete -C '$1'" | sort | paste -sd'|')
		[ "$got" = "$2" ] || { echo "of '$1': $got"; return 1; }
	}
	check "fish: verbs" offered 'vpipe-trace rep' report
	check "fish: runs" offered 'vpipe-trace report x' 'x$(touch pwned)'
	check "fish: nothing is executed" [ ! -e pwned ]
else
	skip "fish: verbs, runs" "there is none"
fi
cd "$tree" || exit 1
finish

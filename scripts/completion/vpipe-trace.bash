# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# vpipe-trace.bash - completes the command lines of vpipe-trace and of the capture programs
#
# Sourced by bash-completion, which looks for a file that is called as the command is. Run as a program it prints
# what may stand in place of the last word, one a line, for other shells:
#
#     bash vpipe-trace --candidates vpipe-trace report be
#
# Options and their values are those that the programs' --help names, so they cannot be out of date. Nothing that
# is found, be it the name of a run or of a device, is ever expanded or executed: names are only compared and, by
# readline, quoted. Those with control characters are left out.

# -- what programs say: options are lines of --help as argp writes them

# Sets _vpipe_help, but for its examples and what is behind them. $1: the program as typed, $2: a verb or nothing
_vpipe_read_help() {
	local program=$1 help
	[[ $program == \~/* ]] && program=$HOME${program:1}
	_vpipe_help=()
	help=$(LC_ALL=C ARGP_HELP_FMT='' command -- "$program" ${2:+"$2"} --help 2>/dev/null </dev/null) || return
	mapfile -t _vpipe_help <<<"${help%%$'\nEXAMPLES'*}"
}

# Adds the verbs, of vpipe-trace's own help
_vpipe_verbs() {
	local line
	for line in "${_vpipe_help[@]}"; do
		[[ ! $line =~ ^\ \ ([a-z]+)\ \  ]] || _vpipe_add "${BASH_REMATCH[1]}"
	done
}

# Adds all options, long ones with the = that a value goes behind
_vpipe_options() {
	local line
	for line in "${_vpipe_help[@]}"; do
		if [[ $line =~ ^\ {2,6}(-.,\ )?(--[a-z-]+)(=)? ]]; then
			_vpipe_add "${BASH_REMATCH[2]}${BASH_REMATCH[3]}" # one that may have a value can do without
		elif [[ $line =~ ^\ {2}(-[a-zA-Z])( |$) ]]; then
			_vpipe_add "${BASH_REMATCH[1]}"
		fi
	done
}

# Sets _vpipe_value to what the option $1 takes, as its help calls it; _vpipe_needed: it takes the next word
_vpipe_value_of() {
	local line
	_vpipe_value='' _vpipe_needed=''
	for line in "${_vpipe_help[@]}"; do
		[[ $line =~ ^\ {2,6}(-.)?(,\ )?(--[a-z-]+)?(\[=[^]]+\]|=[^ ]+)?(\ |$) ]] || continue
		[[ $1 == "${BASH_REMATCH[1]}" || $1 == "${BASH_REMATCH[3]}" ]] || continue
		_vpipe_value=${BASH_REMATCH[4]}
		[[ $_vpipe_value != '='* ]] || _vpipe_needed=yes
		_vpipe_value=${_vpipe_value#[}
		_vpipe_value=${_vpipe_value#=}
		[[ $_vpipe_needed ]] || _vpipe_value=${_vpipe_value%]}
		return 0
	done
	return 1
}

# -- what there is: each adds names that begin with $_vpipe_cur

_vpipe_add() {
	local name
	for name; do
		[[ $name == "$_vpipe_cur"* && ! $name =~ [[:cntrl:]] ]] && _vpipe_found+=("$name")
	done
	return 0
}

# Files and folders that end with one of $2... ($1: -d, folders only)
_vpipe_files() {
	local folder=${_vpipe_cur%"${_vpipe_cur##*/}"} shown path kind=$1 end
	shift
	shown=$folder
	[[ $folder != \~/* ]] || folder=$HOME${folder:1}
	for path in "$folder"*; do
		[[ -e $path ]] || continue
		if [[ -d $path ]]; then
			_vpipe_add "$shown${path##*/}/"
		elif [[ $kind != -d ]]; then
			for end; do
				[[ $path != *"$end" ]] || _vpipe_add "$shown${path##*/}"
			done
		fi
	done
}

# Runs as vpipe-trace takes them: NAME of bench/NAME.run.json, DIR/NAME
_vpipe_runs() {
	local folder=${_vpipe_cur%"${_vpipe_cur##*/}"} shown path
	shown=$folder
	[[ $folder != \~/* ]] || folder=$HOME${folder:1}
	for path in "${folder:-bench/}"*.run.json; do
		[[ -e $path ]] || continue
		path=${path##*/}
		[[ $path == .* || $path == .run.json ]] || _vpipe_add "$shown${path%.run.json}"
	done
	_vpipe_files -d
}

# Video nodes: their paths and the names that sysfs has of them
_vpipe_nodes() {
	local path name
	for path in /dev/video*; do
		[[ ! -c $path ]] || _vpipe_add "$path"
	done
	for path in "${VPIPE_SYSFS:-/sys}"/class/video4linux/*/name; do
		[[ -r $path ]] && IFS= read -r name <"$path" && [[ $name ]] && _vpipe_add "$name"
	done
	[[ $_vpipe_cur != /* ]] || _vpipe_files -d
}

_vpipe_paths() { # PATTERN...: such files that are there
	local path
	for path; do
		[[ ! -e $path ]] || _vpipe_add "$path"
	done
}

# Counters: what vpipe-trace itself says it knows when it is asked for none
_vpipe_counters() {
	local said before='' names caches name cache
	[[ $_vpipe_cur != *,* ]] || before=${_vpipe_cur%,*},
	said=$(command -- "$1" record --counters '?' 2>&1 </dev/null)
	[[ $said =~ \'\?\':\ ([^;]*)\;\ CACHE\ being\ ([^;]*)\; ]] || return 0
	IFS=', ' read -r -a names <<<"${BASH_REMATCH[1]}"
	IFS=', ' read -r -a caches <<<"${BASH_REMATCH[2]}"
	_vpipe_nospace=yes # another one may follow
	for name in "${names[@]}"; do
		if [[ $name == CACHE-* ]]; then
			for cache in "${caches[@]}"; do _vpipe_add "$before$cache${name#CACHE}"; done
		else
			_vpipe_add "$before$name"
		fi
	done
}

# The stages of the run in $1, as its run.json has them, and what is of whole frames
_vpipe_stages() {
	local run=$1 json
	[[ $run == */* ]] || run=bench/$run
	_vpipe_add e2e runq
	[[ -r $run.summary.csv ]] || return 0
	while IFS=, read -r json _; do
		[[ $json == stage || $json == e2e || $json == runq ]] || _vpipe_add "$json"
	done <"$run.summary.csv"
}

_vpipe_pids() {
	local path
	for path in /proc/[0-9]*; do
		_vpipe_add "${path#/proc/}"
	done
}

# Figures that a claim may be about. $1: the program, $2: the run; of long ones it would take too long
_vpipe_figures() {
	local run=$2 line size
	[[ $run == */* ]] || run=bench/$run
	[[ -r $run.frames.csv ]] || return 0
	size=$(stat -c %s -- "$run.frames.csv" 2>/dev/null) && ((size < 500000)) || return 0
	_vpipe_nospace=yes
	while read -r line _; do
		[[ $line == *[.a-z0-9] ]] && _vpipe_add "$line"
	done < <(command -- "$1" check --list -- "$run" 2>/dev/null </dev/null)
}

# $1: the program, $2: what its help calls the value, $3: the first argument that is none of an option, $4: the option
_vpipe_values() {
	case $2 in
	*[a-z]'|'*) IFS='|' read -r -a _vpipe_words <<<"$2" && _vpipe_add "${_vpipe_words[@]}" ;;
	NODE)
		if [[ $4 == -s || $4 == --source ]]; then _vpipe_add none; else _vpipe_add any; fi
		_vpipe_nodes
		;;
	DEVICE | SOURCE | VIDEO | VPIPE) _vpipe_nodes ;;
	HEAP) _vpipe_paths /dev/dma_heap/* /dev/udmabuf ;;
	META) _vpipe_paths /dev/vpipe-meta ;;
	CARD) _vpipe_paths /dev/dri/card* ;;
	RUN | RUN... | RUN_A | RUN_B) _vpipe_runs ;;
	CLAIM...) _vpipe_figures "$1" "$3" ;;
	DIR) _vpipe_files -d ;;
	'[DIR/]NAME') _vpipe_runs ;;
	LIST) _vpipe_counters "$1" ;;
	PID) _vpipe_pids ;;
	NAME) if [[ $4 == --stage ]]; then _vpipe_stages "$3"; else _vpipe_runs; fi ;;
	TRANSPORT) _vpipe_add dmabuf mmap ;;
	ALGO) _vpipe_add none threshold ;;
	POOL-OR-FRESH) _vpipe_add pool fresh ;;
	*PGM | FIXTURE) _vpipe_files -f .pgm .PGM ;;
	FILE | CSV) _vpipe_files -f '' ;;
	esac
}

# Sets _vpipe_value to the name of argument $1 (from 0 on), as the usage has it: the last one may be "NAME..."
_vpipe_argument() {
	local usage='' line word names=() n
	for line in "${_vpipe_help[@]}"; do
		[[ $line == Usage:* || $line == \ * ]] || break
		usage+=$line
	done
	usage=${usage#*'[OPTION...]'}
	usage=${usage//'[--'*/}
	read -r -a names <<<"${usage//[][]/ }"
	_vpipe_value=''
	n=${#names[@]}
	((n)) || return 0
	word=${names[$1]:-}
	[[ $word || ${names[n - 1]} != *... ]] || word=${names[n - 1]}
	_vpipe_value=$word
}

# Sets _vpipe_found to what the last of $@, a command line up to the cursor, may be
_vpipe_candidates() {
	local program=$1 verb='' words=("${@:2}") word argument='' n=0 option='' _vpipe_words
	_vpipe_found=() _vpipe_nospace='' _vpipe_cur=${*: -1}
	if [[ ${program##*/} == vpipe-trace ]]; then
		if ((${#words[@]} == 1)); then
			_vpipe_read_help "$program" && _vpipe_verbs
			_vpipe_add --help --version
			return 0
		fi
		verb=${words[0]}
		[[ $verb =~ ^[a-z]+$ ]] || return 0
		words=("${words[@]:1}")
	fi
	_vpipe_read_help "$program" "$verb" || return 0
	# what is before the last word
	for word in "${words[@]:0:${#words[@]}-1}"; do
		if [[ $option ]]; then
			option=''
		elif [[ $word == -- ]]; then
			return 1 # behind it is a command of its own
		elif [[ $word == -[a-zA-Z]?* && $word != --* ]]; then
			: # -d/dev/video0
		elif [[ $word == -* ]]; then
			_vpipe_value_of "$word" && [[ $_vpipe_needed ]] && option=$word
		else
			[[ $argument ]] || argument=$word
			n=$((n + 1))
		fi
	done
	if [[ $option ]]; then
		_vpipe_value_of "$option"
		_vpipe_values "$program" "$_vpipe_value" "$argument" "$option"
	elif [[ $_vpipe_cur == --*=* ]]; then
		option=${_vpipe_cur%%=*}
		_vpipe_cur=${_vpipe_cur#*=}
		_vpipe_value_of "$option" && _vpipe_values "$program" "$_vpipe_value" "$argument" "$option"
		_vpipe_prefix=$option=
	elif [[ $_vpipe_cur == -* ]]; then
		_vpipe_options
	else
		_vpipe_argument "$n"
		_vpipe_values "$program" "$_vpipe_value" "$argument" ''
	fi
	return 0
}

# -- bash

# Sets _vpipe_line to the words up to the cursor, as the shell would have them but for what it expands: bash cuts
# them at = and :, and leaves quotes in.
_vpipe_split() {
	local text=${COMP_LINE:0:COMP_POINT} char quote='' word='' i started=''
	_vpipe_line=()
	for ((i = 0; i < ${#text}; i++)); do
		char=${text:i:1}
		if [[ $quote == "'" ]]; then
			if [[ $char == "'" ]]; then quote=''; else word+=$char; fi
		elif [[ $char == \\ ]]; then
			i=$((i + 1))
			word+=${text:i:1} started=yes
		elif [[ $quote ]]; then
			if [[ $char == '"' ]]; then quote=''; else word+=$char; fi
		elif [[ $char == [\'\"] ]]; then
			quote=$char started=yes
		elif [[ $char == [[:blank:]] ]]; then
			[[ ! $started ]] || _vpipe_line+=("$word")
			word='' started=''
		elif [[ $char == [\;\|\&] ]]; then # another command begins
			_vpipe_line=() word='' started=''
		else
			word+=$char started=yes
		fi
	done
	_vpipe_line+=("$word")
	_vpipe_quote=$quote
}

# Sets _vpipe_quoted to the name $1 as it is typed in $_vpipe_quote, or in none. Not by readline (-o filenames),
# which leaves $ alone.
_vpipe_quote_name() {
	local tilde='' name=$1
	_vpipe_quoted=$name
	case $_vpipe_quote in
	"'") _vpipe_quoted=${name//\'/\'\\\'\'} ;;
	'"')
		name=${name//\\/\\\\}
		name=${name//\"/\\\"}
		name=${name//\`/\\\`}
		_vpipe_quoted=${name//\$/\\\$}
		;;
	*)
		[[ $name != \~/* ]] || tilde=\~/
		name=${name#"$tilde"}
		[[ ! $name =~ [^A-Za-z0-9_./,:=@%+-] ]] || printf -v name %q "$name"
		_vpipe_quoted=$tilde$name
		;;
	esac
}

_vpipe_complete() {
	local _vpipe_help _vpipe_value _vpipe_needed _vpipe_found _vpipe_cur _vpipe_line _vpipe_nospace _vpipe_quote _vpipe_quoted
	local _vpipe_prefix='' at word name
	COMPREPLY=()
	_vpipe_split
	# what stands before the command: sudo, VARIABLE=VALUE
	for at in "${!_vpipe_line[@]}"; do
		word=${_vpipe_line[at]##*/}
		[[ $word == vpipe-* ]] && ((at < ${#_vpipe_line[@]} - 1)) && break
		word=''
	done
	[[ $word ]] || return 0
	if ! _vpipe_candidates "${_vpipe_line[@]:at}"; then
		COMPREPLY=()
		compopt -o default 2>/dev/null
		return 0
	fi
	# readline replaces what is behind the last = or :
	word=${_vpipe_line[-1]}
	word=${word#"$_vpipe_prefix"}
	if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then word=${word%"${word##*:}"}; else word=''; fi
	[[ $COMP_WORDBREAKS == *=* ]] || _vpipe_found=("${_vpipe_found[@]/#/$_vpipe_prefix}")
	for name in "${_vpipe_found[@]}"; do
		_vpipe_quote_name "${name#"$word"}"
		COMPREPLY+=("$_vpipe_quoted")
	done
	if [[ ${#COMPREPLY[@]} == 1 && (${COMPREPLY[0]} == *[=/] || $_vpipe_nospace) ]]; then
		compopt -o nospace 2>/dev/null
	fi
	return 0
}

if [[ ${BASH_SOURCE[0]} == "$0" && ${1:-} == --candidates ]]; then
	shift
	_vpipe_prefix=''
	_vpipe_candidates "$@" && ((${#_vpipe_found[@]})) && printf '%s\n' "${_vpipe_found[@]/#/$_vpipe_prefix}"
	exit 0
fi

complete -F _vpipe_complete vpipe-trace vpipe-bench-fixture vpipe-capture-{dmabuf,m2m,mmap,read,userptr} vpipe-cv-ref \
	vpipe-fixture-feed vpipe-meta-drain vpipe-pgm-diff

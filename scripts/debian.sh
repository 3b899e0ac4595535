# SPDX-License-Identifier: MIT
# debian.sh - Debian's archive beyond what this machine is set up for: other releases, other
# architectures; sourced by kernel, sysroot and foreign
#
# shellcheck shell=sh

# The architecture's name: Debian's, from whatever it is called.
debian_arch() {
	case $1 in
	x86 | x86_64 | amd64) echo amd64 ;;
	aarch64 | arm64) echo arm64 ;;
	*) echo "$1" ;;
	esac
}

host_arch=$(debian_arch "$(uname -m)")

# The release that this machine is.
# shellcheck disable=SC1091,SC2034 # not there to be followed; for who sources this
host_release=$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}")

# mirror_of SUITE: where this machine gets its own packages from, if it says so
mirror_of() {
	case $1 in
	*-security) path=debian-security ;;
	*) path=debian ;;
	esac
	# shellcheck disable=SC2016 # fields for apt
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		grep -m 1 "/$path/*\$") || mirror=http://deb.debian.org/$path
	echo "${mirror%/}"
}

# sources_of SUITE...: lines of a sources.list
sources_of() {
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	for source; do
		echo "deb $([ ! -e $keyring ] || echo "[signed-by=$keyring] ")$(mirror_of "$source") $source main"
	done
}

# use_suites FOLDER ARCH SUITE...: from here on apt knows these and nothing else, with this
# machine's architecture as the first. Its lists and all are in FOLDER: it needs no root.
# Packages are checked by their signatures as ever; a mirror that is some days behind will do.
use_suites() {
	folder=$1
	arch=$2
	shift 2
	mkdir -p "$folder/state/lists/partial" "$folder/cache/archives/partial" || return
	sources=$(unset APT_CONFIG && sources_of "$@")
	[ "$sources" = "$(cat "$folder/sources.list" 2>/dev/null)" ] || echo "$sources" >"$folder/sources.list"
	: >"$folder/status"
	cat >"$folder/apt.conf.$$" <<CONF
Dir::Etc::SourceList "$folder/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State "$folder/state";
Dir::State::status "$folder/status";
Dir::Cache "$folder/cache";
APT::Architecture "$host_arch";
#clear APT::Architectures;
APT::Architectures { "$host_arch"; "$arch"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
CONF
	mv "$folder/apt.conf.$$" "$folder/apt.conf"
	export APT_CONFIG="$folder/apt.conf"
}

# depends_of PACKAGE PATTERN: those it depends on that are like it. This machine's own will do
# where there is one, as for what is built with; else it is of the other architecture.
depends_of() {
	apt-cache show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Depends: //p' | tr ',' '\n' |
		sed 's/|.*//; s/(.*//; s/ //g' | grep -E "$2" | while read -r name; do
		if apt-cache show "$name:$host_arch" >/dev/null 2>&1; then echo "$name"; else echo "$name:$arch"; fi
	done
}

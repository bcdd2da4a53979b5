# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
#
# What quickstart and test share: the packages, how they are installed, how a build folder is
# set up. Sourced from the top of the source tree.

export LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin:/sbin # nginx is there, also for those whose PATH says otherwise

build_packages=(
	gcc libc6-dev meson ninja-build pkg-config
	libmnl-dev libsystemd-dev libjansson-dev libxxhash-dev
)

test_packages=(
	check clang clang-format clang-tidy curl dbus iproute2 jq libclang-rt-14-dev mmdebstrap procps
	python3 shellcheck strace systemd systemd-container wrk
)
# Any nginx will do, and asking for this one would push out another that serves something.
command -v nginx >/dev/null || test_packages+=(nginx-light)

# step WHAT COMMAND...: says what is being done, and what the command said only if it failed.
step() {
	local what=$1 said status=0
	shift
	printf '%s\n' "$what"
	said=$("$@" 2>&1 </dev/null) || status=$?
	((status == 0)) || printf '%s\nfailed with status %d: %s\n' "$said" "$status" "$what" >&2
	return "$status"
}

# Runs a command (apt-get) with a policy that no service is to be started, as policy-rc.d is the
# one way that holds with and without systemd. One that is there already is somebody's decision.
starting_nothing() (
	policy=/usr/sbin/policy-rc.d
	if [[ ! -e $policy ]]; then
		trap 'rm -f "$policy"' EXIT
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
	fi
	"$@"
)

install_packages() {
	export DEBIAN_FRONTEND=noninteractive
	local apt=(apt-get -qq -o DPkg::Lock::Timeout=300)
	step "Fetching the package lists" "${apt[@]}" update
	step "Installing $*" starting_nothing "${apt[@]}" install -y --no-install-recommends "$@"
	if [[ " $* " == *" nginx-light "* ]]; then
		# It came to be tested with. It shall not come up with the next boot either.
		step "Leaving nginx switched off" systemctl disable nginx.service
	fi
}

# need PACKAGE...: installs those that are missing, or says which they are and stops.
need() {
	local package installed missing=()
	if ! command -v dpkg-query >/dev/null; then
		echo "This is no Debian. What has to be there, by Debian's names: $*"
		return
	fi
	installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null) || true
	for package; do
		grep -qx "$package installed" <<<"$installed" || missing+=("$package")
	done
	((${#missing[@]})) || return 0

	if ((EUID)); then
		echo "Missing packages: ${missing[*]}" >&2
		echo "Install them as root, then start $0 again:" >&2
		echo "  apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
		exit 1
	fi
	install_packages "${missing[@]}"
}

# configure FOLDER OPTION...: sets up a build folder, or brings one up to date: it may have been
# set up with other options, or before a package was there.
configure() {
	local folder=$1 again=()
	shift
	[[ ! -e $folder/build.ninja ]] || again=(--reconfigure)
	step "Configuring $folder" meson setup "${again[@]}" "$@" "$folder"
}

compile() {
	step "Compiling $1" meson compile -C "$1" --ninja-args=--quiet
}

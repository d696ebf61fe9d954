#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Install what is missing to build hkctl:      sh scripts/setup.sh
# ... and to run its tests:                    sh scripts/setup.sh test
# ... and for make lint, fuzz, coverage and valgrind:    sh scripts/setup.sh lint
# Silent when nothing is missing. As root (or with sudo that asks nothing) it installs Debian packages; else it prints the command to run.
set -eu

# libc6-dev is named because gcc only recommends it.
build_packages='gcc libc6-dev make pkgconf libfyaml-dev libyaml-dev libglpk-dev libssh2-1-dev libcurl4-openssl-dev libxml2-dev'
# python3: the test runner; jsonschema, yaml and coinor-cbc, patch: independent judges of our schemas, of the YAML we write,
# of the solver's optimum and of our diffs. openssh-server, netconfd, frr, openvswitch-switch, iproute2: the peers that tests of the network talk to, on loopback and in
# namespaces of their own only. openssl: certificates of operators who are who they say, and of others. zsh, fish: the shells that are completed for, beside bash.
test_packages='git libcmocka-dev python3 python3-jsonschema python3-yaml coinor-cbc patch openssh-client openssh-server netconfd frr openvswitch-switch iproute2 openssl zsh fish'
# The shell of small devices; there are two packages of it, which drive each other out.
command -v busybox >/dev/null 2>&1 || test_packages="$test_packages busybox"
# clang: a second compiler's opinion, and libFuzzer; the others each judge one kind of file.
lint_packages='clang cppcheck shellcheck mandoc codespell gcovr valgrind'

# yanglint, which checks values against YANG modules, is in a package with the number of its library.
yang_package() {
	command -v yanglint >/dev/null 2>&1 && return
	for package in libyang2-tools libyang3-tools libyang-tools; do
		if [ -n "$(apt-cache madison "$package" 2>/dev/null)" ]; then
			echo "$package"
			return
		fi
	done
}

case ${1:-build} in
build) wanted=$build_packages ;;
test) wanted="$build_packages $test_packages $(yang_package)" ;;
lint) wanted="$build_packages $test_packages $(yang_package) $lint_packages" ;;
*)
	echo "usage: setup.sh [build|test|lint]" >&2
	exit 2
	;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
	if command -v cc >/dev/null 2>&1 && command -v make >/dev/null 2>&1 && pkg-config --exists libfyaml yaml-0.1 libssh2 libcurl libxml-2.0 2>/dev/null; then
		exit 0
	fi
	echo "setup.sh: this is not a Debian system; install a C compiler, make, pkg-config, libfyaml, libyaml, GLPK, libssh2, libcurl and libxml2 with their headers" >&2
	exit 1
fi

missing() {
	for package in $wanted; do
		status=$(dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | sort -u) || status=
		case $status in
		*not-installed* | '') printf '%s ' "$package" ;;
		*installed*) ;;
		*) printf '%s ' "$package" ;;
		esac
	done
}

packages=$(missing)
[ -n "$packages" ] || exit 0

if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
	as_root='sudo -n'
else
	echo "setup.sh: some packages are missing and only root can install them; run:" >&2
	echo "    apt-get update && apt-get install --no-install-recommends ${packages% }" >&2
	exit 1
fi

log=$(mktemp)
policy=
trap 'rm -f "$log"; [ -z "$policy" ] || $as_root rm -f "$policy"' EXIT
# Tests start the peers they need by themselves, so no package has to start one as a service: Debian's way of saying so.
if [ ! -e /usr/sbin/policy-rc.d ] && [ ! -L /usr/sbin/policy-rc.d ]; then
	policy=/usr/sbin/policy-rc.d
	# shellcheck disable=SC2016 # $1 is the inner shell's
	printf '#!/bin/sh\nexit 101\n' | $as_root sh -c 'cat >"$1" && chmod 755 "$1"' sh "$policy"
fi
apt() {
	# shellcheck disable=SC2086 # as_root is empty or two words
	if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1 </dev/null; then
		cat "$log" >&2
		echo "setup.sh: apt-get $1 failed" >&2
		exit 1
	fi
}

echo "setup: installing ${packages% }"
apt update
# Only now does a new machine know what its packages are called.
if [ "${1:-build}" != build ]; then
	yang=$(yang_package)
	case " $packages " in
	*" $yang "*) ;;
	*) packages="$packages $yang" ;;
	esac
fi
# shellcheck disable=SC2086 # a list of package names
apt install --no-install-recommends $packages

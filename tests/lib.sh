# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Black-box test harness for the command line. A test is a POSIX shell script in tests/cli/ that begins with
#
#	. "$(dirname "$0")/../lib.sh"
#
# and runs in an empty trash directory of its own ($TRASH, removed when the test passes, kept when it fails or KEEP=1). The script
# passes when it ends with status 0. It can be run by hand: sh tests/cli/plan.sh. HKCTL is the binary under test, ROOT the source tree.
#
#	run CMD ARG...             must succeed; output goes to $TRASH/.out and $TRASH/.err, see out and err below
#	must_fail CODE CMD ARG...  must end with exactly CODE; a signal, "command not found" or a sanitizer's report never counts
#	out TEXT / err TEXT        the last command's standard output / error contains TEXT
#	no_out / no_err            ... is empty
#	golden NAME [FILE]         FILE (default: the last standard output) equals tests/golden/<test>/NAME; GOLDEN=1 rewrites it
#	same FILE FILE             the two files are equal, with the difference shown
#	begin TEXT                 says what comes next, so that a failure can be placed
#	need CMD...                skip the test when a tool is not there
#	skip REASON, fail REASON
set -eu

HK_TEST=$(basename "$0" .sh)
ROOT=${HK_ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
HKCTL=${HKCTL:-$ROOT/hkctl}
case $HKCTL in /*) ;; *) HKCTL=$ROOT/$HKCTL ;; esac
LC_ALL=C
TZ=UTC
TERM=dumb
ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99}
UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1:exitcode=99}
LSAN_OPTIONS=${LSAN_OPTIONS:-exitcode=99:suppressions=$ROOT/tests/lsan:print_suppressions=0}
export ROOT HKCTL LC_ALL TZ TERM ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS
unset NO_COLOR FORCE_COLOR CLICOLOR_FORCE COLUMNS

mkdir -p "$ROOT/build/trash"
TRASH=$(mktemp -d "$ROOT/build/trash/$HK_TEST.XXXXXX")
export TRASH
# Nothing of the user's own configuration may change a result.
HOME=$TRASH/.home
XDG_CONFIG_HOME=$HOME/.config
export HOME XDG_CONFIG_HOME
mkdir "$HOME"

hk_end() {
	code=$?
	if { [ "$code" -eq 0 ] || [ "$code" -eq 77 ]; } && [ "${KEEP:-0}" != 1 ]; then
		rm -rf "$TRASH"
	elif [ "$code" -ne 77 ]; then
		echo "# ended with status $code; files are in $TRASH"
	fi
}
trap hk_end EXIT
cd "$TRASH"

hkctl() { "$HKCTL" "$@"; }

skip() {
	echo "$*"
	exit 77
}

fail() {
	echo "not ok: $*"
	exit 1
}

begin() { echo "# $*"; }

need() {
	for tool; do
		command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed"
	done
}

hk_show() {
	for stream in out err; do
		if [ -s "$TRASH/.$stream" ]; then
			echo "# standard $stream:"
			head -c 20000 "$TRASH/.$stream"
		fi
	done
}

hk_capture() {
	status=0
	"$@" >"$TRASH/.out" 2>"$TRASH/.err" || status=$?
	case $status in
	126 | 127) hk_show; fail "'$*' could not be run (status $status)" ;;
	99) hk_show; fail "'$*' was ended by a sanitizer" ;;
	esac
	# 128 + n is how the shell reports signal n; 130 alone is also an exit code of hkctl itself.
	[ "$status" -lt 128 ] || [ "$status" -eq 130 ] || { hk_show; fail "'$*' was ended by signal $((status - 128))"; }
	if grep -q 'ERROR: [A-Za-z]*Sanitizer\|runtime error: ' "$TRASH/.err"; then
		hk_show
		fail "'$*' made a sanitizer complain"
	fi
}

run() {
	hk_capture "$@"
	[ "$status" -eq 0 ] || { hk_show; fail "'$*' ended with status $status, expected 0"; }
}

must_fail() {
	expected=$1
	shift
	[ "$expected" -ne 0 ] || fail "must_fail cannot expect 0"
	hk_capture "$@"
	[ "$status" -eq "$expected" ] || { hk_show; fail "'$*' ended with status $status, expected $expected"; }
}

hk_contains() {
	grep -qF -e "$2" "$TRASH/.$1" || { hk_show; fail "standard $1 does not contain: $2"; }
}
out() { hk_contains out "$1"; }
err() { hk_contains err "$1"; }
no_out() { [ ! -s "$TRASH/.out" ] || { hk_show; fail "standard output is not empty"; }; }
no_err() { [ ! -s "$TRASH/.err" ] || { hk_show; fail "standard error is not empty"; }; }

same() { diff -u "$1" "$2" || fail "$1 and $2 differ"; }

golden() {
	hk_wanted=$ROOT/tests/golden/$HK_TEST/$1
	hk_actual=${2:-$TRASH/.out}
	if [ "${GOLDEN:-0}" = 1 ]; then
		mkdir -p "$(dirname "$hk_wanted")"
		cp "$hk_actual" "$hk_wanted"
	elif [ ! -e "$hk_wanted" ]; then
		fail "tests/golden/$HK_TEST/$1 does not exist; GOLDEN=1 sh tests/cli/$HK_TEST.sh makes it"
	else
		diff -u "$hk_wanted" "$hk_actual" || fail "differs from tests/golden/$HK_TEST/$1; GOLDEN=1 rewrites it"
	fi
}

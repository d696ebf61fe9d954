#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The client killed before, in and after records of its journal, with real NETCONF servers behind real sshds; then resumed or rolled back.
. "$(dirname "$0")/../lib.sh"
need python3
python3 "$ROOT/tests/net/kill_points.py" "$HKCTL" "$TRASH" "${KILL_STEP:-5}" >.said || {
	code=$?
	cat .said
	[ "$code" -eq 77 ] && exit 77
	fail "kill_points.py ended with status $code"
}
cat .said
[ -n "${KILL_STEP:-}" ] || exit 0
rm -rf farm network.yaml*
python3 "$ROOT/tests/net/kill_points.py" "$HKCTL" "$TRASH" "$KILL_STEP" cut || fail "kill_points.py cut ended with status $?"

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The client killed at random times while devices that are told by commands are changed; then resumed or rolled back. KILL_TIMES=200 for a long evening.
. "$(dirname "$0")/../lib.sh"
need python3
python3 "$ROOT/tests/net/kill_commands.py" "$HKCTL" "$TRASH" "${KILL_TIMES:-5}" || fail "kill_commands.py ended with status $?"

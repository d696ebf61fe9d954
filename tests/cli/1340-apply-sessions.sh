#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Sessions of an operator and a controller in one change, with the client killed before, in and after records of its journal; then resumed or rolled back.
. "$(dirname "$0")/../lib.sh"
need python3
CONTRACT=$ROOT/../shared/contracts/openapi/camara/quality-on-demand-1.1.0.yaml
[ -e "$CONTRACT" ] || skip "the contract is not there ($CONTRACT)"
no_proxy='*' timeout 500 python3 "$ROOT/tests/net/session_kills.py" "$HKCTL" "$TRASH" "$CONTRACT" "${KILL_STEP:-11}" >.said || {
	code=$?
	cat .said
	[ "$code" -eq 77 ] && exit 77
	fail "session_kills.py ended with status $code"
}
cat .said

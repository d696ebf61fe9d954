#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The shipped adapters against the operators' contracts: linted, their requests judged, replies made of the contracts read. A part of what `make check-contracts` does.
. "$(dirname "$0")/../lib.sh"
need python3
CONTRACTS=$ROOT/../shared/contracts/openapi
[ -d "$CONTRACTS" ] || skip "the contracts are not there ($CONTRACTS)"

begin "every shipped adapter is as its contract says"
for adapter in $(hkctl api lint); do
	contract=$(sed -n 's/^  contract: //p' "$ROOT/adapters/$adapter.yaml")
	if [ -n "$contract" ]; then
		run hkctl api lint "$adapter" --contract "$(ls "$CONTRACTS"/*/"$contract")"
		out "1 adapter valid, and as the contract says"
	elif own=$(ls "$ROOT"/tests/net/contracts/"${adapter%%-[bjl]*}"*.yaml 2>/dev/null); then
		run hkctl api lint "$adapter" --contract "$own"
		out "1 adapter valid, and as the contract says"
	else
		run hkctl api lint "$adapter"
		out "1 adapter valid"
	fi
done

begin "what is sent and what is read"
timeout 300 python3 "$ROOT/tests/net/contract_check.py" --brief "${CONTRACTS_BRIEF:-6}" --every "${CONTRACTS_EVERY:-300}" "$HKCTL" "$ROOT/adapters" "$CONTRACTS" >said 2>&1 || {
	code=$?
	[ "$code" -eq 77 ] && skip "$(cat said)"
	cat said
	fail "the adapters and the contracts disagree"
}
grep ' 0 wrong' said

# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# For tests with a stand-in for an operator (api_double.py).

doubles=
trap 'kill $doubles 2>/dev/null; hk_end' EXIT
export no_proxy='*'

# double DIRECTORY CONTRACT...: starts one and waits until it listens; its port is in $port
double() {
	directory=$1
	shift
	mkdir -p "$directory/faults"
	python3 "$ROOT/tests/net/api_double.py" "$directory" "$@" >"$directory/log" 2>&1 &
	doubles="$doubles $!"
	tries=0
	while [ ! -e "$directory/port" ]; do
		tries=$((tries + 1))
		kill -0 $! 2>/dev/null || { wait $! && code=0 || code=$?; [ "$code" -eq 77 ] && skip "$(cat "$directory/log")"; cat "$directory/log"; fail "the stand-in does not start"; }
		[ $tries -lt 600 ] || fail "the stand-in does not start"
		sleep 0.1
	done
	# shellcheck disable=SC2034
	port=$(cat "$directory/port")
}

# clean DIRECTORY: neither side has done what the contract does not allow
clean() {
	[ ! -e "$1/violations" ] || { cat "$1/violations"; fail "the contract does not allow this"; }
}

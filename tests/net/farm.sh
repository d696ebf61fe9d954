# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# For tests with real devices: start_farm PROGRAM KIND... (farm.py has NETCONF servers, cli_farm.py devices that are spoken to by commands), then `ask WORD...`. Skips when something is missing.

start_farm() {
	need python3 mkfifo
	program=$1
	shift
	devices=$#
	mkfifo .to .from
	python3 "$ROOT/tests/net/$program" farm "$@" <.to >.from 2>.farm-errors &
	farm=$!
	exec 7>.to 8<.from
	trap end_farm EXIT
	read -r said <&8 || fail "the farm did not start: $(cat .farm-errors)"
	[ "$said" = ready ] || skip "$said"
}
end_farm() {
	code=$?
	exec 7>&-
	wait "$farm" 2>/dev/null || :
	(exit "$code")
	hk_end
}
# ask WORD...: the farm's answer
ask() {
	echo "$*" >&7
	read -r said <&8 || fail "the farm ended: $(cat .farm-errors)"
	printf '%s\n' "$said"
}

# ---- devices of farm.py ----

# values VALUE...: the bandwidth that the servers hold, read without hkctl; one VALUE is that of all
values() {
	n=0
	while [ "$n" -lt "$devices" ]; do
		shown=$(ask value "$n" edge--cloud bandwidth)
		[ "$shown" = "$1" ] || fail "dev-$n shows $shown, expected $1"
		n=$((n + 1))
		[ $# -eq 1 ] || shift
	done
}
# all_want VALUE: want.yaml, with this bandwidth for all
all_want() {
	printf 'apiVersion: hkctl.dev/v1alpha1\nkind: NetworkConfiguration\nmetadata: {name: w}\nspec:\n  controllers:\n' >want.yaml
	n=0
	while [ "$n" -lt "$devices" ]; do
		echo "  - {name: dev-$n, settings: [{object: \"/wan:links/link[name='edge--cloud']/bandwidth\", value: $1}]}"
		n=$((n + 1))
	done >>want.yaml
}

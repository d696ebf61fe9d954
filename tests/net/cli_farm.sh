# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# For tests with devices that are spoken to by commands: start_farm KIND... (see cli_farm.py), then `ask WORD...` and `is WORD...`. Skips when something is missing.

start_farm() {
	need python3 mkfifo
	mkfifo .to .from
	python3 "$ROOT/tests/net/cli_farm.py" farm "$@" <.to >.from 2>.farm-errors &
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
	read -r said <&8
	printf '%s\n' "$said"
}
# shows TEXT WORD...: what a device shows, behind hkctl's back, contains TEXT (`flows`: those of the switch); with ! in front, it does not
shows() {
	not=
	[ "$1" != ! ] || { not=! && shift; }
	text=$1
	shift
	case $1 in
	flows) shown=$(ask flows) ;;
	*) shown=$(ask ask "$@") ;;
	esac
	case $not$shown in
	!*"$text"*) fail "$1 shows '$text': $shown" ;;
	!* | *"$text"*) ;;
	*) fail "$1 does not show '$text': $shown" ;;
	esac
}
# want CONTROLLER OBJECT VALUE ...: want.yaml. The value - is for none at all.
want() {
	printf 'apiVersion: hkctl.dev/v1alpha1\nkind: NetworkConfiguration\nmetadata: {name: w}\nspec:\n  controllers:\n' >want.yaml
	while [ $# -ge 3 ]; do
		case $3 in
		-) echo "  - {name: $1, settings: [{object: \"$2\", absent: true}]}" ;;
		*) echo "  - {name: $1, settings: [{object: \"$2\", value: '$3'}]}" ;;
		esac
		shift 3
	done >>want.yaml
}
plan() {
	run hkctl net plan -q -f farm/topology.yaml -f want.yaml --save network.yaml
}

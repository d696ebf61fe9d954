# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# For tests with devices that are spoken to by commands (cli_farm.py): what they show, and what is wanted of them.

. "$ROOT/tests/net/farm.sh"

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

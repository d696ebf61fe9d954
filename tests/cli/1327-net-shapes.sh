#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Shapes of YANG on real servers, with a candidate and without: several keys, cases of a choice, presence, items of leaf-lists, what other modules add. Each change is made, found made, and
# rolled back to the letter; what a device would do beside what was said is refused.

. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/net/farm.sh"

T="/sh:shapes/tunnel[site='Zürich'][vlan='7']"
# want OBJECT VALUE ...: of both. The value - is for none at all.
want() {
	printf 'apiVersion: hkctl.dev/v1alpha1\nkind: NetworkConfiguration\nmetadata: {name: w}\nspec:\n  controllers:\n' >want.yaml
	for device in 0 1; do
		echo "  - name: dev-$device" && echo "    settings:"
		all=$#
		while [ "$all" -gt 0 ]; do
			case $2 in
			-) echo "    - {object: \"$1\", absent: true}" ;;
			*) echo "    - {object: \"$1\", value: \"$2\"}" ;;
			esac
			set -- "$@" "$1" "$2"
			shift 2
			all=$((all - 2))
		done
	done >>want.yaml
}
state() {
	ask shapes 0
	ask shapes 1
}
plan() {
	rm -f network.yaml network.yaml.journal*
	run hkctl net plan -q -f farm/topology.yaml -f want.yaml --save network.yaml
}
# made TEXT: the plan is carried out, one of them (n) shows TEXT, rolled back to the letter, and made again
made() {
	before=$(state)
	n=$((1 - n))
	plan
	run hkctl net apply network.yaml -q
	after=$(ask shapes "$n")
	case $after in
	*"$1"*) ;;
	*) fail "not there: $1 in $after" ;;
	esac
	run hkctl net plan -q -f farm/topology.yaml -f want.yaml --detailed-exitcode
	run hkctl net rollback network.yaml.journal -q
	[ "$(state)" = "$before" ] || fail "rolled back from $after to $(state), and it was $before"
	plan
	run hkctl net apply network.yaml -q
}
# refused TEXT: with that said, and nothing has changed
refused() {
	before=$(state)
	plan
	must_fail 1 hkctl net apply network.yaml -q
	err "$1"
	out "all old"
	[ "$(state)" = "$before" ] || fail "refused, and changed from $before to $(state)"
}

n=0
start_farm farm.py shapes shapes-running

want "$T/rate" 1000
plan
run hkctl net apply network.yaml -q

# leaves that come into being and go again, of every type: one server takes an empty number for a wrong one
want "$T/on" true "$T/dec" 7.50 "$T/guard" "" "$T/guard/limit" 9 "$T/mo:colour" green "$T/mo:hop[address='1.2.3.4'][port='80']/weight" 3
made '<colour xmlns="urn:example:hk-more">green</colour>'

# items of a leaf-list: one that is not there does not hide the entry it is in
want "$T/dscp[.='46']" ""
made '<dscp>46</dscp>'
want "$T/dscp[.='46']" - "$T/dscp[.='10']" "" "$T/dscp[.='12']" ""
made '<dscp>12</dscp>'
want "$T/dscp[.='14']" 14
must_fail 3 hkctl net plan -q -f farm/topology.yaml -f want.yaml
err "an entry, which has no value of its own"

# one case of a choice displaces the other, which nobody asked for
want "$T/shaper" s1 "$T/burst" 9
made '<shaper>s1</shaper><burst>9</burst>'
want "$T/policer" p1
refused "would also remove or change /shapes/tunnel/shaper, /shapes/tunnel/burst"
want "$T/policer" p1 "$T/shaper" - "$T/burst" -
made '<policer>p1</policer>'

# with an entry goes what other modules have in it, and comes back with it
want "$T" -
before=$(state)
plan
run hkctl net apply network.yaml -q
run hkctl net rollback network.yaml.journal -q
[ "$(state)" = "$before" ] || fail "brought back as $(state), and it was $before"

# without a prefix for the other module it could not
sed "s/, mo: 'urn:example:hk-more'//" farm/topology.yaml >less.yaml
must_fail 1 hkctl net plan -q -f less.yaml -f want.yaml --save less-network.yaml
err "has something of the module 'urn:example:hk-more' in it"

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What people and programs see of many devices: data, progress on a terminal, a few first, few at a time.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/net/farm.sh"
start_farm farm.py candidate running candidate
# save VALUE
save() {
	all_want "$1"
	rm -f network.yaml.journal*
	run hkctl net plan -f farm/topology.yaml -f want.yaml --save network.yaml -o json
}
# data FILE EXPRESSION: what it says of the JSON document d
data() {
	python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"
}

begin "as data"
run hkctl net show -f farm/topology.yaml -o json
[ "$(data .out '[(c["name"], c["protocol"], c["host"], c["links"]) for c in d["controllers"]]')" = \
	"[('dev-0', 'netconf', '127.0.0.1', 0), ('dev-1', 'netconf', '127.0.0.1', 0), ('dev-2', 'netconf', '127.0.0.1', 0)]" ] || fail "got $(cat .out)"
run hkctl net show -f farm/topology.yaml dev-1 -o json
[ "$(data .out 'len(d["controllers"]), d["controllers"][0]["port"] > 0')" = "(1, True)" ] || fail "got $(cat .out)"
save 1000
[ "$(data .out 'sorted({(c["from"], c["to"]) for v in d["devices"] for c in v["changes"]}, key=str)')" = "[(None, ''), (None, '1000')]" ] || fail "got $(cat .out)"
run hkctl net apply network.yaml -o json
[ "$(data .out 'd["verdict"], [v["state"] for v in d["devices"]]')" = "('all new', ['new', 'new', 'new'])" ] || fail "got $(cat .out)"
no_err

begin "one first, and one at a time"
save 2000
run hkctl net apply network.yaml --canary 1 --max-parallel 1 -v
steps=$(sed -n 's/.*"step":"\([a-z]*\)","first":"\([0-9]*\)","count":"\([0-9]*\)".*/\1:\2+\3/p' network.yaml.journal | tr '\n' ' ')
[ "$steps" = "read:0+3 lock:0+3 apply:0+1 verify:0+1 apply:1+2 verify:1+2 extend:0+3 " ] || fail "steps were $steps"
err "dev-0: apply done"
[ "$(grep -c ': apply done' .err)" = 3 ] || fail "not every device is told"
save 3000
must_fail 7 hkctl net apply network.yaml --canary 1 --measure false
[ "$(awk '/^dev-/ { print $3 }' .out | tr '\n' ' ')" = "reverted old old " ] || fail "more than the first was touched: $(cat .out)"

begin "progress on a terminal, and only there"
need script
save 3000
script -qec "$HKCTL net apply network.yaml" /dev/null >typed 2>&1 </dev/null || fail "it failed: $(cat typed)"
for stage in read lock apply verify extend confirm unlock; do
	grep -q "$stage: 3 of 3 devices" typed || fail "no progress of '$stage': $(cat typed)"
done
# each line is written over by the next, and the last is wiped before the result
tr '\r' '\n' <typed | tail -n 6 | grep -q "Devices: all new" || fail "no result"
tr '\r' '\n' <typed | grep "CONTROLLER" | grep -q "of 3 devices" && fail "progress stands in the result"
save 4000
script -qec "$HKCTL -q net apply network.yaml" /dev/null >typed 2>&1 </dev/null
grep -q "of 3 devices" typed && fail "progress in spite of -q"
save 5000
run hkctl net apply network.yaml
no_err

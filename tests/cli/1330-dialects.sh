#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Devices that are spoken to by commands, the real ones: tc and ip, FRR, Open vSwitch, a device of one's own with its own table; and a NETCONF server beside them. One change of all.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/net/cli_farm.sh"
start_farm cli_farm.py linux frr ovs box candidate

bandwidth="/wan:links/link[name='a']/bandwidth"
want candidate "$bandwidth" 1
code=0
hkctl net plan -q -f farm/topology.yaml -f want.yaml >.out 2>.err || code=$?
netconf=$code
[ "$code" -eq 0 ] || echo "# the NETCONF server is left out: $(cat .err)"
all() {
	want linux dev/wan0/class/1:10/rate "${1}000000" linux dev/wan0/class/1:10/ceil "${2}000000" linux route/10.20.0.0/16/via "10.9.0.$1" \
		frr route/10.1.0.0/16/via "192.0.2.$1" frr interface/wan0/ospf/cost "$1" ovs port/p1/qos/max-rate "${1}000000" ovs port/p1/queue/1/max-rate "${1}000" \
		ovs port/p1/queue/1/min-rate "$1" flows in-port/1/queue "$1" flows in-port/2/queue "$2" box value/a "$1 \$(touch pwned) \"of\" \`x\` ; | \\\\"
	[ "$netconf" -ne 0 ] || cat >>want.yaml <<-E
		  - {name: candidate, settings: [{object: "$bandwidth", value: $1}]}
	E
}
values() {
	shows "rate $1Mbit ceil $2Mbit burst 20Kb" linux tc class show dev wan0
	shows "10.20.0.0/16 via 10.9.0.$1 " linux ip route
	shows "ip route 10.1.0.0/16 192.0.2.$1 " frr "vtysh -c 'show running-config'"
	shows "ip ospf cost $1 " frr "vtysh -c 'show running-config'"
	shows "{max-rate=\"${1}000000\"}" ovs ovs-vsctl list qos
	shows "{max-rate=\"${1}000\", min-rate=\"$1\"}" ovs ovs-vsctl list queue
	shows "in_port=1 actions=set_queue:$1,NORMAL | priority=100,in_port=2 actions=set_queue:$2,NORMAL" flows
	shows "\"$1 \$(touch pwned) \"of\" \`x\` ; | \\\"" box box get a
	[ "$netconf" -ne 0 ] || [ "$(ask ask candidate a bandwidth)" = "$1" ] || fail "candidate"
}
old() {
	shows "class htb 1:10 parent 1:1 prio 2 rate 5Mbit ceil 5Mbit burst 20Kb cburst 1600b" linux tc class show dev wan0
	shows ! 10.20.0.0 linux ip route
	shows ! "ip route" frr "vtysh -c 'show running-config'"
	shows ! cost frr "vtysh -c 'show running-config'"
	shows ! uuid ovs ovs-vsctl list qos
	shows ! uuid ovs ovs-vsctl list queue
	shows ! set_queue flows
	shows "nothing of that name" box box get a
	[ "$netconf" -ne 0 ] || [ "$(ask ask candidate a bandwidth)" = absent ] || fail "candidate"
}
settled() {
	[ -z "$(ask states)" ] || fail "a change waits: $(ask states)"
}

begin "a plan of six controllers, of which none notices"
all 7 9
plan
[ "$netconf" -ne 0 ] || out "15 changes on 6 controllers"
old

begin "all new, and a second apply has nothing to do"
run hkctl net apply network.yaml
out "Devices: all new"
out "commands of vtysh after a dry run"
values 7 9
settled
run hkctl net plan -f farm/topology.yaml -f want.yaml --save again.yaml --detailed-exitcode
out "0 changes"
run hkctl net apply again.yaml
err "nothing to change"
values 7 9

begin "all old again, to the letter"
run hkctl net rollback network.yaml.journal -f farm/topology.yaml
out "Devices: all old"
old
settled
if [ -e pwned ] || [ -e farm/box/pwned ]; then fail "a value was run"; fi

begin "one of six fails: the others are as they were"
all 8 8
plan
echo fail >farm/box/fault
must_fail 1 hkctl net apply network.yaml
err "it is broken"
out "Devices: all old"
old
settled
rm farm/box/fault

begin "a bundle with a flow that is refused changes no flow"
want flows in-port/1/queue 5 flows in-port/2/meter 77
plan
must_fail 1 hkctl net apply network.yaml
err "INVALID_METER"
old
settled

begin "a device that moved since the plan was made is not touched"
all 8 8
plan
ask ask ovs ovs-vsctl set port p1 qos=@q -- --id=@q create qos type=linux-hfsc >/dev/null
must_fail 8 hkctl net apply network.yaml
err "port/p1/qos is 'linux-hfsc', and was absent when the change was made"
shows "rate 5Mbit" linux tc class show dev wan0

begin "nor is something of another form overwritten"
ask ask linux ip route add 10.30.0.0/16 dev wan0 >/dev/null
want linux route/10.30.0.0/16/via 10.9.0.7
must_fail 1 hkctl net plan -f farm/topology.yaml -f want.yaml
err "something of another form is in its place"

begin "what is not there and cannot be made is said at once"
want linux dev/wan0/class/1:99/rate 5000000
must_fail 1 hkctl net plan -f farm/topology.yaml -f want.yaml
err "dev/wan0/class/1:99/rate is not there on the device"
want linux dev/wan9/mtu 1400
must_fail 1 hkctl net plan -f farm/topology.yaml -f want.yaml
err "dev/wan9/mtu is not there on the device"

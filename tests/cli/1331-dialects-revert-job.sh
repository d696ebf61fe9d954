#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The job on the device that goes back: the client is killed, and connections are cut, before anything was confirmed. And devices that say ok and did not do it.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/net/cli_farm.sh"
start_farm cli_farm.py linux frr ovs box

# gone_back FILE...: wait until no change waits any more
gone_back() {
	n=0
	while [ -n "$(ask states)" ]; do
		n=$((n + 1))
		[ "$n" -lt 300 ] || fail "still there: $(ask states)"
		sleep 0.1
	done
}

begin "a device that says ok and did not do it"
want box value/a 1 linux dev/wan0/mtu 1400
plan
echo lie >farm/box/fault
must_fail 7 hkctl net apply network.yaml
err "value/a is absent, and should be 1"
out "Devices: all old"
shows "mtu 1500" linux ip link show dev wan0

begin "one that says on standard output that it will not"
echo complain >farm/box/fault
must_fail 1 hkctl net apply network.yaml
err "the device said: % will not do that"
out "Devices: all old"
[ -z "$(ask states)" ] || fail "a change waits"

begin "a failure in the middle of one device's commands"
want box value/a 1 box value/b 2 box value/c 3
plan
echo fail-b >farm/box/fault
must_fail 1 hkctl net apply network.yaml
err "b is broken"
out "Devices: all old"
shows "nothing of that name" box box get a
shows "nothing of that name" box box get c
rm farm/box/fault

begin "lines that FRR does not understand are found before anything is changed"
want frr-own interface/wan0/hello 3 frr-own interface/wan1/hello 70000
plan
must_fail 1 hkctl net apply network.yaml
err "line 5: % Unknown command"
out "frr-own           2  old"
shows ! wan0 frr "vtysh -c 'show running-config'"

begin "nor is left behind what FRR takes and does not do"
want frr interface/wan0/ospf/cost 3 frr route/2001:db8::/32/via 192.0.2.1
plan
must_fail 7 hkctl net apply network.yaml
err "route/2001:db8::/32/via is absent, and should be 192.0.2.1"
shows ! cost frr "vtysh -c 'show running-config'"

begin "hkctl is killed when all devices have the new values"
cat >killer <<-'END'
	#!/bin/sh
	kill -9 $PPID
END
chmod +x killer
want linux dev/wan0/class/1:10/rate 7000000 frr route/10.1.0.0/16/via 192.0.2.1 frr interface/wan0/ospf/cost 7 ovs port/p1/queue/1/max-rate 7000
plan
run sh -c "'$HKCTL' net apply network.yaml --confirm 10s --measure ./killer; [ \$? = 137 ]"
shows "rate 7Mbit" linux tc class show dev wan0
shows "ip route 10.1.0.0/16 192.0.2.1 " frr "vtysh -c 'show running-config'"
shows '{max-rate="7000"}' ovs ovs-vsctl list queue
[ "$(ask states | wc -w)" = 3 ] || fail "jobs: $(ask states)"
mv network.yaml killed.yaml
mv network.yaml.journal killed.yaml.journal

begin "a second change does not pass the one that waits"
want linux dev/wan0/mtu 1300
plan
must_fail 1 hkctl net apply network.yaml
err "another change waits to be confirmed"
shows "mtu 1500" linux ip link show dev wan0

begin "the connection is cut when the device has the new values"
cat >cutter <<-'END'
	#!/bin/sh
	echo cut box >.to && read -r said <.from
END
chmod +x cutter
want box value/a 7
plan
must_fail 5 hkctl net apply network.yaml --confirm 10s --timeout 4s --measure ./cutter
out "Devices: unknown: box"
ask start box >/dev/null

begin "all have gone back by themselves"
gone_back
shows "class htb 1:10 parent 1:1 prio 2 rate 5Mbit ceil 5Mbit burst 20Kb cburst 1600b" linux tc class show dev wan0
shows ! "ip route" frr "vtysh -c 'show running-config'"
shows ! cost frr "vtysh -c 'show running-config'"
shows ! uuid ovs ovs-vsctl list queue
shows "nothing of that name" box box get a

begin "and the journals know what to do"
run hkctl net rollback network.yaml.journal -f farm/topology.yaml
out "Devices: all old"
run hkctl net apply --resume killed.yaml.journal -f farm/topology.yaml
out "Devices: all new"
shows "rate 7Mbit" linux tc class show dev wan0
shows '{max-rate="7000"}' ovs ovs-vsctl list queue
[ -z "$(ask states)" ] || fail "a change waits"

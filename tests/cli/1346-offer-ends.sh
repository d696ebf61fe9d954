#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Offers of links that end: not bought when they are over, in plans as in networks, and never half.
. "$(dirname "$0")/../lib.sh"

world() {      # $1: end of the offer; $2: more documents
	cat >world.yaml <<YAML
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec:
  clusters:
  - {name: cloud, tier: cloud, prices: {cpu: 0.02/h}}
  - {name: edge, tier: edge, prices: {cpu: 0.05/h}, nodes: [{name: e, allocatable: {cpu: 100m, memory: 8Gi}}]}
  controllers:
  - name: wan
    protocol: generic
    local: true
    stateDirectory: $TRASH/states
    programs: {radio: [sh, "$ROOT/examples/network-devices/radio"]}
    dialect:
      failed: "^refused:"
      objects:
      - object: "channel/{channel}/power"
        where: {channel: integer}
        value: {type: integer, min: 1, max: 30}
        read: [radio, show]
        line: "channel {channel} power {value} dBm"
        set: [[radio, power, "{channel}", "{value}"]]
        delete: [[radio, "off", "{channel}"]]
    link: {settings: [{object: "channel/7/power", value: {of: bandwidth, unit: Mbit/s}}]}
  links:
  - from: edge
    to: cloud
    latency: 6ms
    bandwidth: 10Mbps
    controller: wan
    adjustable:
      bandwidth: {max: 40Mbps, step: 5Mbps, price: 0.001/Mbps/h}
      expires: "$1"
---
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: p}
spec:
  inputs: [{name: cam, cluster: edge, rate: 100/s, size: 20kB}]
  workloads:
  - {name: w, requests: {cpu: "1"}, capacity: 20/s, replicas: {min: 1, max: 10}}
  connections:
  - {from: cam, to: w, latency: {limit: 8ms}}
YAML
	[ $# -lt 2 ] || cat >>world.yaml
}
in_seconds() {
	date -u -d "@$(($(date +%s) + $1))" +%Y-%m-%dT%H:%M:%SZ
}
# Wait until the moment of the last world is over.
await_end() {
	while [ "$(date +%s)" -lt "$(date -u -d "$end" +%s)" ]; do sleep 0.2; done
}
ends_in() {
	end=$(in_seconds "$1")
	world "$end"
	rm -f network.yaml* plan.yaml*
	run hkctl plan -q -f world.yaml --now -o plan.yaml
}
power() {
	[ "$(cat radio.state)" = "${1:+channel 7 power $1 dBm}" ] || fail "the device has '$(cat radio.state)', expected '$1'"
}

mkdir states
begin "what validate says: with no time, before the end, at it, of what is no time"
world 2026-06-30T18:00:00+02:00
run hkctl validate world.yaml
out "HK0419"
run hkctl validate world.yaml --at 2026-06-30T15:59:59Z
out "2 documents valid"
run hkctl validate world.yaml --at 2026-06-30T16:00:00Z
out "world.yaml:33:16: warning: the offer ended at 2026-06-30T18:00:00+02:00 and it is 2026-06-30T16:00:00Z: nothing is bought of it [HK0418]"
must_fail 3 hkctl validate world.yaml --strict --now
must_fail 2 hkctl validate world.yaml --at yesterday
err "--at takes a time"
world 2026-02-30T18:00:00Z
must_fail 3 hkctl validate world.yaml
out "world.yaml:33:16: error: '2026-02-30T18:00:00Z' is no moment of the calendar"
out HK0201
world 2026-06-30T18:00:00
must_fail 3 hkctl validate world.yaml
out "world.yaml:33:16: error"
out HK0105

begin "the newest observation says when it is, where nothing else does"
world 2026-06-30T18:00:00+02:00 - <<'YAML'
---
apiVersion: hkctl.dev/v1alpha1
kind: Metrics
metadata: {name: m}
spec: {observedAt: "2026-07-01T00:00:00Z", links: [{from: edge, to: cloud, latency: 6ms}]}
YAML
must_fail 4 hkctl plan -f world.yaml -o plan.yaml
err HK0418
run hkctl plan -f world.yaml -o plan.yaml --at 2026-06-30T15:00:00Z
must_fail 4 hkctl plan -f world.yaml -o over.yaml --now

begin "a plan says what it took the time to be, until when it can be bought, and is verified by that"
world 2026-06-30T18:00:00+02:00
must_fail 4 hkctl plan -f world.yaml -o over.yaml --at 2026-06-30T16:00:00Z
must_fail 4 hkctl explain -f world.yaml --at 2026-06-30T16:00:00Z
run hkctl plan -f world.yaml -o plan.yaml --at 2026-06-30T15:59:59Z
cp plan.yaml first.yaml
run hkctl plan -f world.yaml -o plan.yaml --at 2026-06-30T17:59:59+02:00
same first.yaml plan.yaml
grep -q 'assumedAt: "2026-06-30T15:59:59Z"' plan.yaml || fail "assumedAt"
run hkctl validate plan.yaml
run hkctl show plan.yaml --all
out "offer ends 2026-06-30T16:00:00Z"
run hkctl show plan.yaml -o json
out '"assumedAt": "2026-06-30T15:59:59Z"'
out '"expires": "2026-06-30T16:00:00Z"'
run hkctl render plan.yaml -d files
run hkctl explain plan.yaml w --alternatives

begin "an offer that is over is refused by everything that would buy it"
must_fail 8 hkctl net plan plan.yaml -f world.yaml --save network.yaml
err "the offer of controller wan for channel/7/power ended at 2026-06-30T16:00:00Z: it cannot be bought any more"
out "channel/7/power"
[ ! -e network.yaml ] || fail "a network plan that nobody can apply was saved"
must_fail 8 hkctl net apply plan.yaml -f world.yaml --yes
must_fail 8 hkctl apply plan.yaml --yes -d files
[ ! -e plan.yaml.journal ] || fail "there is a journal"
power ""

begin "in time, and from then on there is nothing left to buy: manifests can be written again"
ends_in 12             # a busy machine needs some seconds for what has to be done in time
run hkctl net plan plan.yaml -f world.yaml --save network.yaml
out "To be applied before $end: then the offer of controller wan for channel/7/power ends"
grep -q "expires: \"$end\"" network.yaml || fail "the network plan has no end"
run hkctl net plan plan.yaml -f world.yaml -o json
out "\"expires\": \"$end\""
sed "s/expires: \"$end\"/expires: \"2099-01-01T00:00:00Z\"/" network.yaml >longer.yaml
must_fail 3 hkctl net apply longer.yaml
err "was changed since it was written"
cp network.yaml later.yaml
run hkctl net apply network.yaml
power 20
await_end
run hkctl apply plan.yaml -d files

begin "cut off after it was decided: it was bought, and is carried through"
sed '/"event":"decide"/q' network.yaml.journal >cut.journal
run hkctl net apply --resume cut.journal -f world.yaml
err "has ended, and it was bought before"
out "Devices: all new"
power 20

begin "the way back has no end; buying again has"
run hkctl net rollback network.yaml.journal -f world.yaml
power ""
must_fail 8 hkctl net apply later.yaml
err "ended at $end"
[ ! -e later.yaml.journal ] || fail "there is a journal"
must_fail 8 hkctl apply plan.yaml --network-plan later.yaml -d files
power ""

begin "over while it is measured: all old"
ends_in 10
printf '#!/bin/sh\nwhile [ "$(date +%%s)" -le %s ]; do sleep 0.2; done\n' "$(date -u -d "$end" +%s)" >slow
chmod +x slow
must_fail 8 hkctl net apply plan.yaml -f world.yaml --yes --measure ./slow
err "ended at $end, before anything was bought"
out "Devices: all old"
power ""

begin "cut off before it was decided: nothing was bought, and nothing is"
ends_in 10
printf '#!/bin/sh\nkill -9 $PPID\n' >slow
hkctl net apply plan.yaml -f world.yaml --yes --measure ./slow >.out 2>&1 && fail "it was not killed"
power 20
await_end
must_fail 8 hkctl net apply --resume plan.yaml.journal -f world.yaml
err "before anything was bought"
out "Devices: all old"
power ""

begin "a session that says when it ends is such an offer"
booking() {
	cat >booking.yaml <<YAML
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec: {clusters: [{name: a}], networkApis: [{name: operator-x, adapter: camara-network-slice-booking-0.1.0, baseUrl: "http://127.0.0.1:9/"}]}
---
apiVersion: hkctl.dev/v1alpha1
kind: NetworkConfiguration
metadata: {name: night}
spec:
  sessions: [{name: night, api: operator-x, values: {start: "$(in_seconds -9)", end: "$1", latitude: "52.5", longitude: "13.4", radius: "100", devices: "3"}}]
YAML
}
hkctl api lint camara-network-slice-booking-0.1.0 >/dev/null
end=$(in_seconds 10)
booking "$end"
run hkctl net plan -f booking.yaml --save session.yaml
out "then session night with operator-x ends"
await_end
must_fail 8 hkctl net apply session.yaml
err "session night with operator-x ended at $end"
[ ! -e session.yaml.journal ] || fail "there is a journal"

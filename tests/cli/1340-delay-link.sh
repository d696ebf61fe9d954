#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# From a measured delay to a network that has it no more: real frames over links with a delay, a plan that flips when the measured latency breaks its limit, an apply that mends it and
# measures it before it keeps it, a rollback that puts it back.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/net/cli_farm.sh"
start_farm cli_farm.py delayed

cat >pipeline.yaml <<'END'
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: cameras}
spec:
  inputs: [{name: camera, cluster: edge, rate: 100/s, size: 20kB}]
  workloads:
  - {name: detect, requests: {cpu: "1"}, capacity: 20/s, manifest: {file: app.yaml, kind: Deployment, name: detect}}
  connections:
  - {from: camera, to: detect, latency: {limit: 20ms}}
END
cp "$ROOT/examples/adjustable-link/app.yaml" .
{
	cat <<'END'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: delayed}
spec:
  clusters:
  - {name: cloud, tier: cloud, prices: {cpu: 0.02/h}}
  - {name: edge, tier: edge, prices: {cpu: 0.05/h}, nodes: [{name: edge-1, allocatable: {cpu: "2", memory: 8Gi}}]}
  links:
  - from: edge
    to: cloud
    latency: 10ms
    bandwidth: 40Mbps
    controller: delayed
    adjustable:
      latency: {min: 5ms, price: 0.01/ms/h}
END
	sed -n '/^  controllers:/,$p' farm/topology.yaml
} >topology.yaml

# measure: the latency of the link now, one way, as a Metrics document
measure() {
	latency=$(ask rtt delayed | awk '{ printf "%.3f", $1 / 2 }')
	cat >metrics.yaml <<-END
		apiVersion: hkctl.dev/v1alpha1
		kind: Metrics
		metadata: {name: measured}
		spec:
		  observedAt: "2026-01-31T12:00:00Z"
		  links:
		  - {from: edge, to: cloud, latency: ${latency}ms}
	END
}
plan_it() {
	measure
	run hkctl plan -q -f topology.yaml -f pipeline.yaml -f metrics.yaml -o plan.yaml
	run hkctl net plan plan.yaml -f topology.yaml -f pipeline.yaml -f metrics.yaml --save network.yaml
}

# under LIMIT: what one finds on the way, behind hkctl's back
under() { ask rtt delayed | awk -v limit="$1" '{ exit !($1 < limit) }'; }

begin "as long as the way is short, nothing is bought"
under 40 || skip "this machine is too busy to measure: $(ask rtt delayed) ms without a delay"
plan_it
out "0 changes on 0 controllers"
shows "10.7.7.7 via 10.7.1.2 " delayed ip route

begin "it becomes longer than its limit: the plan flips"
ask delay delayed first 60 >/dev/null
plan_it
out "route/10.7.7.7/32/via"
out "10.7.2.2"
grep -Eq 'edge -> cloud: latency (3[0-9]|[4-9][0-9])' .out || fail "another latency than was measured"
out "3 changes on 1 controller"

begin "what was changed is measured, and goes back when it does not do what it is for"
cat >measured <<'END'
#!/bin/sh
echo rtt delayed >.to && read -r rtt <.from && echo "$rtt" >>rtts
awk -v rtt="$rtt" 'BEGIN { exit !(rtt / 2 <= 20) }'
END
chmod +x measured
ask delay delayed second 60 >/dev/null
must_fail 7 hkctl net apply network.yaml --measure ./measured
err "'./measured' says no"
out "Devices: all old"
shows "10.7.7.7 via 10.7.1.2 " delayed ip route
shows "rate 2Mbit" delayed tc class show dev second

begin "apply mends it"
ask delay delayed second 0 >/dev/null
under 60 && fail "it is not slow"
run hkctl net apply network.yaml --measure ./measured
out "Devices: all new"
under 40 || fail "it is slow still: $(ask rtt delayed) ms"
shows "rate 40Mbit" delayed tc class show dev second
[ "$(wc -l <rtts)" -ge 2 ] || fail "it was not measured"

begin "and a rollback puts it back"
run hkctl net rollback network.yaml.journal -f topology.yaml
out "Devices: all old"
under 60 && fail "it is not slow"
shows "rate 2Mbit" delayed tc class show dev second

begin "nothing to choose that is good enough"
sed -i 's/gives: 5ms/gives: 25ms/' topology.yaml
must_fail 3 hkctl net plan plan.yaml -f topology.yaml -f pipeline.yaml
err "nothing under 'choose' gives "

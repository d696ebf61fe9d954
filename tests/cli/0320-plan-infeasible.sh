#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"
cp "$ROOT"/examples/hybridkube/*.yaml .

begin "a limit that no placement can hold: exit 4, the lines to blame, no file"
sed 's|from: workload-4, to: output, size: 1kB|from: workload-4, to: output, size: 1kB, latency: {limit: 1ms}|; s|name: workload-4, cap|name: workload-4, placement: {require: {matchLabels: {tier: edge}}}, cap|' pipeline.yaml >tight.yaml
must_fail 4 hkctl plan -f topology.yaml -f tight.yaml -o plan.yaml
[ ! -e plan.yaml ] || fail "a plan was written"
err "tight.yaml:"
err "HK0450"
must_fail 4 hkctl explain -f topology.yaml -f tight.yaml
out "tight.yaml:"
out "1ms"

begin "too little room"
sed 's|, allocatable: {cpu: "4"|, allocatable: {cpu: "1"|; s|, allocatable: {cpu: "3"|, allocatable: {cpu: "1"|' topology.yaml >small.yaml
must_fail 4 hkctl plan -f small.yaml -f pipeline.yaml -o plan.yaml
err "small.yaml:"

begin "explain as JSON is a document"
need python3
must_fail 4 hkctl explain -o json -f topology.yaml -f tight.yaml
python3 -c 'import json,sys; json.load(open(sys.argv[1]))' "$TRASH/.out"

begin "documents with a plan"
run hkctl explain -f topology.yaml -f pipeline.yaml
out "A plan exists"

begin "the target that is suggested is one that can be reached"
cat >target.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec:
  clusters:
  - {name: a, availability: 97%, nodeAvailability: 99%, nodes: [{name: n, count: 4, allocatable: {cpu: 2}}]}
---
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: p}
spec:
  inputs: [{name: i, cluster: a, rate: 20/s}]
  workloads: [{name: w, capacity: 10/s, requests: {cpu: 1}, availability: 99.9%}]
  connections: [{from: i, to: w}]
YAML
must_fail 4 hkctl explain -f target.yaml
out "help: lower the target to 96.99%"
sed 's/availability: 99.9%/availability: 96.99%/' target.yaml >reached.yaml
run hkctl plan -f reached.yaml -o reached-plan.yaml
sed 's/nodeAvailability: 99%/nodeAvailability: 100%/' target.yaml >round.yaml
must_fail 4 hkctl explain -f round.yaml
out "help: lower the target to 97%"

begin "a measured value is blamed where it was measured"
sed 's/, availability: 99.9%//' target.yaml >measured.yaml
cat >>measured.yaml <<'YAML'
---
apiVersion: hkctl.dev/v1alpha1
kind: Metrics
metadata: {name: m}
spec: {inputs: [{pipeline: p, input: i, rate: 90/s}]}
YAML
must_fail 4 hkctl plan -f measured.yaml -o measured-plan.yaml
err "measured.yaml:19:47: error: input 'i' sends 90/s"
err "help: lower the rate to 80/s"

begin "a change that is proposed does, and hardly less does not"
sed 's|from: workload-4, to: output, size: 1kB|from: workload-4, to: output, size: 1kB, latency: {limit: 1ms}|; s|name: workload-4, cap|name: workload-4, placement: {require: {matchLabels: {tier: edge}}}, cap|' pipeline.yaml >tight.yaml
must_fail 4 hkctl explain -f topology.yaml -f tight.yaml
out "help: allow tier cloud"
limit=$(sed -n 's/.*help: raise the limit to \([0-9.]*\)ms.*/\1/p' .out)
[ -n "$limit" ] || fail "no limit is proposed"
sed "s|limit: 1ms|limit: ${limit}ms|" tight.yaml >raised.yaml
run hkctl plan -f topology.yaml -f raised.yaml -o raised-plan.yaml
sed "s|limit: 1ms|limit: $(awk "BEGIN { print $limit * 0.999 }")ms|" tight.yaml >short.yaml
must_fail 4 hkctl plan -f topology.yaml -f short.yaml -o short-plan.yaml
sed 's|matchLabels: {tier: edge}|matchExpressions: [{key: tier, operator: In, values: [edge, cloud]}]|' tight.yaml >allowed.yaml
run hkctl plan -f topology.yaml -f allowed.yaml -o allowed-plan.yaml

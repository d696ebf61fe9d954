#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"

cat >topology.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec:
  clusters:
  - {name: edge, tier: edge, prices: {cpu: 0.1/h}, nodes: [{name: node, count: 2, allocatable: {cpu: 8}}]}
  - {name: cloud, tier: cloud, prices: {cpu: 0.05/h}}
  links: [{from: edge, to: cloud, latency: 10ms, bandwidth: 1Gbps}]
YAML
pipeline() { # NAME PRIORITY CPU
	cat <<YAML
---
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: $1}
spec:
  priority: $2
  inputs: [{name: i, cluster: edge, rate: 10/s, size: 1kB}]
  workloads: [{name: w, capacity: 100/s, requests: {cpu: $3}, placement: {require: {matchLabels: {tier: edge}}}}]
  connections: [{from: i, to: w}]
YAML
}
{ pipeline low -1 4; pipeline mid 0 6; pipeline high 10 7; } >pipelines.yaml

begin "not all fit: no plan, and how to get a part"
must_fail 4 hkctl plan -f topology.yaml -f pipelines.yaml -o plan.yaml
err "HK0450"
err "workload 'w' of pipeline 'high'"
err "--partial"
[ ! -e plan.yaml ] || fail "a plan was written"

begin "the part of highest priority"
must_fail 9 hkctl plan --partial -f topology.yaml -f pipelines.yaml -o plan.yaml
err "left out: pipeline low (priority -1): cpu of edge is full: of 16, high, mid need 13 and this pipeline 4"
grep -q "name: mid" plan.yaml || fail "mid has a place"
grep -q "name: low" plan.yaml && fail "low has none"
run hkctl show plan.yaml
out "Left out"
out "pipeline low (priority -1)"
run hkctl show plan.yaml -o json
out '"leftOut": ['
must_fail 9 hkctl plan --partial -f pipelines.yaml -f topology.yaml -o again.yaml
same plan.yaml again.yaml

begin "a smaller one of lower priority may still fit"
{ pipeline low -1 1; pipeline mid 0 10; pipeline high 10 7; } >other.yaml
must_fail 3 hkctl plan -f topology.yaml -f other.yaml
must_fail 9 hkctl plan --partial -f topology.yaml -f other.yaml -o plan.yaml
err "left out: pipeline mid (priority 0): it has no plan even alone"
grep -q "name: low" plan.yaml || fail "low fits"

begin "whoever cannot run at all does not stop the others"
sed 's/tier: edge}}}}]/tier: moon}}}}]/; /^metadata: {name: mid}/,$d' pipelines.yaml | sed '$d' | sed '$d' | sed '$d' >gone.yaml
{ cat gone.yaml; pipeline high 10 7; } >both.yaml
must_fail 3 hkctl plan -f topology.yaml -f both.yaml
must_fail 9 hkctl plan --partial -f topology.yaml -f both.yaml -o plan.yaml
err "left out: pipeline low"
err "HK0408"

begin "nobody left out: as without"
pipeline high 10 7 >one.yaml
run hkctl plan --partial -f topology.yaml -f one.yaml -o plan.yaml
run hkctl plan -f topology.yaml -f one.yaml -o whole.yaml
same whole.yaml plan.yaml

begin "nobody stays"
must_fail 4 hkctl plan --partial -f topology.yaml -f gone.yaml -o none.yaml
[ ! -e none.yaml ] || fail "an empty plan was written"

begin "a priority is a whole number"
{ pipeline low 1.5 1; } >bad.yaml
must_fail 3 hkctl validate topology.yaml bad.yaml
out "HK0103"

begin "a partial plan renders: what was left out has no manifest"
app() { # NAME CPU
	cat <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1}
spec:
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}}
    spec: {containers: [{name: c, image: registry.example/c:1, resources: {requests: {cpu: "$2"}}}]}
YAML
}
mkdir -p part
cp topology.yaml part/
for one in "low -1 4" "mid 0 6" "high 10 7"; do
	set -- $one
	app "$1" "$3" >"part/$1-app.yaml"
	pipeline "$1" "$2" "$3" | sed 1d | sed "s/tier: edge}}}}\]/tier: edge}}}, manifest: {file: $1-app.yaml, kind: Deployment, name: $1}}]/" >"part/$1.yaml"
done
must_fail 9 hkctl plan --partial -f part/topology.yaml -f part/low.yaml -f part/mid.yaml -f part/high.yaml -o part/plan.yaml
run hkctl render part/plan.yaml -d part/out
[ -f part/out/clusters/edge/default/deployment-high.yaml ] || fail "high is rendered"
[ -f part/out/clusters/edge/default/deployment-mid.yaml ] || fail "mid is rendered"
find part/out -name '*low*' | grep . && fail "low was left out"
run hkctl render part/plan.yaml -d part/out --check

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"

world() {      # $1: more of the link
	cat <<YAML
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec:
  clusters:
  - {name: cloud, tier: cloud, prices: {cpu: 0.02/h}}
  - {name: edge, tier: edge, prices: {cpu: 0.05/h}, nodes: [{name: e, allocatable: {cpu: "2", memory: 8Gi}}]}
  controllers: [{name: wan}]
  links:
  - {from: edge, to: cloud, latency: 10ms, bandwidth: 10Mbps$1}
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
}

begin "without an offer there is no plan"
world '' >plain.yaml
must_fail 4 hkctl plan -f plain.yaml
err "HK0450"

begin "bandwidth and latency are bought where the traffic and a limit need them"
world ', controller: wan, adjustable: {bandwidth: {max: 40Mbps, step: 5Mbps, price: 0.001/Mbps/h}, latency: {min: 6ms, price: 0.01/ms/h}}' >world.yaml
run hkctl plan -f world.yaml -o plan.yaml
err "verified"
run hkctl show plan.yaml --all
out "link edge -> cloud: bandwidth 10Mbps -> 20Mbps, latency 10ms -> 6ms, 0.05 /h, by controller wan"
out "takes 6ms instead of 10ms, limit 8ms"
out "network 0.05"
run hkctl graph plan.yaml
out "network changes"
need python3
hkctl show plan.yaml -o json >show.json
python3 - <<'PY'
import json
d = json.load(open("show.json"))
(c,) = d["networkChanges"]
assert c["bandwidth"] == {"from": 10000000, "to": 20000000} and c["latency"] == {"from": 0.01, "to": 0.006}, c
assert abs(d["summary"]["costs"]["network"] - 0.05) < 1e-9, d["summary"]
assert len(c["why"]) == 2, c
PY

begin "the plan is valid, reads back, and planning again changes nothing"
run hkctl validate plan.yaml
run hkctl plan -f world.yaml --previous plan.yaml -o again.yaml
run hkctl show again.yaml
out "bandwidth 10Mbps -> 20Mbps"

begin "an offer that is none is a warning"
world ', controller: wan, adjustable: {bandwidth: {max: 12Mbps, step: 5Mbps}}' >none.yaml
run hkctl validate none.yaml
out "HK0414"

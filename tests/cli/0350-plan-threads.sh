#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"

cat >world.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec:
  clusters:
  - {name: edge, tier: edge, prices: {cpu: 0.05/h}, nodes: [{name: node, count: 6, allocatable: {cpu: 8}}]}
  - {name: metro, tier: metro, prices: {cpu: 0.08/h}, nodes: [{name: node, count: 6, allocatable: {cpu: 8}}]}
  - {name: cloud, tier: cloud, prices: {cpu: 0.2/h}}
  links:
  - {from: edge, to: metro, latency: 3ms, bandwidth: 1Gbps}
  - {from: metro, to: cloud, latency: 10ms, bandwidth: 1Gbps}
YAML
for i in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
	cat >>world.yaml <<YAML
---
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: p$i}
spec:
  inputs: [{name: i, cluster: edge, rate: 1$i/s, size: 2kB}]
  workloads: [{name: a, capacity: 100/s, requests: {cpu: 1}}, {name: b, capacity: 150/s, requests: {cpu: 1.$i}}]
  connections: [{from: i, to: a}, {from: a, to: b, size: 3kB}]
YAML
done

begin "the same plan for any number of threads"
run hkctl plan --gap 0.01 --threads 1 -f world.yaml -o one.yaml
run hkctl plan --gap 0.01 --threads 2 -f world.yaml -o two.yaml
run hkctl plan --gap 0.01 -f world.yaml -o none.yaml
same one.yaml two.yaml
same one.yaml none.yaml

begin "numbers of threads that make no sense are refused"
must_fail 2 hkctl plan --threads 0 -f world.yaml
must_fail 2 hkctl plan --threads many -f world.yaml

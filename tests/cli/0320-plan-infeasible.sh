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

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"
need python3
cp "$ROOT"/examples/hybridkube/*.yaml .
run hkctl plan -f topology.yaml -f pipeline.yaml -o plan.yaml

begin "a plan"
run hkctl explain plan.yaml
out "workload-4"
run hkctl explain plan.yaml workload-1
out "workload-1"
grep -q workload-4 .out && fail "not only the workload asked for"
must_fail 2 hkctl explain plan.yaml workload-9
run hkctl explain -o json plan.yaml
python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert len(d)==4 and all(w["reasons"] for w in d), d' "$TRASH/.out"

begin "a rule"
run hkctl explain HK0005
out "duplicate-key"
run hkctl explain duplicate-key
out "HK0005"
run hkctl explain rules
out "HK0001"
run hkctl explain -o json rules
python3 -c 'import json,sys; assert len(json.load(open(sys.argv[1])))>20' "$TRASH/.out"

begin "a field"
run hkctl explain Pipeline.spec.workloads
out "capacity"
run hkctl explain Topology
out "spec"
run hkctl explain -o json Pipeline.spec.workloads.replicas
python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert [f["name"] for f in d["fields"]]==["min","max"], d' "$TRASH/.out"
must_fail 2 hkctl explain Pipeline.spec.nonsense
must_fail 2 hkctl explain Pipeline.spec.worklods.name
err "'Pipeline.spec' has no field 'worklods'; did you mean 'workloads'?"

begin "usage"
must_fail 2 hkctl explain
must_fail 2 hkctl explain -f topology.yaml HK0001
must_fail 3 hkctl explain missing.yaml

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"

begin "the examples are valid"
for example in "$ROOT"/examples/*/ "$ROOT"/pipelines/*/; do
	[ -f "$example/topology.yaml" ] || continue      # a walk-through with files of other kinds
	run hkctl validate "$example"
	out "valid"
done

begin "nothing at all is an error"
mkdir empty
must_fail 3 hkctl validate empty
out "HK0010"
: >nothing.yaml
must_fail 3 hkctl validate nothing.yaml
must_fail 3 hkctl validate missing.yaml

cp "$ROOT"/examples/hybridkube/*.yaml .

begin "an unknown key: where, what, and the nearest"
sed 's/capacity: 40/capcity: 40/' pipeline.yaml >broken.yaml
must_fail 3 hkctl validate topology.yaml broken.yaml
out "broken.yaml:"
out "capcity"
out "capacity"
out "^"
cp .out text

begin "every format says the same"
need python3
must_fail 3 hkctl validate -o json topology.yaml broken.yaml
python3 - "$TRASH/.out" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
assert d["formatVersion"] == "1.0", d
PY
must_fail 3 hkctl validate -o sarif topology.yaml broken.yaml
python3 - "$TRASH/.out" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
assert d["version"] == "2.1.0" and d["runs"][0]["results"], d
r = d["runs"][0]["results"][0]
assert r["ruleId"].startswith("HK") and r["locations"][0]["physicalLocation"]["region"]["startLine"] > 0, r
PY
must_fail 3 hkctl validate -o junit topology.yaml broken.yaml
python3 -c 'import sys,xml.dom.minidom as m; m.parse(sys.argv[1])' "$TRASH/.out"
must_fail 3 hkctl validate -o github topology.yaml broken.yaml
out "::error file=broken.yaml,line="

begin "a good input is a whole document in every format, too"
rm broken.yaml
run hkctl validate -o json .
python3 -c 'import json,sys; json.load(open(sys.argv[1]))' "$TRASH/.out"

begin "references"
sed 's/name: workload-4, cap/name: workload-5, cap/' pipeline.yaml >broken.yaml
must_fail 3 hkctl validate topology.yaml broken.yaml
out "workload-4"

begin "units"
sed 's|rate: 100/s|rate: 100|' pipeline.yaml >broken.yaml
must_fail 3 hkctl validate topology.yaml broken.yaml
out "100/s"

begin "cycles"
sed 's|from: workload-3, to: workload-4|from: workload-4, to: workload-1|' pipeline.yaml >broken.yaml
must_fail 3 hkctl validate topology.yaml broken.yaml
out "cycle"

begin "a manifest that is not there"
sed 's|name: workload-4}}|name: workload-9}}|' pipeline.yaml >broken.yaml
must_fail 3 hkctl validate topology.yaml broken.yaml
out "workload-9"
sed 's|file: app.yaml|file: gone.yaml|' pipeline.yaml >broken.yaml
must_fail 3 hkctl validate topology.yaml broken.yaml
out "gone.yaml"

begin "a rule can be left out, an unknown one cannot"
rule=$(sed -n 's/.*\[\(HK[0-9]*\)\].*/\1/p' text | head -n 1)
sed 's/capacity: 40/capcity: 40/' pipeline.yaml >broken.yaml
hkctl validate --disable "$rule" topology.yaml broken.yaml >disabled 2>&1 || true
grep -q "$rule" disabled && fail "$rule was disabled but is there"
must_fail 2 hkctl validate --disable HK9999 .

begin "quiet: errors only"
sed '/input-1, to: workload-1/d' pipeline.yaml >loose.yaml
run hkctl validate topology.yaml loose.yaml
out "warning"
run hkctl validate -q topology.yaml loose.yaml
no_out
must_fail 3 hkctl validate -q --strict topology.yaml loose.yaml
out "warning"
rm loose.yaml

begin "standard input"
run hkctl validate - <topology.yaml
must_fail 3 hkctl validate - <broken.yaml
out "<stdin>:"

begin "a key that Kubernetes would read as another is told, requests said in the pipeline are requests"
mkdir -p strange
cat >strange/docs.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec: {clusters: [{name: a}]}
---
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: p}
spec:
  inputs: [{name: i, cluster: a, rate: 1/s}]
  workloads: [{name: web, requests: {cpu: 1}, manifest: {file: app.yaml}}]
  connections: [{from: i, to: web}]
YAML
cat >strange/app.yaml <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: &one 1
  minReadySeconds: *one
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {on: "x"}}
    spec:
      affinity: &shared {nodeAffinity: {}}
      runtimeClassName: null
      x-again: *shared
      containers: [{name: web, image: "x:1"}]
YAML
run hkctl validate strange
out "app.yaml:9:50: warning: 'on' is a string for YAML 1.2 but a boolean for YAML 1.1 readers [HK0009]"
! grep -q HK0606 "$TRASH/.out" || fail "the pipeline states requests"

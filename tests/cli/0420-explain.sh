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

begin "why not there: a limit, with its line"
run hkctl explain plan.yaml workload-1 --why-not cloud
out "workload-1 cannot run in cloud:"
out "pipeline.yaml:"
out "must have a latency of at most 5ms"
out "help: raise the limit to 20.5ms"

begin "what leaving would cost, by whole plans"
run hkctl explain plan.yaml workload-4 --why-not cloud
out "workload-4 has 1 replica in cloud. Without cloud the best plan costs"
out ": 3 in edge"
run hkctl explain plan.yaml workload-1 --why-not edge
out "There is no plan without it."
run hkctl explain plan.yaml workload-4 --alternatives -o json
python3 - "$TRASH/.out" <<'PY'
import json, subprocess, sys, os
answers = {a["cluster"]: a for a in json.load(open(sys.argv[1]))}
assert set(answers) == {"cloud", "edge"} and all(a["exact"] and a["differencePerHour"] > 0 for a in answers.values()), answers
# the same by planning with the cluster forbidden
text = open("pipeline.yaml").read()
for cluster in answers:
    other = text.replace("name: workload-4, cap", "name: workload-4, placement: {require: {matchExpressions: [{key: name, operator: NotIn, values: [%s]}]}}, cap" % cluster)
    assert other != text
    open("other.yaml", "w").write(other)
    subprocess.run([os.environ["HKCTL"], "plan", "-q", "-f", "topology.yaml", "-f", "other.yaml", "-o", "other-plan.yaml"], check=True)
    shown = json.loads(subprocess.run([os.environ["HKCTL"], "show", "-o", "json", "other-plan.yaml"], check=True, capture_output=True).stdout)
    assert abs(shown["summary"]["objective"] - answers[cluster]["costPerHour"]) < 1e-6, (cluster, shown["summary"], answers[cluster])
PY

begin "what is full, and one more core solved again"
run hkctl explain plan.yaml --full
out "edge cpu"
run hkctl explain plan.yaml --full -o json
python3 - "$TRASH/.out" <<'PY'
import json, subprocess, sys, os
full = json.load(open(sys.argv[1]))
assert [(f["cluster"], f["resource"]) for f in full] == [("edge", "cpu")], full
assert full[0]["exact"] and full[0]["pricePerHour"] > 0
# the same by planning with a core more
text = open("topology.yaml").read()
more = text.replace('allocatable: {cpu: "3"', 'allocatable: {cpu: "4"') if 'cpu: "3"' in text else None
assert more and more != text
open("more.yaml", "w").write(more)
objective = []
for topology in ("topology.yaml", "more.yaml"):
    subprocess.run([os.environ["HKCTL"], "plan", "-q", "-f", topology, "-f", "pipeline.yaml", "-o", "other-plan.yaml"], check=True)
    shown = json.loads(subprocess.run([os.environ["HKCTL"], "show", "-o", "json", "other-plan.yaml"], check=True, capture_output=True).stdout)
    objective.append(shown["summary"]["objective"])
assert full[0]["savingPerHour"] >= objective[0] - objective[1] - 1e-6, (full, objective)
PY

begin "questions that are none"
must_fail 2 hkctl explain Pipelin.spec
err "'Pipelin.spec' is neither a file, nor a kind of document, nor a rule; did you mean 'Pipeline.spec'?"
must_fail 2 hkctl explain HK9999
err "'hkctl explain rules' lists the rules"
must_fail 3 hkctl explain no-plan.yaml
err "cannot open 'no-plan.yaml'"
must_fail 2 hkctl explain plan.yaml --why-not cloud
must_fail 2 hkctl explain plan.yaml workload-1 --why-not moon
must_fail 2 hkctl explain plan.yaml workload-9 --alternatives
must_fail 2 hkctl explain plan.yaml workload-1 --full
must_fail 2 hkctl explain plan.yaml workload-1 --why-not cloud --alternatives

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"
cp "$ROOT"/examples/hybridkube/*.yaml .

begin "the worked example: counts and the 80/20 row follow from rates and capacities"
run hkctl plan -f topology.yaml -f pipeline.yaml -o plan.yaml
no_out
err "verified"
[ -s plan.yaml.run ] || fail "no facts of the run"
need python3
hkctl show plan.yaml -o json >show.json
python3 - <<'PY'
import json
d = json.load(open("show.json"))
p = d["pipelines"][0]
counts = {w["name"]: w["replicas"] for w in p["workloads"]}
assert counts == {"workload-1": 2, "workload-2": 3, "workload-3": 2, "workload-4": 3}, counts
row = [r for c in p["connections"] if c["from"] == "workload-3" and c["to"] == "workload-4" for r in c["routes"]]
assert len(row) == 1 and row[0]["from"] == "edge", row
weights = {t["cluster"]: t["weight"] for t in row[0]["to"]}
assert weights == {"edge": 80, "cloud": 20}, weights
s = d["summary"]
assert s["proved"] and s["gap"] <= 1e-6 and s["cpuSeconds"] > 0 and s["peakMemoryBytes"] > 0, s
PY

begin "same input, same bytes: again, in another order, from a copy elsewhere"
run hkctl plan -f pipeline.yaml -f topology.yaml -o again.yaml
same plan.yaml again.yaml

begin "to standard output, and only shown"
run hkctl plan -f topology.yaml -f pipeline.yaml -o -
same plan.yaml .out
run hkctl plan -f topology.yaml -f pipeline.yaml
out "workload-4"
err "not saved"

begin "into a pipe: the plan, and no file beside it"
mkfifo pipe
cat pipe >from-pipe &
run hkctl plan -f topology.yaml -f pipeline.yaml -o pipe
wait
same plan.yaml from-pipe
[ -p pipe ] && [ ! -e pipe.run ] || fail "the pipe was replaced, or a file left beside it"

begin "planning again from the plan moves nothing"
run hkctl plan -f topology.yaml -f pipeline.yaml --previous plan.yaml -o next.yaml
hkctl show next.yaml -o json | python3 -c 'import json,sys; d=json.load(sys.stdin); assert d["moves"]==[], d["moves"]; assert d["previous"]'

begin "a plan before of another application is told"
sed 's/^  name: worked-example/  name: other-example/' pipeline.yaml >other.yaml
run hkctl plan -f topology.yaml -f other.yaml --previous plan.yaml
err "none of the pipelines of 'plan.yaml' is among the documents"
run hkctl plan -f topology.yaml -f pipeline.yaml --previous plan.yaml
! grep -q "none of the pipelines" .err || fail "the same application is told to be another"

begin "the plan is valid against its schema and by validate"
run hkctl validate plan.yaml

begin "usage"
must_fail 2 hkctl plan
must_fail 3 hkctl plan -f topology.yaml
err "Pipeline"
must_fail 3 hkctl plan -f missing.yaml -o x.yaml
[ ! -e x.yaml ] || fail "a plan was written"
must_fail 3 hkctl plan -f topology.yaml -f pipeline.yaml --previous topology.yaml -o x.yaml
[ ! -e x.yaml ] || fail "a plan was written"

begin "a directory that cannot be written is an error, and nothing is half there"
must_fail 1 hkctl plan -f topology.yaml -f pipeline.yaml -o no/such/dir/plan.yaml

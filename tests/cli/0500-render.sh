#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"
need python3
cp "$ROOT"/examples/hybridkube/*.yaml .
run hkctl plan -f topology.yaml -f pipeline.yaml -o plan.yaml

begin "a tree per cluster with the plan's counts, and comments kept"
run hkctl render plan.yaml -d out
[ -f out/clusters/edge/_cluster/deployment-workload-4.yaml ] || [ -f out/clusters/edge/default/deployment-workload-4.yaml ] || { find out -type f; fail "no deployment of workload-4 at the edge"; }
file=$(find out/clusters/edge -name deployment-workload-4.yaml)
grep -q 'replicas: 2   # hkctl render sets the count of each cluster' "$file" || { cat "$file"; fail "count or comment wrong"; }
[ -z "$(find out/clusters/cloud -name 'deployment-workload-1.yaml')" ] || fail "workload-1 has no replica in the cloud"

begin "a workload without a manifest is no error"
sed 's/manifest: {[^}]*}/requests: {cpu: 1}/' pipeline.yaml >bare.yaml
run hkctl plan -f topology.yaml -f bare.yaml -o bare-plan.yaml
run hkctl render bare-plan.yaml -d bare -v
err "workload 'workload-4' names no manifest, so nothing is rendered for it [HK0922]"
[ -z "$(find bare -name "deployment-*")" ] || fail "a manifest was made up"

begin "the sum over clusters is the plan's; required affinity names the cluster"
hkctl show -o json plan.yaml >show.json
python3 - <<'PY'
import glob, json, yaml
want = {(w["name"], p["cluster"]): p["replicas"] for w in json.load(open("show.json"))["pipelines"][0]["workloads"] for p in w["placements"]}
got = {}
for f in glob.glob("out/clusters/*/*/*.yaml"):
    for d in yaml.safe_load_all(open(f)):
        if d["kind"] != "Deployment":
            continue
        cluster = f.split("/")[2]
        name = d["metadata"]["labels"]["app"]
        got[name, cluster] = got.get((name, cluster), 0) + d["spec"]["replicas"]
        terms = d["spec"]["template"]["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        assert terms and all(any(e["key"] == "example.org/cluster" and e["values"] == [cluster] for e in t.get("matchExpressions", [])) for t in terms), (f, terms)
assert got == want, (got, want)
PY

begin "again: nothing changes; --check agrees"
find out -type f | LC_ALL=C sort | xargs sha256sum >before
run hkctl render plan.yaml -d out
find out -type f | LC_ALL=C sort | xargs sha256sum >after
same before after
run hkctl render plan.yaml -d out --check
no_out

begin "--check shows what differs, exits 6 and writes nothing"
echo "# touched" >>"$file"
must_fail 6 hkctl render plan.yaml -d out --check
out "-# touched"
grep -q touched "$file" || fail "--check wrote"
rm "$file"
must_fail 6 hkctl render plan.yaml -d out --check
[ ! -e "$file" ] || fail "--check wrote"
run hkctl render plan.yaml -d out

begin "routes: weights sum to 100 and follow the plan, for each source its own"
python3 - <<'PY'
import glob, yaml
split = {}
for f in glob.glob("out/clusters/edge/*/virtualservice-workload-4.yaml"):
    for d in yaml.safe_load_all(open(f)):
        for route in d["spec"]["http"]:
            assert sum(r["weight"] for r in route["route"]) == 100, route
            source = route["match"][0]["sourceLabels"]["app"] if "match" in route else None
            split[source] = {r["destination"]["subset"]: r["weight"] for r in route["route"]}
assert split["workload-3"] == {"edge": 80, "cloud": 20}, split
assert split["workload-2"] == {"edge": 100}, split
PY
run hkctl render --mesh gateway plan.yaml -d gw
[ -n "$(find gw -name 'httproute-*.yaml')" ] || fail "no HTTPRoute"
run hkctl render --mesh none plan.yaml -d bare
[ -z "$(find bare -name 'destinationrule-*.yaml' -o -name 'httproute-*.yaml')" ] || fail "routes although none were asked for"

begin "changed manifests that still hold are rendered; documents that do not make the plan stale"
sed 's/workload-1:1.0/workload-1:1.1/' app.yaml >x && mv x app.yaml
run hkctl render plan.yaml -d out
err "changed since"
grep -rq 'workload-1:1.1' out || fail "the new image is not there"
sed 's/capacity: 50/capacity: 5/' pipeline.yaml >x && mv x pipeline.yaml
must_fail 8 hkctl render plan.yaml -d out
err "hkctl plan"

begin "calls to another cluster find the Service and the plan's weights; notes are for those who ask"
mkdir shop && cp "$ROOT"/examples/online-boutique/*.yaml shop
run hkctl plan -f shop -o shop.yaml
run hkctl render shop.yaml -d shops
err "-v shows"
! grep -q HK0907 "$TRASH/.err" || fail "a note nobody asked for"
[ -f shops/clusters/edge-a/default/service-paymentservice.yaml ] || fail "edge-a does not know the Service its workload calls"
[ ! -f shops/clusters/edge-a/default/deployment-paymentservice.yaml ] || fail "paymentservice must not run at the edge"
grep -q 'us-east/us-east-1a/\*: 100' shops/clusters/edge-a/default/destinationrule-paymentservice.yaml || fail "no rule leads to cloud-1"
run hkctl render -v shop.yaml -d shops
err "HK0907"

begin "usage"
must_fail 2 hkctl render plan.yaml
must_fail 3 hkctl render topology.yaml -d out
must_fail 3 hkctl render missing.yaml -d out

begin "a DaemonSet on nodes nobody can tell apart runs on all of them, and says so"
mkdir daemons
cat >daemons/all.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec:
  clusters:
  - {name: c, nodes: [{name: node, count: 3, allocatable: {cpu: "4"}}]}
---
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: p}
spec:
  inputs: [{name: i, cluster: c, rate: 1/s}]
  workloads: [{name: agent, capacity: 5/s, manifest: {file: agent.yaml, kind: DaemonSet, name: agent}}]
  connections: [{from: i, to: agent}]
YAML
cat >daemons/agent.yaml <<'YAML'
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: registry.example.org/agent:1, resources: {requests: {cpu: 100m}}}]}
YAML
run hkctl plan -f daemons -o daemons.plan
run hkctl render daemons.plan -d daemons-out
err "will run on 3 nodes"

begin "from another directory the plan's documents are not there, and what helps is said"
mkdir elsewhere
cd elsewhere
must_fail 3 hkctl render ../daemons.plan -d out
err "as seen from the directory in which it was made"
run hkctl render ../daemons.plan -f ../daemons -d out

begin "what two places share is not edited, and whose fault it is is told"
mkdir -p shared && cd shared
cat >docs.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec: {clusters: [{name: a, nodeSelector: {site: a}}]}
---
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: p}
spec:
  inputs: [{name: i, cluster: a, rate: 1/s}]
  workloads: [{name: web, requests: {cpu: 1}, manifest: {file: app.yaml}}]
  connections: [{from: i, to: web}]
YAML
cat >app.yaml <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      affinity: &shared {nodeAffinity: {}}
      again: *shared
      containers: [{name: web, image: "x:1"}]
YAML
run hkctl plan -q -f docs.yaml -o plan.yaml
must_fail 3 hkctl render plan.yaml -d out
err "line 9: the value is shared through an alias"
printf '%s\n' 'apiVersion: apps/v1' 'kind: Deployment' 'metadata: {name: web}' 'spec:' '  selector: {matchLabels: {app: web}}' '  template:' '    metadata: {labels: {app: web}}' \
	'    spec:' '      containers: [{name: web, image: "x:1"}]' '      broken:' | tr -d '\r' >app.yaml
printf '      for some' >>app.yaml
must_fail 3 hkctl render plan.yaml -d out
err "such as that of Kubernetes, cannot read the manifest at line 1"
[ ! -e out ] || fail "something was written"

begin "whose namespace: a file that pipelines of two namespaces share, with objects that name none"
mkdir shared && cd shared
for name in a b; do
	printf -- '---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s}\nspec: {selector: {}, template: {spec: {containers: [{name: c, resources: {requests: {cpu: 1}}}]}}}\n' $name
done >m.yaml
cat >docs.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec: {clusters: [{name: c}]}
---
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: one, namespace: x}
spec: {workloads: [{name: a, manifest: {file: m.yaml, kind: Deployment, name: a}}]}
---
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: two, namespace: y}
spec: {workloads: [{name: b, manifest: {file: m.yaml, kind: Deployment, name: b}}]}
YAML
run hkctl plan -q -f docs.yaml -o plan.yaml
run hkctl render plan.yaml -d out
err "m.yaml:4:18: warning: Deployment 'a' names no namespace and is taken for 'x' of pipeline 'one', but pipeline 'two' of namespace 'y' uses this file too [HK0925]"
sed -i 's/{name: a}/{name: a, namespace: x}/; s/{name: b}/{name: b, namespace: y}/' m.yaml
run hkctl render plan.yaml -d out2
! grep -q HK0925 "$TRASH/.err" || fail "all of them name one"
[ -e out2/clusters/c/y/deployment-b.yaml ] || fail "not in y"

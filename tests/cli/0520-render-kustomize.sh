#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Overlays instead of finished manifests: what kustomize builds from them must be what is written without -k.
. "$(dirname "$0")/../lib.sh"
need python3
judge="$ROOT/tests/cli/0520-render-kustomize.py"

compare() {
	run python3 "$judge" "$1" "$2"
	[ "$(cat "$TRASH/.out")" -ge "$3" ] || fail "only $(cat "$TRASH/.out") objects"
	if command -v kubectl >/dev/null 2>&1 && kubectl kustomize --help >/dev/null 2>&1; then
		run python3 "$judge" "$1" "$2" --kubectl
	else
		echo "# kustomize itself is not asked: no kubectl here"
	fi
}

begin "the same objects: an application in one file, with routes"
cp "$ROOT"/examples/online-boutique/*.yaml .
run hkctl plan -f . -o shop.plan
run hkctl render shop.plan -d full
run hkctl render shop.plan -d overlays --kustomize
compare full overlays 30
[ ! -e overlays/clusters/edge-a/default/deployment-frontend.yaml ] || fail "a finished manifest"

begin "again: nothing changes, nothing is strange"
run hkctl render -q shop.plan -d overlays -k --check
no_out
no_err

begin "shards, copies, slices, autoscalers, budgets, lists, several files and namespaces"
mkdir mixed && cd mixed
cat >docs.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec:
  clusters:
  - name: edge
    labels: {tier: edge}
    output: sites/west/edge
    nodeSelector: {example.org/cluster: edge}
    nodes:
    - {name: e1, allocatable: {cpu: 2200m, memory: 8Gi}, labels: {kubernetes.io/hostname: e1.example.org, example.org/cluster: edge}}
    - {name: e2, allocatable: {cpu: 600m, memory: 8Gi}, labels: {kubernetes.io/hostname: e2.example.org, example.org/cluster: edge}}
  - {name: cloud, labels: {tier: cloud}, nodes: [{name: c, count: 5, allocatable: {cpu: "8", memory: 32Gi}}]}
  links: [{from: edge, to: cloud, both: true, latency: 10ms, bandwidth: 1Gbit/s}]
---
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: p, namespace: shop}
spec:
  inputs: [{name: i, cluster: edge, rate: 50/s}]
  workloads:
  - {name: web, capacity: 10/s, placement: {require: {matchLabels: {tier: edge}}}, manifest: {file: web.yaml, kind: Deployment, name: web}}
  - {name: db, capacity: 20/s, replicas: {min: 3}, placement: {require: {matchLabels: {tier: cloud}}}, manifest: {file: db.yaml, kind: StatefulSet, name: db}}
  - {name: vm, capacity: 25/s, placement: {require: {matchLabels: {tier: cloud}}}, manifest: {file: db.yaml, kind: VirtualMachine, name: vm.one}}
  - {name: auto, capacity: 10/s, placement: {require: {matchLabels: {tier: cloud}}}, manifest: {file: list.json, kind: Deployment, name: auto}}
  connections: [{from: i, to: web}, {from: web, to: db}, {from: web, to: vm}, {from: db, to: auto}]
YAML
cat >web.yaml <<'YAML'
# Source: shop/templates/web.yaml
---
# Source: shop/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {"example.org/part~of": shop}}
spec:
  replicas: 1 # to be set
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      affinity: ~
      containers:
      - {name: web, image: "registry.example.org/web:1", resources: {requests: {cpu: 500m, memory: 128Mi}}, args: ["on", "0755", "1e3"]}
---
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 9, selector: {matchLabels: {app: web}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: common, namespace: other}
data: {a: "1"}
--- # nothing
YAML
cat >db.yaml <<'YAML'
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "registry.example.org/db:1", resources: {requests: {cpu: 100m}}}]}
---
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: vm.one}
spec:
  runStrategy: Always
  template:
    metadata: {labels: {app: vm}}
    spec: {domain: {devices: {}, resources: {requests: {memory: 64Mi, cpu: 100m}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: common}
data: {a: "2"}
YAML
cat >list.json <<'JSON'
{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "auto"}, "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "auto"}},
   "template": {"metadata": {"labels": {"app": "auto"}}, "spec": {"containers": [{"name": "a", "image": "registry.example.org/a:1", "resources": {"requests": {"cpu": "100m"}}}]}}}},
  {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "auto"},
   "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "auto"}, "minReplicas": 2, "maxReplicas": 9}}]}
JSON
run hkctl plan -f . -o mixed.plan
run hkctl render -v mixed.plan -d ../mixed-full
run hkctl render mixed.plan -d ../mixed-overlays -k
cd ..
grep -q 'minAvailable: 4' mixed-full/sites/west/edge/shop/poddisruptionbudget-web.yaml || fail "the budget is not what fits"
[ "$(find mixed-full -name 'deployment-web-????????.yaml' | wc -l)" = 2 ] || { find mixed-full; fail "no shards"; }
mkdir -p mixed-full/clusters mixed-overlays/clusters
mv mixed-full/sites/west/edge mixed-full/clusters/
sed 's,\.\./\.\./\.\./base,../../base,' mixed-overlays/sites/west/edge/kustomization.yaml >x
grep -q '^- ../../../base/web$' mixed-overlays/sites/west/edge/kustomization.yaml || { cat mixed-overlays/sites/west/edge/kustomization.yaml; fail "the way up"; }
mv x mixed-overlays/sites/west/edge/kustomization.yaml
mv mixed-overlays/sites/west/edge mixed-overlays/clusters/
compare mixed-full mixed-overlays 10

begin "a cluster must not be written where the bases are"
mkdir bad && cp mixed/*.yaml mixed/*.json bad && cd bad && rm mixed.plan 2>/dev/null || :
sed 's,sites/west/edge,base/edge,' ../mixed/docs.yaml >docs.yaml
run hkctl plan -f . -o bad.plan
must_fail 3 hkctl render bad.plan -d out -k
err "give it another output"
run hkctl render bad.plan -d out

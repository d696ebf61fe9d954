#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What is not rendered any more is listed for deletion, in an order that keeps the application up.
. "$(dirname "$0")/../lib.sh"
need python3
cat >docs.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec:
  clusters:
  - name: edge
    labels: {tier: edge}
    nodes:
    - {name: e1, allocatable: {cpu: CPU1, memory: 8Gi}, labels: {kubernetes.io/hostname: e1}}
    - {name: e2, allocatable: {cpu: CPU2, memory: 8Gi}, labels: {kubernetes.io/hostname: e2}}
  - {name: cloud, labels: {tier: cloud}, nodes: [{name: c, count: 5, allocatable: {cpu: "8", memory: 32Gi}}]}
  links: [{from: edge, to: cloud, both: true, latency: 10ms, bandwidth: 1Gbit/s}]
---
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: p, namespace: shop}
spec:
  inputs: [{name: i, cluster: edge, rate: 50/s}]
  workloads:
  - {name: web, capacity: 10/s, placement: {require: {matchLabels: {tier: TIER}}}, manifest: {file: web.yaml, kind: Deployment, name: web}}
  - {name: batch, capacity: 50/s, manifest: {file: batch.yaml, kind: Job, name: batch}}
  connections: [{from: i, to: web}, {from: web, to: batch}]
YAML
cat >web.yaml <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example.org/web:1", resources: {requests: {cpu: 500m}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "shop:web"}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {maxUnavailable: 50%, selector: {matchLabels: {app: web}}}
YAML
cat >batch.yaml <<'YAML'
apiVersion: batch/v1
kind: Job
metadata: {name: batch}
spec: {template: {metadata: {labels: {app: batch}}, spec: {restartPolicy: Never, containers: [{name: b, image: "registry.example.org/b:1", resources: {requests: {cpu: 10m}}}]}}}
YAML
world() {   # file, cpu of the two nodes, tier of web
	sed "s/CPU1/$2/; s/CPU2/$3/; s/TIER/$4/" docs.yaml >"$1"
}
mkdir in && mv batch.yaml web.yaml in
world in/docs.yaml 4 400m edge
run hkctl plan -f in -o a.plan

begin "the first rendering deletes nothing"
run hkctl render a.plan -d out --deletions first.json
no_out
python3 -c 'import json; d = json.load(open("first.json")); assert d["deletions"] == [] and d["recreate"] == []'
[ -e out/clusters/edge/shop/deployment-web.yaml ]

begin "shards instead of one Deployment: it goes when they are ready; a Job whose pods change is created anew"
world in/docs.yaml 2200m 600m edge
run hkctl plan -f in -o b.plan
must_fail 6 hkctl render b.plan -d out --check -o json
python3 - "$TRASH/.out" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
assert {f["state"] for f in d["files"]} == {"new", "changed", "stale"}, d["files"]
(gone,) = d["deletions"]
assert (gone["cluster"], gone["kind"], gone["name"], gone["edited"], gone["pruned"]) == ("edge", "Deployment", "web", False, False), gone
assert len(gone["after"]) == 2 and all("deployment-web-" in p for p in gone["after"]), gone
PY
run hkctl render b.plan -d out
out "   1  edge Deployment shop/web"
out "        after  edge Deployment shop/web-"
out "is ready"
out "To delete and create anew"
out "      edge Job shop/batch"

begin "pruned files are told as they go; a moved workload waits for its other cluster; Services and budgets go after it"
world in/docs.yaml 2200m 600m cloud
run hkctl plan -f in -o c.plan
run hkctl render c.plan -d out --prune -o json --deletions list.json --mesh none
python3 - <<'PY'
import json
d = json.load(open("list.json"))["deletions"]
kinds = [g["kind"] for g in d]
assert kinds[:4] == ["Deployment"] * 3 + ["Job"] and all(g["pruned"] for g in d), d
assert all(any(p.startswith("clusters/cloud/") for p in g["after"]) for g in d[:4]), d
assert "Namespace" not in kinds[:-1], kinds
assert kinds[4:] == [k for k in ["PodDisruptionBudget", "Service", "ConfigMap", "ClusterRole", "Namespace"] if k in kinds], kinds
assert kinds[4] == "PodDisruptionBudget" and len(kinds) >= 5, kinds
PY
[ ! -e out/clusters/edge/shop/deployment-web.yaml ] || fail "not pruned"
run hkctl render c.plan -d out --mesh none
no_out

begin "an edited file stays and says so"
echo "# mine" >>out/clusters/cloud/shop/deployment-web.yaml
world in/docs.yaml 4 4 edge
run hkctl plan -f in -o d.plan
run hkctl render d.plan -d out --mesh none
out "cloud Deployment shop/web (its file was edited and stays)"

begin "what is labelled as ours but in no index is listed; what is not ours never"
cat >out/clusters/edge/shop/virtualservice-old.yaml <<'YAML'
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: old, labels: {app.kubernetes.io/managed-by: hkctl}}
YAML
sed 's/hkctl/helm/; s/old/other/' out/clusters/edge/shop/virtualservice-old.yaml >out/clusters/edge/shop/virtualservice-other.yaml
run hkctl render d.plan -d out --mesh none
out "edge VirtualService shop/old"
! grep -q other "$TRASH/.out" || fail "not ours"

begin "an object that is only written to another file is not deleted"
for file in shop/service-web _cluster/clusterrole-shop_web; do
	cp "out/clusters/edge/$file.yaml" "out/clusters/edge/$file-before.yaml"
	printf '%s  clusters/edge/%s-before.yaml\n' "$(sha256sum "out/clusters/edge/$file.yaml" | cut -d' ' -f1)" "$file" >>out/.hkctl-render
done
run hkctl render d.plan -d out --mesh none
err "service-web-before.yaml: stale"
err "clusterrole-shop_web-before.yaml: stale"
! grep -q 'edge Service\|edge ClusterRole' "$TRASH/.out" || fail "both are rendered still"

begin "kustomize overlays list the same: what an overlay no longer has, in the same order, after the same"
rm -rf out
for plan in a b c d b; do
	cp docs.yaml in/docs.yaml
	case $plan in
	a) world in/docs.yaml 4 400m edge ;;
	b) world in/docs.yaml 2200m 600m edge ;;
	c) world in/docs.yaml 2200m 600m cloud ;;
	d) world in/docs.yaml 4 4 edge ;;
	esac
	for mesh in none istio; do
		run hkctl render $plan.plan -d out --prune --mesh $mesh --deletions full.json
		run hkctl render $plan.plan -d over -k --prune --mesh $mesh --deletions over.json
		python3 - $plan $mesh <<'PY'
import json, sys
full, over = (json.load(open(name + ".json")) for name in ("full", "over"))
assert sys.argv[1] in "ad" or sys.argv[2] == "istio" or full["deletions"], "nothing to compare"
plain = [[{k: v for k, v in one.items() if k != "edited"} for one in side["deletions"]] for side in (full, over)]
assert plain[0] == plain[1], (sys.argv, *plain)
assert full["recreate"] == over["recreate"], (sys.argv, full["recreate"], over["recreate"])
PY
	done
	run hkctl render $plan.plan -d over -k --mesh istio
	no_out
done
world in/docs.yaml 2200m 600m cloud
must_fail 6 hkctl render c.plan -d over -k -o json --check
python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["deletions"]' "$TRASH/.out" || fail "--check lists too"
sed -i 's|resources:|resources: [../../../../etc, nowhere.yaml, {a: b}]\nother:|' over/clusters/edge/kustomization.yaml
run hkctl render c.plan -d over -k

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"

cat >nodes.json <<'JSON'
{"apiVersion": "v1", "kind": "List", "items": [
 {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n2", "labels": {"topology.kubernetes.io/region": "west", "topology.kubernetes.io/zone": "w-b", "kubernetes.io/hostname": "n2"}},
  "spec": {"providerID": "aws:///w/i-2", "taints": [{"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}]},
  "status": {"allocatable": {"cpu": "4", "memory": "16Gi", "pods": "110"}, "conditions": [{"type": "Ready", "status": "False"}], "images": [{"names": ["x"]}]}},
 {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "labels": {"topology.kubernetes.io/region": "west", "topology.kubernetes.io/zone": "w-a", "kubernetes.io/hostname": "n1"}},
  "spec": {"providerID": "aws:///w/i-1"}, "status": {"allocatable": {"cpu": "4", "memory": "16Gi", "pods": "110"}}}
]}
JSON
cat >pods.json <<'JSON'
{"kind": "PodList", "items": [
 {"metadata": {"name": "a", "namespace": "kube-system"}, "spec": {"nodeName": "n1", "containers": [{"name": "c", "resources": {"requests": {"cpu": "250m", "memory": "1Gi"}}}]}, "status": {"phase": "Running"}},
 {"metadata": {"name": "b", "namespace": "shop"}, "spec": {"nodeName": "n1", "containers": [{"name": "c", "resources": {"limits": {"cpu": "1"}}}]}, "status": {"phase": "Running"}},
 {"metadata": {"name": "c", "namespace": "shop"}, "spec": {"nodeName": "n1", "containers": [{"name": "c", "resources": {"requests": {"cpu": "3"}}}]}, "status": {"phase": "Succeeded"}}
]}
JSON

begin "nodes without what pods use"
run hkctl import nodes --cluster edge-a nodes.json --pods pods.json -O topology.yaml
golden nodes.yaml topology.yaml
run hkctl validate topology.yaml
run hkctl fmt --check topology.yaml

begin "what is changed on the way, and what cannot be, is told"
cat >full.yaml <<'YAML'
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Node, metadata: {name: n1, labels: {rack: Rack_A}}, status: {allocatable: {cpu: "1", memory: 1Gi}}}
- {apiVersion: v1, kind: Pod, metadata: {name: p, namespace: a}, spec: {nodeName: n1, containers: [{name: c, resources: {requests: {cpu: "2"}}}]}}
YAML
run hkctl import nodes --cluster-label rack full.yaml
err "cluster 'Rack_A' is called 'rack-a' [HK1106]"
err "pods request more cpu of node 'n1' than it has; none is left [HK1110]"
out "name: rack-a"
out "cpu: \"0\""

begin "JSON and YAML, pieces behind each other and a bare list give the same"
python3 - <<'PY'
import json, yaml
nodes = json.load(open("nodes.json"))["items"]
open("nodes.yaml", "w").write(yaml.safe_dump({"apiVersion": "v1", "items": nodes, "kind": "List"}))
open("pieces.json", "w").write("".join(json.dumps(n) for n in nodes))
for n in nodes:
    del n["apiVersion"], n["kind"]
open("bare.json", "w").write(json.dumps(nodes))
open("utf16.json", "wb").write(open("nodes.json").read().encode("utf-16"))
open("bom.json", "wb").write(b"\xef\xbb\xbf" + open("nodes.json", "rb").read())
PY
for form in nodes.yaml pieces.json bare.json utf16.json bom.json; do
	run hkctl import nodes --cluster edge-a "$form" --pods pods.json -O again.yaml --force
	same topology.yaml again.yaml
done

begin "namespaces that will be planned do not count"
run hkctl import nodes --cluster edge-a nodes.json --pods pods.json --without-namespace shop
out "cpu: 3750m"

begin "clusters by label, by file, by name in front of the file"
run hkctl import nodes --cluster-label zone nodes.json
out "nodeSelector: {topology.kubernetes.io/zone: w-a}"
cp nodes.json other.json
run hkctl import nodes nodes.json b=other.json
out "  - name: nodes"
out "  - name: b"
must_fail 3 hkctl import nodes --cluster-label rack nodes.json
err "has no label 'rack'"
must_fail 3 hkctl import nodes nodes.json other.json --pods pods.json
err "several clusters have one of that name"
run hkctl import nodes nodes.json b=other.json --pods b=pods.json

begin "an existing file is not touched"
must_fail 1 hkctl import nodes nodes.json -O topology.yaml
err "nothing is merged"
golden nodes.yaml topology.yaml

begin "a file that was cut off"
head -c 560 nodes.json >cut.json
must_fail 3 hkctl import nodes --cluster a cut.json
err "cut.json:5:47: error"
err "the file ends in the middle, behind 1 complete items"
no_out
run hkctl import nodes --cluster a --partial cut.json
out "name: n2"
printf 'apiVersion: v1\nitems:\n- {apiVersion: v1, kind: Node, metadata: {name: a}, status: {allocatable: {cpu: "1"}}}\n- {apiVersion: v1, kind: Node, metadata: {name: b}}\n' >cut.yaml
must_fail 3 hkctl import nodes cut.yaml
err "cut.yaml:4:3: error: this list has no kind behind its 2 items"
run hkctl import nodes --partial cut.yaml
out "1 node in 1 cluster"

begin "what is no such file"
printf '\000\001\002' >binary.json
must_fail 3 hkctl import nodes binary.json
python3 -c 'print("[" * 100000)' >deep.json
must_fail 3 hkctl import nodes deep.json
python3 -c 'print("{\"items\":" + "[" * 3000 + "]" * 3000 + "}")' >deep2.json
must_fail 3 hkctl import nodes deep2.json
: >empty.json
must_fail 3 hkctl import nodes empty.json
err "the file is empty"
must_fail 3 hkctl import nodes absent.json
must_fail 3 hkctl import pods nodes.json
err "there is no Pod in the files"
must_fail 2 hkctl import node nodes.json
err "did you mean 'nodes'"

begin "manifests: who calls whom"
cat >app.yaml <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: c
        image: web
        args: ["--orders=http://orders.shop.svc.cluster.local:8080/v1"]
        env:
        - {name: CART_ADDR, value: "cart:7070"}
        - {name: PAYMENTS_URL, value: "https://pay.example.com/v2"}
        - {name: MODE, value: cart}
        envFrom: [{configMapRef: {name: settings}}]
        resources: {requests: {cpu: 100m, memory: 64Mi}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {DB_HOST: db-0.db}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders, namespace: shop}
spec:
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders}}
    spec: {containers: [{name: c, image: o, ports: [{containerPort: 8080, name: http}], env: [{name: WEB_HOST, value: web}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: c, image: c, resources: {requests: {cpu: 1}}}]}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: d, resources: {requests: {cpu: 1}}}]}}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce]}}]
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: cart, namespace: shop}, spec: {selector: {app: cart}}}
- {apiVersion: v1, kind: Service, metadata: {name: orders, namespace: shop}, spec: {selector: {app: orders}}}
- {apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: {clusterIP: None, selector: {app: db}}}
- {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {type: LoadBalancer, selector: {app: web}}}
- apiVersion: autoscaling/v2
  kind: HorizontalPodAutoscaler
  metadata: {name: web, namespace: shop}
  spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 2, maxReplicas: 9}
- {apiVersion: v1, kind: Secret, metadata: {name: s, namespace: shop}}
YAML
run hkctl import manifests app.yaml -O pipeline.yaml
err "Secret 's' is not carried over"
golden manifests.yaml pipeline.yaml
run hkctl validate pipeline.yaml
run hkctl fmt --check pipeline.yaml
run hkctl plan -q -f pipeline.yaml -o plan.yaml

begin "a first plan does not scale down what runs"
cat >many.yaml <<'YAML'
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec: {replicas: 3, selector: {}, template: {spec: {containers: [{name: db, resources: {requests: {cpu: 1}}}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: one}
spec: {replicas: 1, selector: {}, template: {spec: {containers: [{name: one, resources: {requests: {cpu: 1}}}]}}}
YAML
run hkctl import manifests many.yaml -O many-pipeline.yaml
cat many.yaml - >keda.yaml <<'YAML'
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: one}
spec: {scaleTargetRef: {name: one}, maxReplicaCount: 7}
YAML
run hkctl import manifests keda.yaml
out "replicas: {min: 1, max: 7}   # of ScaledObject one"
no_err
[ "$(grep -c 'replicas: {min: 3}   # guess' many-pipeline.yaml)" = 1 ] && [ "$(grep -c 'replicas: {' many-pipeline.yaml)" = 1 ] || fail "replicas"
run hkctl plan -q -f many-pipeline.yaml -o many-plan.yaml
run hkctl show many-plan.yaml
grep -Eq '^  db .* 3 ' "$TRASH/.out" || fail "not three"

begin "inputs go where the topology has sites"
printf 'apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec: {clusters: [{name: west}], sites: [{name: stores, cluster: west}]}\n' >world.yaml
run hkctl import -q manifests app.yaml -t world.yaml
out "site: stores"
if grep -q stand-in .out; then fail "a stand-in beside a topology"; fi
mkdir -p deep/er
run hkctl import -q manifests app.yaml -t world.yaml -O deep/er/p.yaml
run hkctl validate deep/er/p.yaml world.yaml

begin "the sample shop"
if [ -d "$ROOT/../shared/samples/online-boutique" ]; then
	run hkctl import -q manifests "$ROOT/../shared/samples/online-boutique/kubernetes-manifests.yaml" -O shop.yaml
	[ "$(grep -c '^  - {from: ' shop.yaml)" -eq 18 ] || fail "connections: $(grep '^  - {from: ' shop.yaml)"
	run hkctl plan -q -f shop.yaml -o shop-plan.yaml
else
	echo "# ../shared/samples is not there: skipped"
fi

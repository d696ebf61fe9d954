#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Decisions for hubs say the same as the clusters' own folders, and fit the definitions of those who read them.
. "$(dirname "$0")/../lib.sh"
need python3
python3 -c 'import jsonschema, yaml' 2>/dev/null || skip "python3-jsonschema or python3-yaml is not installed"
crds=$ROOT/../shared/contracts/crds
systems=karmada,ocm,kep5313,kubefed,argocd,descheduler
judge() {
	run python3 "$ROOT/tests/cli/0560-render-decisions.py" "$1"
	[ ! -d "$crds" ] || run python3 "$ROOT/tests/cli/0550-render-contracts.py" "$crds" "$1"
}

begin "the examples"
for example in hybridkube online-boutique; do
	mkdir "$example"
	cp "$ROOT/examples/$example"/*.yaml "$example"
	run hkctl plan -q -f "$example" -o "$example.plan"
	run hkctl render -q --mesh istio,gateway,mcs,smi --decisions "$systems" "$example.plan" -d "$example.out"
	judge "$example.out"
done

begin "every kind of workload, autoscaled, sharded, in namespaces and without"
mkdir zoo
cat >zoo/world.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: zoo}
spec:
  clusters:
  - name: edge
    tier: edge
    region: eu
    zone: eu-1
    nodeSelector: {site: edge}
    nodes:
    - {name: e1, allocatable: {cpu: "5", memory: 64Gi}, labels: {site: edge, kubernetes.io/hostname: e1}}
    - {name: e2, allocatable: {cpu: "2.5", memory: 64Gi}, labels: {site: edge, kubernetes.io/hostname: e2}}
  - name: cloud
    tier: cloud
    region: us
    zone: us-1
    prices: {cpu: 0.1/h}
    nodes:
    - {name: c1, count: 5, allocatable: {cpu: "16", memory: 64Gi}, labels: {site: cloud}}
  links:
  - {from: edge, to: cloud, latency: 20ms, bandwidth: 1Gbit/s, both: true}
---
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: zoo, namespace: animals}
spec:
  inputs: [{name: door, cluster: edge, rate: 100/s, size: 1kB}]
  workloads:
  - {name: web, capacity: 10/s, manifest: {file: zoo.yaml, kind: Deployment, name: web}, replicas: {min: 10}, placement: {require: {matchLabels: {tier: edge}}}}
  - {name: store, capacity: 20/s, manifest: {file: zoo.yaml, kind: StatefulSet, name: store}, placement: {spread: {over: cluster, min: 2}}}
  - {name: batch, capacity: 20/s, manifest: {file: zoo.yaml, kind: Job, name: batch}, placement: {spread: {over: cluster, min: 2}}}
  - {name: scaled, capacity: 20/s, manifest: {file: zoo.yaml, kind: Deployment, name: scaled}, placement: {spread: {over: cluster, min: 2}}}
  - {name: agent, capacity: 100/s, manifest: {file: zoo.yaml, kind: DaemonSet, name: agent}, placement: {require: {matchLabels: {tier: cloud}}}, replicas: {min: 5}}
  connections:
  - {from: door, to: web, size: 1kB}
  - {from: web, to: store, size: 1kB}
  - {from: web, to: batch, size: 1kB}
  - {from: web, to: scaled, size: 1kB}
  - {from: store, to: agent, size: 1kB}
YAML
cat >zoo/zoo.yaml <<'YAML'
apiVersion: v1
kind: Namespace
metadata: {name: animals}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: keeper}
rules: []
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: animals, annotations: {example.org/a~b: x}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: registry.example.org/web:1, resources: {requests: {cpu: 600m}}}]
      affinity:
        podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: []}
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms: [{matchExpressions: [{key: site, operator: In, values: [edge, cloud]}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: animals}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: animals}
spec: {minAvailable: 6, selector: {matchLabels: {app: web}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store}
spec:
  replicas: 1
  serviceName: store
  selector: {matchLabels: {app: store}}
  template:
    metadata: {labels: {app: store}}
    spec: {containers: [{name: store, image: registry.example.org/store:1, resources: {requests: {cpu: 250m}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: store}
spec: {selector: {app: store}, ports: [{name: tcp-db, port: 6379}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: batch, namespace: animals}
spec:
  template:
    metadata: {labels: {app: batch}}
    spec: {restartPolicy: Never, containers: [{name: batch, image: registry.example.org/batch:1, resources: {requests: {cpu: 250m}}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: scaled, namespace: animals}
spec:
  replicas: 3
  selector: {matchLabels: {app: scaled}}
  template:
    metadata: {labels: {app: scaled}}
    spec: {containers: [{name: scaled, image: registry.example.org/scaled:1, resources: {requests: {cpu: 250m}}}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: scaled, namespace: animals}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: scaled}
  minReplicas: 3
  maxReplicas: 12
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: animals}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: registry.example.org/agent:1, resources: {requests: {cpu: 100m}}}]}
YAML
run hkctl plan -q -f zoo -o zoo.plan
run hkctl render -v --decisions "$systems" zoo.plan -d zoo.out
err "HK0941"
judge zoo.out
[ -f zoo.out/decisions/karmada/_cluster/clusterpropagationpolicy-clusterrole-keeper.yaml ] || fail "no policy for a cluster-wide object"
grep -q 'path: /spec/ordinals' -r zoo.out/decisions/karmada || fail "no override of ordinals"
[ "$(find zoo.out/decisions/karmada -name 'deployment-web-*' | wc -l)" -gt 1 ] || fail "web has no shards"

begin "same bytes again; --check agrees; without the option they are stale"
run hkctl render -q --decisions "$systems" zoo.plan -d zoo.out --check
no_out
must_fail 6 hkctl render -q zoo.plan -d zoo.out --check
run hkctl render -q zoo.plan -d zoo.out --prune
[ ! -f zoo.out/decisions/karmada/animals/deployment-web.yaml ] || fail "not pruned"
[ -f zoo.out/clusters/edge/animals/deployment-scaled.yaml ] || fail "pruned too much"

begin "kustomize overlays: one Application each"
run hkctl render -q -k --decisions argocd zoo.plan -d overlays
[ -f overlays/decisions/argocd/edge/all.yaml ] || fail "no parameters of the overlay"
grep -q 'manifests: clusters/edge$' overlays/decisions/argocd/edge/all.yaml || fail "parameters of the overlay lead elsewhere"
grep -q 'namespace: animals' overlays/decisions/argocd/edge/all.yaml || fail "objects without a namespace get none"

begin "an output folder in the way; unknown systems"
sed 's/  - name: edge$/  - name: edge\n    output: decisions\/karmada/' zoo/world.yaml >x && mv x zoo/world.yaml
run hkctl plan -q -f zoo -o zoo.plan
must_fail 3 hkctl render -q --decisions karmada zoo.plan -d taken
err "HK0904"
must_fail 2 hkctl render --decisions karmda zoo.plan -d taken
err "did you mean 'karmada'"
run hkctl complete -- render --decisions karmada,o
out "karmada,ocm"

begin "the judge notices a wrong count, a missing override and a field nobody knows"
broken() {
	rm -rf broken && cp -r hybridkube.out broken
	sed "$2" "broken/decisions/$1" >x && mv x "broken/decisions/$1"
	must_fail 1 python3 "$ROOT/tests/cli/0560-render-decisions.py" broken
}
broken karmada/default/deployment-workload-4.yaml 's/replicas: 3/replicas: 4/'
broken karmada/default/overridepolicy-deployment-workload-4.yaml 's/edge-2/edge-1/'
broken ocm/default/placementdecision-worked-example-workload-4-decision-1.yaml 's/score: 2/score: 1/'
broken descheduler/edge/policy.yaml 's/nodeFit/nodefit/'

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# hkctl import: Karmada, KubeFed, Diktyo, turnbuckle, Prometheus.
. "$(dirname "$0")/../lib.sh"

begin "Karmada: clusters with what is free, policies with their placement"
cat >karmada.yaml <<'YAML'
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata: {name: member1, labels: {tier: edge}}
spec:
  provider: aws
  region: us-west
  zones: [us-west-a]
  taints: [{key: a, effect: NoSchedule}]
  resourceModels:
  - {grade: 0, ranges: [{name: cpu, min: "0", max: "1"}, {name: memory, min: "0", max: 4Gi}]}
  - {grade: 1, ranges: [{name: cpu, min: "1", max: "2"}, {name: memory, min: 4Gi, max: 16Gi}]}
status:
  nodeSummary: {totalNum: 3, readyNum: 3}
  conditions: [{type: Ready, status: "True"}]
  resourceSummary:
    allocatable: {cpu: "12", memory: 48Gi, pods: "330"}
    allocated: {cpu: 2500m, memory: 10Gi, pods: "30"}
    allocating: {cpu: 500m}
    allocatableModelings: [{grade: 0, count: 1}, {grade: 1, count: 2}]
---
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata: {name: member2}
status:
  nodeSummary: {totalNum: 3, readyNum: 3}
  conditions: [{type: Ready, status: "False"}]
  resourceSummary:
    allocatable: {cpu: "12", memory: 48Gi, pods: "330"}
    allocated: {cpu: 2500m, memory: 10Gi, pods: "30"}
---
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: web, namespace: shop}
spec:
  propagateDeps: true
  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: web}, {apiVersion: v1, kind: Service, name: web}]
  placement:
    clusterAffinity: {clusterNames: [member1, member2], exclude: [member3], labelSelector: {matchLabels: {tier: edge}}, fieldSelector: {matchExpressions: [{key: region, operator: In, values: [us-west]}]}}
    spreadConstraints: [{spreadByField: region, minGroups: 1, maxGroups: 2}, {spreadByLabel: x, minGroups: 1}]
    replicaScheduling:
      replicaSchedulingType: Divided
      replicaDivisionPreference: Weighted
      weightPreference: {staticWeightList: [{targetCluster: {clusterNames: [member1]}, weight: 3}, {targetCluster: {clusterNames: [member2]}, weight: 2}]}
---
apiVersion: work.karmada.io/v1alpha2
kind: ResourceBinding
metadata: {name: web-deployment, namespace: shop}
spec:
  resource: {apiVersion: apps/v1, kind: Deployment, name: web, namespace: shop}
  replicas: 5
  replicaRequirements: {resourceRequest: {cpu: 250m, memory: 1Gi}}
  clusters: [{name: member1, replicas: 3}, {name: member2, replicas: 2}]
---
apiVersion: scheduling.kubefed.io/v1alpha1
kind: ReplicaSchedulingPreference
metadata: {name: api, namespace: shop}
spec:
  targetKind: FederatedDeployment
  totalReplicas: 9
  rebalance: true
  clusters:
    a: {minReplicas: 4, maxReplicas: 4}
    b: {minReplicas: 5, maxReplicas: 5}
    "*": {weight: 1}
YAML
run hkctl import karmada karmada.yaml -O k.yaml
err "taints of cluster 'member1' are not carried over"
err "maxGroups is not carried over"
err "not carried over: propagateDeps"
err "the nodes of cluster 'member2' are taken to be equally full"
err "ReplicaSchedulingPreference 'api' is not carried over"
golden karmada.yaml k.yaml
run hkctl fmt --check k.yaml
run hkctl validate k.yaml

begin "KubeFed: equal bounds are counts"
run hkctl import kubefed karmada.yaml -O f.yaml
err "the preference for all other clusters is not carried over"
golden kubefed.yaml f.yaml
run hkctl fmt --check f.yaml
run hkctl plan -q -f f.yaml -o plan.yaml

begin "Diktyo: both spellings give the same"
cat >network.yaml <<'YAML'
apiVersion: networktopology.diktyo.x-k8s.io/v1alpha1
kind: NetworkTopology
metadata: {name: net-topology-test, namespace: default}
spec:
  configmapName: netperfMetrics
  weights:
  - name: UserDefined
    topologyList:
    - topologyKey: topology.kubernetes.io/region
      originList:
      - {origin: us-west-1, costList: [{destination: us-east-1, networkCost: 20, bandwidthCapacity: 10Gi, bandwidthAllocated: 1Gi}]}
      - {origin: us-east-1, costList: [{destination: us-west-1, networkCost: 20, bandwidthCapacity: 10Gi, bandwidthAllocated: 1Gi}]}
    - topologyKey: topology.kubernetes.io/zone
      originList:
      - {origin: z1, costList: [{destination: z2, networkCost: 5, bandwidthCapacity: 1Gi}]}
      - {origin: z2, costList: [{destination: z1, networkCost: 6, bandwidthCapacity: 1Gi}]}
      - {origin: z3, costList: [{destination: z4, networkCost: 10}]}
      - {origin: z4, costList: [{destination: z3, networkCost: 10}]}
YAML
sed 's/topologyList/costListX/; s/originList/originCosts/; s/costList: \[/costs: [/; s/costListX/costList/' network.yaml >older.yaml
if cmp -s network.yaml older.yaml; then fail "the older spelling is the current one"; fi
run hkctl import diktyo network.yaml -O d.yaml
err "costs between regions are left out"
run hkctl import diktyo older.yaml -O d-older.yaml
same d.yaml d-older.yaml
run hkctl validate d.yaml
cat >group.yaml <<'YAML'
apiVersion: appgroup.diktyo.x-k8s.io/v1alpha1
kind: AppGroup
metadata: {name: a1}
spec:
  numMembers: 3
  topologySortingAlgorithm: KahnSort
  workloads:
  - workload: {kind: Deployment, name: p1, selector: p1, apiVersion: apps/v1, namespace: default}
    dependencies:
    - workload: {kind: Deployment, name: p2, selector: p2}
      minBandwidth: "100Mi"
      maxNetworkCost: 30
  - workload: {kind: Deployment, name: p2, selector: p2}
    dependencies:
    - {workload: {kind: Deployment, name: p3, selector: p3}, minBandwidth: 250Mi, maxNetworkCost: 20}
  - workload: {kind: Deployment, name: p3, selector: p3}
YAML
for n in 1 2 3 4; do
	region=us-west-1
	if [ $n -gt 2 ]; then region=us-east-1; fi
	printf -- '---\napiVersion: v1\nkind: Node\nmetadata: {name: n%s, labels: {topology.kubernetes.io/zone: z%s, topology.kubernetes.io/region: %s}}\nstatus: {allocatable: {cpu: "4", memory: 8Gi}}\n' $n $n $region
done >nodes.yaml
run hkctl import diktyo network.yaml group.yaml nodes.yaml -O all.yaml
golden diktyo.yaml all.yaml
run hkctl fmt --check all.yaml
run hkctl plan -q -f all.yaml -o plan.yaml
run hkctl import diktyo group.yaml --cost-unit 2ms
out "latency: {limit: 60ms}"
must_fail 3 hkctl import diktyo network.yaml --weights NetperfCosts
err "has no weights 'NetperfCosts'"

begin "turnbuckle: quoted, complete, and its own names for things"
cat >bindings.yaml <<'YAML'
apiVersion: constraint.ciena.com/v1alpha1
kind: ConstraintPolicyBinding
metadata: {name: x-abc, namespace: default}
spec:
  offer: gold-offer
  targets:
    source: {cluster: "", apiVersion: v1, kind: Pod, namespace: default, name: hello-client-6d5f8b7c9d-x2k9p}
    destination: {apiVersion: v1, kind: Pod, namespace: default, name: db-0}
status: {compliance: Violation}
---
apiVersion: constraint.ciena.com/v1alpha1
kind: ConstraintPolicy
metadata: {name: p}
spec: {rules: [{name: encrypted, request: true}, {name: cpu-count, request: 4, limit: 2}]}
---
apiVersion: constraint.ciena.com/v1alpha1
kind: ConstraintPolicyOffer
metadata: {name: o}
spec: {targets: [{kind: Pod, labelSelector: {matchLabels: {a: b}}}], policies: [p], period: 1h30m, grace: 1hm, violationPolicy: Evict}
YAML
run hkctl import turnbuckle bindings.yaml -O t.yaml
err "rule 'encrypted' of 'p' has no limit"
err "grace '1hm' is no duration"
golden turnbuckle.yaml t.yaml
samples=$ROOT/../shared/samples/turnbuckle
if [ -d "$samples" ]; then
	run hkctl import turnbuckle "$samples/policies.yaml" "$samples/wt-policies.yaml" "$samples/wt-ruleprovider.yaml" -O s.yaml
	run hkctl validate s.yaml
	run hkctl import turnbuckle s.yaml -O s2.yaml
	# the second time there is nothing left to remark on
	sed 's/ *# .*//' s.yaml >s.plain
	sed 's/ *# .*//' s2.yaml >s2.plain
	same s.plain s2.plain
else
	echo "# ../shared/samples is not there: skipped"
fi

begin "Prometheus: text exposition"
cat >metrics.prom <<'PROM'
# HELP probe_rtt_seconds x
# TYPE probe_rtt_seconds gauge
probe_rtt_seconds{source_cluster="edge-a",destination_cluster="cloud"} 0.031 1700000000000
probe_rtt_seconds{source_cluster="edge-a",destination_cluster="cloud",pod="2"} 0.04
link_packet_loss_percent{from="edge-a",to="cloud"} 0.5
link_bandwidth_bytes_per_second{from="edge-a",to="cloud"} 1.25e9
requests_total{pipeline="shop",input="clients"} 100
input_requests_per_second{pipeline="shop",input="clients"} 400
svc_latency_ms{pipeline="shop",workload="cart"} 6.5
cluster_availability_ratio{cluster="edge-a"} 0.997
weird{a="b\"c\n"} NaN
go_threads 12
broken{a="b} 1
x_latency_seconds_bucket{le="0.1",from="a",to="b"} 3
queue_age{node="n1"} 3.5 # {id="x"} 1
# EOF
PROM
run hkctl import prometheus metrics.prom --metric queue_age=value -O m.yaml
err "metrics.prom:13:15: warning: the labels are not"
err "is a round trip; half of it"
err "metric 'requests_total' counts since some start"
err "is part of a histogram or summary"
golden prometheus.yaml m.yaml
run hkctl fmt --check m.yaml

begin "Prometheus: query results"
cat >latency.json <<'JSON'
{"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {"from": "a", "to": "b"}, "values": [[1700000000, "0.01"], [1700000060.5, "0.012"]]}]}}
JSON
run hkctl import prometheus latency.json
out '- {from: a, to: b, latency: 12ms}'
out 'observedAt: "2023-11-14T22:14:20Z"'
printf '{"status":"error","error":"bad query"}' >error.json
must_fail 3 hkctl import prometheus error.json
err "bad query"
must_fail 3 hkctl import prometheus latency.json --metric latency=speed
err "is no kind of metric"
printf 'x 1\n' >nothing.prom
must_fail 3 hkctl import prometheus nothing.prom
err "no sample of the files"

begin "files of another format hold nothing"
for format in karmada kubefed diktyo turnbuckle manifests nodes; do
	printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n' >secret.yaml
	must_fail 3 hkctl import $format secret.yaml
	no_out
done

begin "a namespace that is none: its object is left out"
cat >space.yaml <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: "Web/Shop"}
spec: {template: {spec: {containers: [{name: web, image: "registry.example.org/web:1"}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec: {template: {spec: {containers: [{name: api, image: "registry.example.org/api:1"}]}}}
YAML
run hkctl import manifests space.yaml
err "'Web/Shop' is no namespace; Deployment 'web' is left out [HK1102]"
out "name: api"
! grep -q "name: web" "$TRASH/.out" || fail "web was not left out"

begin "a value its own format forbids is not carried over"
printf '%s\n' 'apiVersion: constraint.ciena.com/v1alpha1' 'kind: ConstraintPolicyOffer' 'metadata: {name: o}' \
	'spec: {targets: [{kind: Pod, labelSelector: {matchLabels: {app: x}}}], policies: [p], violationPolicy: Dance}' >dance.yaml
must_fail 3 hkctl import turnbuckle dance.yaml
no_out
err "found the text 'Dance' at /spec/violationPolicy [HK1113]"
err "correct it in the file it comes from"

begin "what render exports comes back: weights are the counts of the plan"
run hkctl plan -q -f "$ROOT/examples/online-boutique" -o shop.yaml
run hkctl render -q shop.yaml -d shop --decisions karmada,kubefed
for format in karmada kubefed; do
	run hkctl import -q $format shop/decisions/$format -t "$ROOT/examples/online-boutique/topology.yaml" -O back-$format.yaml
	run hkctl validate back-$format.yaml "$ROOT/examples/online-boutique/topology.yaml"
	python3 - back-$format.yaml <<'PY'
import sys, yaml
plan = yaml.safe_load(open("shop.yaml"))
back = yaml.safe_load(open(sys.argv[1]))
planned = {w["name"]: {p["cluster"]: p["replicas"] for p in w["placements"]} for pipeline in plan["spec"]["pipelines"] for w in pipeline["workloads"]}
assert len(planned) >= 11, sorted(planned)
for w in back["spec"]["workloads"]:
    weights = {p["matchLabels"]["name"]: p["weight"] for p in w["placement"]["prefer"]}
    assert weights == planned[w["name"]], (w["name"], weights, planned[w["name"]])
assert len(back["spec"]["workloads"]) == 11
PY
done

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Chains: Network Service Mesh in a cluster, bridges on a node, virtual machines and containers mixed.
. "$(dirname "$0")/../lib.sh"
need python3
pod='containers: [{name: c, image: "registry.example.org/c:1", resources: {requests: {cpu: 100m}}}]'
cat >docs.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec:
  clusters:
  - name: edge
    nodes:
    - {name: e1, allocatable: {cpu: "4", memory: 8Gi}, labels: {kubernetes.io/hostname: e1}}
    - {name: e2, allocatable: {cpu: "4", memory: 8Gi}, labels: {kubernetes.io/hostname: e2}}
---
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: vpn, namespace: net}
spec:
  inputs: [{name: i, cluster: edge, rate: 50/s}]
  workloads:
  - {name: client, capacity: 50/s, manifest: {file: app.yaml, kind: Deployment, name: client}}
  - {name: firewall, capacity: 50/s, manifest: {file: app.yaml, kind: Deployment, name: firewall}}
  - {name: gateway, capacity: 50/s, manifest: {file: app.yaml, kind: Deployment, name: gateway}}
  - {name: cache, capacity: 50/s, manifest: {file: app.yaml, kind: StatefulSet, name: cache}}
  - {name: dpi, capacity: 50/s, manifest: {file: app.yaml, kind: VirtualMachine, name: dpi}, placement: {together: [{with: gateway, level: node, required: true}]}}
  - {name: log, capacity: 50/s, manifest: {file: app.yaml, kind: VirtualMachine, name: log}, placement: {together: [{with: dpi, level: node, required: true}]}}
  connections:
  - {from: i, to: client}
  - {from: client, to: firewall, chain: nsm}
  - {from: client, to: cache, chain: nsm}
  - {from: firewall, to: gateway, chain: nsm}
  - {from: gateway, to: dpi, chain: multus}
  - {from: dpi, to: log, chain: multus}
YAML
cat >app.yaml <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: {name: client}
spec:
  selector: {matchLabels: {app: client}}
  template:
    metadata: {labels: {app: client}}   # kept
    spec: {$pod}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: firewall}
spec:
  selector: {matchLabels: {app: firewall}}
  template:
    metadata: {labels: {app: firewall}}
    spec: {$pod}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway}
spec:
  selector: {matchLabels: {app: gateway}}
  template:
    metadata:
      labels: {app: gateway}
      annotations:
        k8s.v1.cni.cncf.io/networks: '[{"name": "vpn-gateway-dpi2"}]'   # mine
    spec: {$pod}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: cache}
spec:
  serviceName: cache
  selector: {matchLabels: {app: cache}}
  template:
    metadata: {labels: {app: cache}}
    spec: {$pod}
---
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: dpi}
spec:
  runStrategy: Always
  template:
    metadata: {labels: {app: dpi}}
    spec: {domain: {devices: {}, resources: {requests: {memory: 64Mi, cpu: 100m}}}}
---
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: log}
spec:
  runStrategy: Always
  template:
    metadata: {labels: {app: log}}
    spec:
      networks:
      - name: own
        pod: {}
      domain:
        devices:
          interfaces:
          - name: own   # mine
            masquerade: {}
        resources: {requests: {memory: 64Mi, cpu: 100m}}
YAML

begin "an order of functions in one service, another where the client has a choice of its own"
run hkctl plan -f docs.yaml -o plan.yaml
run hkctl render plan.yaml -d out -v
err "HK0932"
err "app:gateway"
! grep -q "no Service selects the pods of Deployment 'firewall'" "$TRASH/.err" || fail "a chained workload needs no Service"
cat >judge.py <<'PY'
import glob, json, yaml
found = {}
for f in glob.glob("out/clusters/edge/*/*.yaml"):
    for d in yaml.safe_load_all(open(f)):
        found[d["kind"], d["metadata"].get("namespace"), d["metadata"]["name"]] = d
notes = lambda kind, name: found[kind, None, name]["spec"]["template"]["metadata"].get("annotations", {})
service = found["NetworkService", "nsm-system", "vpn-firewall"]["spec"]
assert service["matches"] == [
    {"source_selector": {"app": "client"}, "routes": [{"destination_selector": {"app": "firewall"}}]},
    {"source_selector": {"app": "firewall"}, "routes": [{"destination_selector": {"app": "gateway"}}]}], service
assert found["NetworkService", "nsm-system", "vpn-cache"]["spec"]["matches"] == [{"source_selector": {"app": "client"}, "routes": [{"destination_selector": {"app": "cache"}}]}]
assert notes("Deployment", "client") == {"networkservicemesh.io": "kernel://vpn-cache/nsm-1?app=client,kernel://vpn-firewall/nsm-2?app=client"}, notes("Deployment", "client")
assert notes("Deployment", "firewall") == {}, "a function on the way asks for itself"
networks = json.loads(notes("Deployment", "gateway")["k8s.v1.cni.cncf.io/networks"])
assert networks == [{"name": "vpn-gateway-dpi2"}, {"name": "vpn-gateway-dpi", "interface": "out0"}], networks
for name in "vpn-gateway-dpi", "vpn-dpi-log":
    config = json.loads(found["NetworkAttachmentDefinition", None, name]["spec"]["config"])
    assert config["type"] == "bridge" and len(config["bridge"]) <= 15 and config["name"] == name, config
dpi, log = (found["VirtualMachine", None, n]["spec"]["template"]["spec"] for n in ("dpi", "log"))
assert dpi["networks"] == [{"name": "default", "pod": {}}, {"name": "out0", "multus": {"networkName": "vpn-dpi-log"}}, {"name": "in0", "multus": {"networkName": "vpn-gateway-dpi"}}], dpi["networks"]
assert dpi["domain"]["devices"]["interfaces"] == [{"name": "default", "masquerade": {}}, {"name": "out0", "bridge": {}}, {"name": "in0", "bridge": {}}]
assert log["networks"] == [{"name": "own", "pod": {}}, {"name": "in0", "multus": {"networkName": "vpn-dpi-log"}}]
assert log["domain"]["devices"]["interfaces"] == [{"name": "own", "masquerade": {}}, {"name": "in0", "bridge": {}}]
PY
run python3 judge.py
grep -q 'name: own   # mine' out/clusters/edge/net/virtualmachine-log.yaml || fail "a comment is gone"
run hkctl render plan.yaml -d out --check

begin "the same with overlays"
run hkctl render plan.yaml -d overlays -k
run python3 "$ROOT/tests/cli/0520-render-kustomize.py" out overlays

begin "a bridge of a node joins nothing on two nodes; inputs are not chained"
sed 's/, placement: {together: \[{with: dpi.*}/}/' docs.yaml >apart.yaml
must_fail 3 hkctl validate apart.yaml
out "HK0416"
sed 's/to: client}/to: client, chain: nsm}/' docs.yaml >input.yaml
must_fail 3 hkctl validate input.yaml
out "HK0415"
sed 's/chain: nsm/chain: vlan/' docs.yaml >word.yaml
must_fail 3 hkctl validate word.yaml

begin "a chain ends at the border of a cluster, and that is said"
{
	sed -n '/^---/q; s/- name: edge/- labels: {tier: edge}\n    name: edge/; p' docs.yaml
	echo '  - {name: cloud, labels: {tier: cloud}, nodes: [{name: c1, allocatable: {cpu: "4", memory: 8Gi}}]}'
	echo '  links: [{from: edge, to: cloud, both: true, latency: 1ms, bandwidth: 1Gbit/s}]'
	cat <<'YAML'
---
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: vpn, namespace: net}
spec:
  inputs: [{name: i, cluster: edge, rate: 50/s}]
  workloads:
  - {name: client, capacity: 50/s, placement: {require: {matchLabels: {tier: edge}}}, manifest: {file: app.yaml, kind: Deployment, name: client}}
  - {name: firewall, capacity: 50/s, placement: {require: {matchLabels: {tier: cloud}}}, manifest: {file: app.yaml, kind: Deployment, name: firewall}}
  connections: [{from: i, to: client}, {from: client, to: firewall, chain: nsm}]
YAML
} >border.yaml
run hkctl plan -q -f border.yaml -o border.plan
run hkctl render border.plan -d border
err "HK0933"
err "in cluster 'edge' there is no replica of 'firewall'"
err "keep both together"

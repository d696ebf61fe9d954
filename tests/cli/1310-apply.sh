#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Changing real NETCONF servers (netconfd behind sshd): all of them or none, from a saved plan and no other.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/net/farm.sh"
start_farm farm.py candidate running startup old

save() {
	all_want "$1"
	run hkctl net plan -f farm/topology.yaml -f want.yaml --save network.yaml
}

begin "a plan changes nothing, and says what it would change"
save 14000
out "8 changes on 4 controllers"
values absent
must_fail 6 hkctl net diff -f farm/topology.yaml -f want.yaml --detailed-exitcode
cp network.yaml first.yaml
save 14000
same first.yaml network.yaml

begin "apply: all new, by each way of committing"
run hkctl net apply network.yaml
out "Devices: all new"
out "candidate, confirmed commit with persist id"
values 14000
run hkctl net diff -f farm/topology.yaml -f want.yaml --detailed-exitcode
out "0 changes"

begin "a plan that was made for something else is refused"
must_fail 8 hkctl net apply network.yaml
err "is present, and was absent when the change was made"
values 14000
save 15000
all_want 16000
must_fail 8 hkctl net apply network.yaml
err "want.yaml"
values 14000

begin "a plan changed by hand is refused"
save 15000
sed -i 's/to: "15000"/to: "99999"/' network.yaml
must_fail 3 hkctl net apply network.yaml
err "was changed since it was written"
values 14000

begin "a device that is gone: none is changed"
save 15000
ask kill 2 >/dev/null
must_fail 5 hkctl net apply network.yaml -o json
out '"verdict": "all old"'
ask start 2 >/dev/null
values 14000

begin "a measurement that says no: all go back"
must_fail 7 hkctl net apply network.yaml --measure false
err "'false' says no"
out "Devices: all old"
values 14000
must_fail 7 hkctl net apply network.yaml --canary 1 --measure false
values 14000
run hkctl net apply network.yaml --canary 2 --measure true --max-parallel 1
values 15000

begin "rollback, and what it refuses"
run hkctl net rollback network.yaml.journal -f farm/topology.yaml
out "Devices: all old"
values 14000
must_fail 2 hkctl net apply --resume network.yaml.journal -f farm/topology.yaml
err "rolled back"

begin "a file that is no journal is left alone"
echo "notes of mine" >notes
save 14500
must_fail 3 hkctl net rollback notes -f farm/topology.yaml
err "is no journal of hkctl"
must_fail 3 hkctl net apply network.yaml --journal notes
[ "$(cat notes)" = "notes of mine" ] || fail "it was changed"
must_fail 3 hkctl net apply network.yaml --yes -f farm/topology.yaml
values 14000

begin "an unfinished journal is not overwritten"
head -n 6 network.yaml.journal >cut.journal
save 17000
must_fail 2 hkctl net apply network.yaml --journal cut.journal
err "was not finished"
values 14000

begin "host keys are checked"
cp farm/known_hosts known_hosts.good
ssh-keygen -q -t ed25519 -N "" -f other_key
sed -i "s|ssh-ed25519 .*|$(cut -d' ' -f1,2 other_key.pub)|" farm/known_hosts
must_fail 5 hkctl net plan -f farm/topology.yaml -f want.yaml
err "host key"
cp known_hosts.good farm/known_hosts

begin "what hkctl check asks of the network"
cat >changes.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: NetworkChanges
metadata: {name: network-changes}
spec:
  formatVersion: "1.0"
  networkChanges:
  - {from: edge, to: cloud, controller: dev-1, bandwidth: {from: 14000000, to: 18500000}, price: 0, why: [too slow]}
YAML
run hkctl net plan changes.yaml -f farm/topology.yaml
out "/wan:links/link[name='edge--cloud']/bandwidth  14000  18500  edge -> cloud: bandwidth 14Mbps -> 18.5Mbps; too slow"

begin "a plan of hkctl plan: network first, then manifests"
cat >>farm/topology.yaml <<'YAML'
  sites: [{name: cameras, cluster: edge}]
  links:
  - {from: edge, to: cloud, latency: 20ms, bandwidth: 10Mbps, controller: dev-0, adjustable: {bandwidth: {max: 100Mbps, step: 1Mbps, price: 1/Gbps/h}}}
YAML
cat >pipeline.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: p}
spec:
  inputs: [{name: frames, site: cameras, rate: 100/s, size: 20kB}]
  workloads:
  - {name: work, capacity: 200/s, manifest: {file: app.yaml, kind: Deployment, name: work}, placement: {require: {matchLabels: {tier: cloud}}}}
  connections: [{from: frames, to: work, size: 20kB}]
YAML
cat >app.yaml <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: work}
spec:
  selector: {matchLabels: {app: work}}
  template:
    metadata: {labels: {app: work}}
    spec: {containers: [{name: work, image: work:1, resources: {requests: {cpu: "1"}}}]}
YAML
run hkctl plan -f farm/topology.yaml -f pipeline.yaml -o plan.yaml
run grep -c networkChanges plan.yaml
must_fail 2 hkctl apply plan.yaml -d deploy
out "/wan:links/link[name='edge--cloud']/bandwidth"
err "--network-plan"
[ ! -e deploy ] || fail "manifests were written before the network was changed"
must_fail 2 hkctl apply plan.yaml --resume -d deploy
err "nothing was begun"
[ ! -e deploy ] || fail "manifests were written before the network was changed"
must_fail 8 hkctl apply plan.yaml --resume --journal network.yaml.journal -d deploy
err "is the journal of network plan"
must_fail 2 hkctl apply changes.yaml
err "changes.yaml' is no plan"
run hkctl net plan plan.yaml -f farm/topology.yaml --save network.yaml
run hkctl apply plan.yaml --network-plan network.yaml -d deploy
out "Devices: all new"
[ "$(ask value 0 edge--cloud bandwidth)" = 16000 ] || fail "the link has not what was bought"
[ -s deploy/clusters/cloud/default/deployment-work.yaml ] || fail "no manifests"
run hkctl apply plan.yaml --rollback
[ "$(ask value 0 edge--cloud bandwidth)" = 14000 ] || fail "the link was not set back"
echo "# changed" >>pipeline.yaml
must_fail 8 hkctl apply plan.yaml -d deploy --yes
err "pipeline.yaml"

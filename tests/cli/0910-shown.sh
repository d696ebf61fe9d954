#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every command that -h, the manual or a page of docs/ shows does what it is shown for. A new one has to be run here, or to stand among those that are run elsewhere.
. "$(dirname "$0")/../lib.sh"
need git python3
python3 -c 'import yaml' 2>/dev/null || skip "python3 has no yaml"

PATH=$TRASH/bin:$PATH
GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@example.com GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@example.com
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
mkdir bin
ln -s "$HKCTL" bin/hkctl
# Stand-ins: a cluster that answers with what is saved, and no drawing.
printf '#!/bin/sh\ncat "$SAVED"\n' >bin/kubectl
printf '#!/bin/sh\ncat\n' >bin/dot
chmod +x bin/kubectl bin/dot
examples=$ROOT/examples

begin "what is shown"
blocks() { awk '/^\.Sh EXAMPLES/ { on = 1 } /^\.Sh SEE/ { on = 0 } on && /^\.Bd/ { lit = 1; next } /^\.Ed/ { lit = 0 } lit' "$1"; }
joined() { sed -e ':more' -e '/\\e$/{N;s/ *\\e\n */ /;b more' -e '}'; }
for verb in $(hkctl help -a | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	hkctl "$verb" -h | sed -n '/^Examples:/,$s/^  \([^ ]\)/\1/p'
done >all
for page in "$ROOT"/man/*.1; do blocks "$page" | joined; done >>all
for page in "$ROOT"/README.md "$ROOT"/docs/*.md; do
	awk '/^```console/ { other = 1 } /^```/ { on = !on && !other; if (!on && /^```$/) other = 0; next } on' "$page"
done >>all
sed -n 's/^- //; s/ *|$//; /^hkctl /p; /| hkctl /p' all | sort -u >shown
[ "$(wc -l <shown)" -gt 60 ] || fail "little is shown: $(cat shown)"

world() {
	begin "$1"
	rm -rf "$TRASH/world"
	mkdir "$TRASH/world"
	cd "$TRASH/world"
}
try() { # try STATUS LINE
	grep -qxF -e "$2" "$TRASH/shown" || fail "nothing shows: $2"
	echo "$2" >>"$TRASH/tried"
	hk_capture sh -c "$2"
	# shellcheck disable=SC2154 # status is set by hk_capture
	[ "$status" -eq "$1" ] || { hk_show; fail "'$2' ended with status $status, expected $1"; }
}

world "a new directory"
try 0 "hkctl init shop"
try 0 "hkctl init shop && cd shop"
cd shop
try 0 "hkctl validate ."
try 0 "hkctl plan -f topology.yaml -f pipeline.yaml -o plan.yaml"
try 0 "hkctl show plan.yaml"
out "objective"
try 0 "hkctl render plan.yaml -d deploy"
git init -q .
try 0 "hkctl init --hook --ci ."
[ -x .git/hooks/pre-commit ] && [ -f .github/workflows/hkctl.yaml ] || fail "no hook, or no workflow"

world "plans"
cp -r "$examples/online-boutique" deploy
try 0 "hkctl validate ."
try 0 "hkctl validate -o github deploy/"
try 0 "hkctl validate -o github ."
try 0 "hkctl validate -o sarif deploy/ > findings.sarif"
grep -q '"version": *"2.1.0"' findings.sarif || fail "that is no SARIF"
try 0 "hkctl fmt ."
try 0 "hkctl fmt --check ."
try 0 "hkctl plan -f deploy/ -o plan.yaml"
try 0 "hkctl plan -f deploy/ --partial -o plan.yaml"
cp plan.yaml new.yaml
try 0 "hkctl plan -f deploy/ --previous plan.yaml -o plan.yaml"
try 0 "hkctl show plan.yaml -o json"
out '"objective"'
try 0 "hkctl diff plan.yaml new.yaml"
out "decide the same"
try 0 "hkctl explain -f deploy/"
out "A plan exists"
try 0 "hkctl explain plan.yaml frontend"
out "messages/s"
try 0 "hkctl explain plan.yaml frontend --alternatives"
out "edge-a"
try 0 "hkctl explain plan.yaml frontend --why-not cloud-1"
out "cannot run in cloud-1"
try 0 "hkctl explain plan.yaml --full"
try 0 "hkctl explain Pipeline.spec.workloads"
out "capacity"
try 0 "hkctl explain HK0101"
out "unknown-key"
try 0 "hkctl graph deploy/ | dot -Tsvg > pipeline.svg"
grep -q digraph pipeline.svg || fail "no graph"
try 0 "hkctl graph -o mermaid plan.yaml"
out "flowchart"
try 0 "hkctl help plan"
out "Usage: hkctl plan"
try 0 "hkctl version"
out "hkctl"

world "a rendered tree and live objects"
cp -r "$examples/hybridkube" documents
run hkctl plan -q -f documents -o plan.yaml
cp plan.yaml new.yaml
git init -q .
try 0 "hkctl render plan.yaml -d deploy"
try 0 "hkctl render plan.yaml -d deploy --check"
try 0 "hkctl render plan.yaml -d deploy --prune --commit"
[ "$(git log --format=%an)" = x ] || fail "no commit"
try 0 "hkctl diff new.yaml -d deploy"
out "No difference"
sed 's/^metadata:$/&\n  namespace: default/' deploy/clusters/edge/*/*.yaml >saved.yaml
SAVED=saved.yaml
export SAVED
kubectl --context edge get deploy,svc -A -o json >edge.json
try 0 "hkctl diff plan.yaml -d deploy -l edge=edge.json --detailed-exitcode"
sed -i 's/^  replicas: 2/  replicas: 5/' edge.json
try 6 "hkctl diff plan.yaml -d deploy -l edge=edge.json --detailed-exitcode"
try 0 "hkctl diff plan.yaml -d deploy --detailed-exitcode"
cp -r deploy clusters
try 0 "hkctl render plan.yaml -d clusters --check"
try 0 "hkctl apply plan.yaml -d deploy"
run hkctl apply plan.yaml
err "the plan changes nothing in the network; -d DIR writes its manifests"

world "import"
printf '{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "status": {"allocatable": {"cpu": "4", "memory": "8Gi"}}}]}\n' >a.json
cp a.json c.json
SAVED=a.json
try 0 "kubectl get nodes,pods -A -o json | hkctl import nodes --cluster edge-a -"
out "name: edge-a"
try 0 "hkctl import nodes edge-a=a.json cloud=c.json -O topology.yaml"
cp "$examples/hybridkube/app.yaml" .
try 0 "hkctl import manifests app.yaml -t topology.yaml -O pipeline.yaml"
run hkctl validate topology.yaml pipeline.yaml

world "policies"
cp -r "$examples/turnbuckle" deploy
cp "$examples/slow-line.yaml" metrics.yaml
python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)' <"$examples/hello-pods.yaml" >pods.json
run hkctl plan -q -f deploy -o plan.yaml
try 7 "hkctl check plan.yaml -f deploy -f metrics.yaml --pods pods.json"
out "1 Violation"
must_fail 7 hkctl check plan.yaml -f deploy -f metrics.yaml -o bindings
cp "$TRASH/.out" bindings.yaml
try 7 "hkctl check plan.yaml -f deploy -f metrics.yaml -f bindings.yaml -o bindings >next.yaml"
same bindings.yaml next.yaml
try 0 "hkctl check plan.yaml -f deploy -f bindings.yaml -o bindings >next.yaml"
cp "$examples/hello-pods.yaml" deploy/pods.yaml
try 0 "hkctl check -f deploy -f bindings.yaml -o bindings"
rm deploy/pods.yaml
try 0 "hkctl check plan.yaml -o network"
out "kind: NetworkChanges"
try 0 "hkctl check plan.yaml --pods pods.json -o evictions"
sed -i 's/name: near\b/name: edge/; s/cluster: near\b/cluster: edge/; s/{from: near,/{from: edge,/' deploy/topology.yaml
run hkctl plan -q -f deploy -o plan.yaml
try 0 "hkctl check plan.yaml --pods edge=pods.json -o evictions"

world "the network: a line that is bought, on a device that is a program of this machine"
cp "$examples/adjustable-link/app.yaml" "$examples/adjustable-link/pipeline.yaml" "$examples/network-devices/radio" .
sed '/expires:/d; /controllers:/d; /latency: {min/d; s/latency: 10ms/latency: 6ms/' "$examples/adjustable-link/topology.yaml" >topology.yaml
cat >>topology.yaml <<'YAML'
  controllers:
  - name: wan
    protocol: generic
    local: true
    programs: {radio: [sh, radio]}
    link:
      settings:
      - {object: channel/36/power, value: {of: bandwidth, unit: Mbit/s}}
    dialect:
      strategy: the radio's own commands
      failed: "^refused:"
      objects:
      - object: "channel/{channel}/power"
        where: {channel: integer}
        value: {type: integer, min: 1, max: 30}
        read: [radio, show]
        line: "channel {channel} power {value} dBm"
        set: [[radio, power, "{channel}", "{value}"]]
        delete: [[radio, "off", "{channel}"]]
YAML
git init -q .
run hkctl plan -q -f . -o plan.yaml
try 0 "hkctl net show -f topology.yaml"
out wan
try 0 "hkctl net plan plan.yaml -f . --save network.yaml"
out "channel/36/power  (absent)  20"
try 0 "hkctl net apply network.yaml"
grep -q "power 20" radio.state || fail "nothing was set: $(cat radio.state)"
try 0 "hkctl net rollback network.yaml.journal"
[ ! -s radio.state ] || fail "nothing was taken back: $(cat radio.state)"
rm network.yaml*
try 0 "hkctl net plan plan.yaml --save network.yaml"
try 0 "hkctl apply plan.yaml --network-plan network.yaml -d deploy --commit"
grep -q "power 20" radio.state || fail "nothing was set: $(cat radio.state)"
[ "$(git log --format=%an)" = x ] || fail "no commit"
try 0 "hkctl apply plan.yaml --resume -d deploy"
try 0 "hkctl apply plan.yaml --rollback"
[ ! -s radio.state ] || fail "nothing was taken back: $(cat radio.state)"

world "run elsewhere"
elsewhere() {
	grep -qxF -e "$1" "$TRASH/shown" || fail "nothing shows: $1"
	echo "$1" >>"$TRASH/tried"
}
# 1330-net-yang.sh: needs a server with get-schema. 1310-api.sh and the transcript of docs/network-apis.md: need an operator.
elsewhere "hkctl net models -f . --yang models"
elsewhere "hkctl api request operator-x -f topology.yaml profile=QOS_E duration=30m device.ipv4=203.0.113.7 device.port=40001 server.ipv4=198.51.100.4"
elsewhere "hkctl api request operator-x profile=QOS_E duration=30m device.ipv4=203.0.113.7 device.port=40001 server.ipv4=198.51.100.4"
elsewhere "hkctl api status operator-x id=3fa85f64-5717-4562-b3fc-2c963f66afa6"
elsewhere "hkctl api release operator-x id=3fa85f64-5717-4562-b3fc-2c963f66afa6"
elsewhere "hkctl api metrics nef --from edge-a --to metro-1 -o yaml >metrics.yaml"
elsewhere "hkctl api lint my-adapter.yaml --contract quality-on-demand.yaml"
# 0042-completion-zsh.sh and its neighbours.
elsewhere "hkctl completion bash > ~/.local/share/bash-completion/completions/hkctl"
elsewhere "hkctl completion fish > ~/.config/fish/completions/hkctl.fish"
sort -u "$TRASH/tried" | comm -13 - "$TRASH/shown" >missing
[ ! -s missing ] || fail "shown, but run by no test: $(cat missing)"

world "the documents that the manual shows belong together"
for page in metrics pipeline topology; do blocks "$ROOT/man/hkctl-$page.5" >"$page.yaml"; done
cp "$examples/adjustable-link/app.yaml" .
sed -i "s/^  name: .*/  name: web/; s/name: [a-z]*, namespace/name: web, namespace/" app.yaml
run hkctl validate metrics.yaml pipeline.yaml topology.yaml
out "3 documents valid"
run hkctl plan -q -f .
run hkctl fmt --check metrics.yaml pipeline.yaml topology.yaml

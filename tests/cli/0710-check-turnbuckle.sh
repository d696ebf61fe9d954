#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What turnbuckle's controllers are known to get wrong, one case each.
. "$(dirname "$0")/../lib.sh"
need python3
shared=$ROOT/../shared

cat >topology.yaml <<'END'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec:
  clusters:
  - {name: near, nodes: [{name: n1, allocatable: {cpu: "4", memory: 8Gi}}, {name: n2, allocatable: {cpu: "4", memory: 8Gi}}]}
  - {name: far, nodes: [{name: f1, allocatable: {cpu: "2", memory: 4Gi}}]}
  controllers: [{name: wan, protocol: netconf, ssh: {host: 192.0.2.1, user: ops}}]
  links: [{from: near, to: far, latency: 9ms, jitter: 1ms, loss: 0.1%, bandwidth: 1Gbps, controller: wan}]
END
offer() { # offer POLICIES [MORE]
	printf 'apiVersion: constraint.ciena.com/v1alpha1\nkind: ConstraintPolicyOffer\nmetadata: {name: o}\nspec:\n  targets:\n'
	printf '  - {name: source, kind: Pod, labelSelector: {matchLabels: {app: client}}}\n  - {name: destination, kind: Pod, labelSelector: {matchLabels: {app: server}}}\n'
	printf '  policies: [%s]\n%s' "$1" "${2:+  $2
}"
}
policy() { printf -- '---\napiVersion: constraint.ciena.com/v1alpha1\nkind: ConstraintPolicy\nmetadata: {name: %s}\nspec: {rules: [%s]}\n' "$1" "$2"; }
metrics() { printf 'apiVersion: hkctl.dev/v1alpha1\nkind: Metrics\nmetadata: {name: m}\nspec: {observedAt: "%s", links: [{from: near, to: far, %s}]}\n' "$1" "$2" >metrics.yaml; }
pod() { printf -- '- metadata: {name: %s, labels: {app: %s}}\n  spec: {nodeName: %s}\n  status: {phase: Running}\n' "$1" "$2" "$3"; }
{ printf 'kind: PodList\napiVersion: v1\nitems:\n'; pod client-0 client n1; pod server-0 server f1; } >pods.yaml
all="-f topology.yaml -f policies.yaml -f metrics.yaml --pods pods.yaml"

begin "Error does not hide a Violation, nor does Pending"
{ offer "slow, unknown, waiting"; policy slow '{name: latency, request: 5ms, limit: 8ms}'; policy unknown '{name: colour, request: red, limit: red}'
	policy waiting '{name: jitter, request: 2ms, limit: 3ms}'; } >policies.yaml
metrics 2026-01-31T12:00:00Z "latency: 9ms"
must_fail 7 hkctl check $all -o json
python3 - <<'PY'
import json
b, = json.load(open(".out"))["bindings"]
assert b["state"] == "Violation", b
assert {p["policy"]: p["state"] for p in b["policies"]} == {"slow": "Violation", "unknown": "Error", "waiting": "Pending"}, b
PY

begin "Pending is Pending, not Compliant"
{ offer "waiting"; policy waiting '{name: jitter, request: 2ms, limit: 3ms}'; } >policies.yaml
run hkctl check $all
out "1 Pending"

begin "a missing policy is an Error of the whole, not a detail"
{ offer "fine, gone"; policy fine '{name: latency, request: 10ms, limit: 20ms}'; } >policies.yaml
must_fail 7 hkctl check $all
out "1 Error"
out "policy gone does not exist"

begin "the same rule in two policies: the stricter one is not lost"
{ offer "wide, narrow"; policy wide '{name: latency, request: 50ms, limit: 90ms}'; policy narrow '{name: latency, request: 5ms, limit: 8ms}'; } >policies.yaml
must_fail 7 hkctl check $all
out "latency: 9ms, limit 8ms"

begin "values and units are parsed: 2ms and 2000us are one thing, 1MiB is understood"
{ offer "p"; policy p '{name: latency, request: 9000us, limit: 10ms}, {name: memory, request: 4096MiB, limit: "1"}'; } >policies.yaml
run hkctl check $all -a
out "1 Compliant"

begin "a reason that changes does not restart the grace"
{ offer "p" "grace: 1m, violationPolicy: Evict"; } | sed 's/  grace: 1m, violation/  grace: 1m\n  violation/' >policies.yaml
policy p '{name: latency, request: 5ms, limit: 8ms}' >>policies.yaml
metrics 2026-01-31T12:00:00Z "latency: 9ms"
must_fail 7 hkctl check $all -o bindings
cp .out bindings.yaml
metrics 2026-01-31T12:02:00Z "latency: 9.3ms"
must_fail 7 hkctl check $all -f bindings.yaml -o bindings
grep -q '"lastComplianceChangeTimestamp":"2026-01-31T12:00:00Z"' .out || fail "another reason made another time"
grep -q '9.3ms' .out || fail "the reason is not the new one"

begin "evict: the network first, the eviction after its grace, and never the same node again"
must_fail 7 hkctl check $all -f bindings.yaml
out "mediate"
out "near -> far: ask controller wan for latency <= 8ms"
must_fail 7 hkctl check $all -f bindings.yaml -o bindings
grep -q '"lastMitigatedTimestamp":"2026-01-31T12:02:00Z"' .out || fail "the network change has no time"
cp .out later.yaml
metrics 2026-01-31T12:02:59Z "latency: 9.2ms"
must_fail 7 hkctl check $all -f later.yaml
out "wait: mediated until 2026-01-31T12:03:00Z"
metrics 2026-01-31T12:03:00Z "latency: 9.2ms"
must_fail 7 hkctl check $all -f later.yaml
out "no controller would make it again"

begin "Mediate does something, and the controller learns the value that has to be reached"
{ offer "p" "violationPolicy: Mediate"; policy p '{name: latency, request: 5ms, limit: 8ms}, {name: loss, request: "0", limit: 0.01%}'; } >policies.yaml
metrics 2026-01-31T12:00:00Z "latency: 9ms, loss: 0.1%"
must_fail 7 hkctl check $all -o network
python3 - <<'PY'
import yaml
d, = yaml.safe_load_all(open(".out"))
assert d["kind"] == "NetworkChanges" and "networkChanges" not in d["spec"], d
r, = d["spec"]["requests"]
assert (r["from"], r["to"], r["controller"], r["latency"], r["loss"]) == ("near", "far", "wan", 0.008, 0.0001), r
assert all("offer default/o" in w for w in r["why"]) and len(r["why"]) == 2, r
PY

begin "Ignore is said to be so"
{ offer "p" "violationPolicy: Ignore"; policy p '{name: latency, request: 5ms, limit: 8ms}'; } >policies.yaml
must_fail 7 hkctl check $all
out "ignore: the policy says so"

begin "targets: two of one name both count, any label selector will do, the cluster is filled in"
cat >policies.yaml <<'END'
apiVersion: constraint.ciena.com/v1alpha1
kind: ConstraintPolicyOffer
metadata: {name: o}
spec:
  targets:
  - {kind: Pod, labelSelector: {matchExpressions: [{key: app, operator: In, values: [client, other]}, {key: gone, operator: DoesNotExist}]}}
  - {kind: Pod, labelSelector: {matchExpressions: [{key: app, operator: NotIn, values: [client]}]}}
  policies: [p]
END
policy p '{name: latency, request: 50ms, limit: 80ms}' >>policies.yaml
metrics 2026-01-31T12:00:00Z "latency: 9ms"
run hkctl check $all -a -o json
err "the later one is taken as 'default-2'"
python3 - <<'PY'
import json
b, = json.load(open(".out"))["bindings"]
assert b["targets"] == {"default": "near:default:v1:Pod:client-0", "default-2": "far:default:v1:Pod:server-0"}, b
PY

begin "a grace of 1h30m is read; one that Go could not parse is a finding, not an eviction at once"
{ offer "p" "grace: 1h30m"; policy p '{name: latency, request: 5ms, limit: 8ms}'; } >policies.yaml
run hkctl validate -q policies.yaml
sed -i 's/1h30m/1hm/' policies.yaml
must_fail 3 hkctl check $all
err "grace"

begin "a provider that is missing, fails, hangs, floods or talks nonsense makes an Error, never a pass"
{ offer "p"; policy p '{name: colour, request: red, limit: red}'; } >policies.yaml
must_fail 7 hkctl check $all
out "nobody evaluates this rule"
# shellcheck disable=SC2016
for case in 'exit 3|ended with status 3' 'kill -9 $$|ended by signal 9' 'sleep 30|does not answer within 0.3 s' 'yes|' 'echo nonsense|is no JSON' 'echo "{}"|not of version 1' 'cat >/dev/null; echo "{\"version\":1}"|says nothing about this binding' \
	'echo "{\"version\":1,\"default\":{\"state\":\"Fine\"}}"|is no state' 'echo "{\"version\":1,\"default\":{}}"|either'; do
	printf '#!/bin/sh\n%s\n' "${case%%|*}" >provider
	chmod +x provider
	must_fail 7 hkctl check $all --provider colour=./provider --provider-timeout 300ms
	out "1 Error"
	out "${case#*|}"
done
must_fail 7 hkctl check $all --provider colour=./absent
out "cannot start provider"

begin "a program's answers: value compared, state taken, the request names what is asked"
cat >provider <<'END'
#!/usr/bin/env python3
import json, sys
q = json.load(sys.stdin)
assert q["rule"] == "colour" and q["request"] == "red" and q["offer"] == "default/o", q
print(json.dumps({"version": 1, "results": [{"targets": {"source": s, "destination": d}, "value": "red"} for s in q["targets"]["source"] for d in q["targets"]["destination"]]}))
END
run hkctl check $all --provider colour=./provider -a
out "1 Compliant"
sed -i 's/"value": "red"/"state": "Violation", "reason": "it is \\u001b[31mblue"/' provider
must_fail 7 hkctl check $all --provider colour=./provider
out 'it is \x1b[31mblue'

begin "references that the definition of bindings cannot store survive a round"
sed -e 's/client-0/client.0/' pods.yaml >odd.yaml
must_fail 7 hkctl check -f topology.yaml -f policies.yaml -f metrics.yaml --pods odd.yaml -o bindings
grep -q '"name":"client_x2e0"' .out && grep -q 'hkctl.dev/target-source":"near:default:v1:Pod:client.0' .out || fail "dotted name"
cp .out bindings.yaml
metrics 2026-01-31T13:00:00Z "latency: 9ms"
must_fail 7 hkctl check -f topology.yaml -f policies.yaml -f metrics.yaml -f bindings.yaml --pods odd.yaml -o bindings
grep -q '"lastComplianceChangeTimestamp":"2026-01-31T12:00:00Z"' .out || fail "the binding was not found again"

begin "bindings fit turnbuckle's own definition"
[ -d "$shared/contracts/crds/turnbuckle" ] || skip "../shared/contracts is not there"
python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"
check_crd() {
	python3 - "$shared/contracts/crds/turnbuckle/constraintpolicybindings.yaml" .out <<'PY'
import json, sys, yaml, jsonschema
crd = next(d for d in yaml.safe_load_all(open(sys.argv[1])) if d)
schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
def strict(s):
    if isinstance(s, dict):
        if s.get("type") == "object" and "properties" in s and s.get("additionalProperties") is None:
            s["additionalProperties"] = False
        for v in s.values():
            strict(v)
for part in ("spec", "status"):
    strict(schema["properties"][part])
docs = list(yaml.safe_load_all(open(sys.argv[2])))
assert docs
for d in docs:
    jsonschema.validate(d, schema)
    assert d["kind"] == "ConstraintPolicyBinding" and len(d["metadata"]["name"]) < 254
PY
}
check_crd || fail "an object does not fit"

begin "turnbuckle's own samples"
[ -d "$shared/samples/turnbuckle" ] || skip "../shared/samples is not there"
cat >sample-pods.yaml <<'END'
kind: PodList
apiVersion: v1
items:
- {metadata: {name: hello-client-1, labels: {app: hello-client}}, spec: {nodeName: n1}, status: {phase: Running}}
- {metadata: {name: hello-server-1, labels: {app: hello-server}}, spec: {nodeName: f1}, status: {phase: Running}}
END
must_fail 7 hkctl check -f topology.yaml -f metrics.yaml -f "$shared/samples/turnbuckle/policies.yaml" --pods sample-pods.yaml -a
out "latency: 9ms, limit 500us"
out "cpu-count: 2, request 4 (allocatable on the node)"
must_fail 7 hkctl check -f topology.yaml -f "$shared/samples/turnbuckle/wt-policies.yaml" -f "$shared/samples/turnbuckle/wt-ruleprovider.yaml" --pods sample-pods.yaml -o bindings
check_crd || fail "an object of the sample does not fit"
grep -q 'network too slow (provider latency-rule)' .out || fail "the RuleProvider was not heard"
# the name turnbuckle gives to this binding, but for the cluster, which it leaves empty
python3 - <<'PY'
import json, yaml
d = next(yaml.safe_load_all(open(".out")))
text = "".join(":".join(d["spec"]["targets"][t][k] for k in ("cluster", "namespace", "apiVersion", "kind", "name")) for t in sorted(d["spec"]["targets"]))
h = 2166136261
for b in text.encode():
    h = (h ^ b) * 16777619 % 2**32
letters = "bcdfghjklmnpqrstvwxz2456789"
assert d["metadata"]["name"] == "fast-offer-" + "".join(letters[ord(c) % len(letters)] for c in str(h)), d["metadata"]["name"]
PY

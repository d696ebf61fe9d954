#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"
need python3
cp "$ROOT"/examples/turnbuckle/*.yaml .
docs="-f app.yaml -f pipeline.yaml -f policies.yaml -f topology.yaml"

pod() { # pod NAME APP NODE [MORE-SPEC]
	printf -- '- metadata: {name: %s, namespace: default, uid: u-%s, labels: {app: %s}, ownerReferences: [{kind: ReplicaSet, name: x}]}\n' "$1" "$1" "$2"
	printf '  spec: {%scontainers: [{name: c, resources: {requests: {cpu: 250m}}}]%s}\n  status: {phase: Running}\n' "${3:+nodeName: $3, }" "${4:+, $4}"
}
pods() { printf 'apiVersion: v1\nkind: PodList\nitems:\n'; }
metrics() { # metrics TIME LATENCY
	printf 'apiVersion: hkctl.dev/v1alpha1\nkind: Metrics\nmetadata: {name: m}\nspec:\n  observedAt: "%s"\n  links:\n  - {from: near, to: middle, latency: %s}\n' "$1" "$2"
}
{ pods; pod hello-client-1 hello-client near-1-1; pod hello-server-1 hello-server middle-1-1; pod hello-server-2 hello-server ""; } >pods.yaml
run hkctl plan -q $docs -o plan.yaml

begin "of a plan without pods: nothing was measured, so everything is Pending and nothing is wrong"
run hkctl check plan.yaml
out "1 Pending"
out "not measured; declared 15ms"
must_fail 6 hkctl check plan.yaml --detailed-exitcode
run hkctl check plan.yaml --declared --detailed-exitcode -a
out "1 Compliant"

begin "of a plan with saved pods, of which there is none: nothing runs, and that is told"
pods >none.yaml
echo '  []' >>none.yaml
run hkctl check plan.yaml --pods none.yaml
out "hello: hello-client in near: planned 1, running 0"
err "selects nothing"
must_fail 6 hkctl check plan.yaml --pods near=none.yaml --detailed-exitcode
must_fail 3 hkctl check $docs --pods none.yaml
err "no pod among the inputs"
echo "[]" >other.json
must_fail 3 hkctl check plan.yaml --pods near=other.json
err "'other.json' has no Kubernetes object"

begin "a pod on a node that nobody knows"
{ pods; pod hello-client-1 hello-client near-1-1; pod hello-server-1 hello-server elsewhere-1; } >unknown.yaml
must_fail 7 hkctl check plan.yaml --pods unknown.yaml
err "1 pod runs on a node of no topology [HK1005]"

begin "a period that is no number"
sed "s/period: .*/period: $(printf '9%.0s' $(seq 400))h/" policies.yaml >long.yaml
must_fail 3 hkctl check plan.yaml -f app.yaml -f pipeline.yaml -f topology.yaml -f long.yaml
err "h' is no duration, so the period of offer 'fast-offer' is not known [HK1002]"

begin "lists in lists are read"
{ printf 'apiVersion: v1\nkind: List\nitems:\n- '; sed '1!s/^/  /' pods.yaml; } >nested.yaml
run hkctl check plan.yaml --pods nested.yaml
out "near/hello-client-1 -> middle/hello-server-1"

begin "measured: request kept, limit kept, limit broken"
metrics 2026-01-31T12:00:00Z 19ms >m.yaml
run hkctl check $docs -f m.yaml --pods pods.yaml -a
out "1 Pending, 1 Compliant"
metrics 2026-01-31T12:00:00Z 50ms >m.yaml
run hkctl check $docs -f m.yaml --pods pods.yaml
out "Limit"
metrics 2026-01-31T12:00:00Z 51ms >m.yaml
must_fail 7 hkctl check $docs -f m.yaml --pods pods.yaml
out "1 Violation, 1 Pending"
out "latency: 51ms, limit 50ms (measured link by link)"

begin "grace counts from the times of the last check, not from the clock"
out "wait: grace until 2026-01-31T12:01:00Z"
must_fail 7 hkctl check $docs -f m.yaml --pods pods.yaml -o bindings
cp .out bindings.yaml
metrics 2026-01-31T12:00:59Z 52ms >m.yaml
must_fail 7 hkctl check $docs -f m.yaml -f bindings.yaml --pods pods.yaml
out "wait: grace until 2026-01-31T12:01:00Z"
metrics 2026-01-31T12:01:00Z 52ms >m.yaml
must_fail 7 hkctl check $docs -f m.yaml -f bindings.yaml --pods pods.yaml
out "evict"
out "default/hello-server-1 on middle/middle-1-1: fits in near/near-1-1, mends 1 binding"
must_fail 7 hkctl check $docs -f m.yaml --at 2026-01-31T12:01:00Z -f bindings.yaml --pods pods.yaml
out "2026-01-31T12:00:00Z"

begin "evictions are objects for the eviction API, with the pod's uid"
must_fail 7 hkctl check $docs -f m.yaml -f bindings.yaml --pods pods.yaml -o evictions
python3 - <<'PY'
import json
lines = open(".out").read().splitlines()
assert len(lines) == 1, lines
e = json.loads(lines[0])
assert e["apiVersion"] == "policy/v1" and e["kind"] == "Eviction" and e["metadata"]["name"] == "hello-server-1" and e["metadata"]["namespace"] == "default", e
assert e["deleteOptions"]["preconditions"]["uid"] == "u-hello-server-1", e
PY

begin "without any time nobody can say that the grace has gone"
printf 'apiVersion: hkctl.dev/v1alpha1\nkind: Metrics\nmetadata: {name: m}\nspec: {links: [{from: near, to: middle, latency: 60ms}]}\n' >timeless.yaml
must_fail 7 hkctl check $docs -f timeless.yaml --pods pods.yaml
out "wait: grace, but no input says when it is"
must_fail 7 hkctl check $docs -f timeless.yaml --pods pods.yaml --no-grace
out "evict"

begin "drift: what runs elsewhere, and what does not run"
{ pods; pod hello-client-1 hello-client near-1-1; pod hello-server-1 hello-server middle-1-3; pod hello-server-2 hello-server middle-1-1; } >drift.yaml
metrics 2026-01-31T12:00:00Z 10ms >m.yaml
must_fail 6 hkctl check plan.yaml $docs -f m.yaml --pods drift.yaml --detailed-exitcode
out "hello: hello-server in middle: planned 1, running 2"
{ pods; pod hello-client-1 hello-client near-1-2; pod hello-server-1 hello-server middle-1-1; } >drift.yaml
run hkctl check plan.yaml $docs -f m.yaml --pods drift.yaml
out "hello: hello-client in near on near-1-1: planned 1, running 0"
out "hello: hello-client in near on near-1-2: planned 0, running 1"
out "hkctl plan -f app.yaml -f pipeline.yaml -f policies.yaml -f topology.yaml -f m.yaml --previous plan.yaml -o plan.yaml"

begin "json: one document with everything"
metrics 2026-01-31T12:00:00Z 60ms >m.yaml
must_fail 7 hkctl check plan.yaml $docs -f m.yaml --pods pods.yaml --no-grace -o json
python3 - <<'PY'
import json
d = json.load(open(".out"))
assert d["formatVersion"] == "1.0" and d["now"] == "2026-01-31T12:00:00Z" and d["subjects"] == "pods"
assert d["summary"]["bindings"] == 2 and d["summary"]["states"]["Violation"] == 1 and d["summary"]["actions"]["evict"] == 1
assert [b["state"] for b in d["bindings"]] == ["Pending", "Violation"]
rule = d["bindings"][1]["policies"][0]["rules"][0]
assert rule["value"] == 0.06 and rule["limit"] == "50ms", rule
assert d["evictions"][0]["toCluster"] == "near" and d["replan"].startswith("hkctl plan "), d
PY

begin "a new plan on request: only what it moves is evicted"
must_fail 7 hkctl check plan.yaml $docs -f m.yaml --pods pods.yaml --no-grace --replan after.yaml -o json
python3 - <<'PY'
import json
d = json.load(open(".out"))
assert [e["pod"] for e in d["evictions"]] == ["hello-server-1"] and d["evictions"][0]["toCluster"] == "near", d["evictions"]
PY
run hkctl show after.yaml

begin "usage"
must_fail 2 hkctl check
must_fail 2 hkctl check $docs --at noon --pods pods.yaml
must_fail 2 hkctl check $docs --provider latency --pods pods.yaml
must_fail 2 hkctl check $docs --pods nowhere=pods.yaml
must_fail 3 hkctl check -f topology.yaml
must_fail 3 hkctl check $docs
err "no pod among the inputs"

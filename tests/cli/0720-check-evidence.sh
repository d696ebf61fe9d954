#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Who answers for a rule: labels, measured values by name, providers in their order, and the network's own numbers in parts.
. "$(dirname "$0")/../lib.sh"
need python3
cat >topology.yaml <<'END'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec:
  clusters:
  - name: a
    labels: {colour: red}
    nodes: [{name: a1, allocatable: {cpu: "4"}, labels: {encrypted: "true"}}, {name: a2, allocatable: {cpu: "4"}}]
  - {name: b}
  - {name: c, nodes: [{name: c1, allocatable: {cpu: "4"}, labels: {hkctl.dev/encrypted: "false"}}]}
  links: [{from: a, to: b, latency: 4ms}, {from: b, to: c, latency: 4ms}]
END
cat >pods.yaml <<'END'
apiVersion: v1
kind: PodList
items:
- {metadata: {name: one, labels: {app: x, tier: client}}, spec: {nodeName: a1}, status: {phase: Running}}
- {metadata: {name: two, labels: {app: x, tier: client}}, spec: {nodeName: a2}, status: {phase: Running}}
- {metadata: {name: three, labels: {app: x, tier: server}}, spec: {nodeName: c1}, status: {phase: Running}}
- {metadata: {name: gone, labels: {app: x}}, spec: {nodeName: a1}, status: {phase: Succeeded}}
END
offer() { # offer RULE...: one target
	printf 'apiVersion: constraint.ciena.com/v1alpha1\nkind: ConstraintPolicy\nmetadata: {name: p}\nspec: {rules: [%s]}\n---\n' "$1"
	printf 'apiVersion: constraint.ciena.com/v1alpha1\nkind: ConstraintPolicyOffer\nmetadata: {name: o}\nspec: {targets: [%s], policies: [p]}\n' "${2:-{kind: Pod, labelSelector: {matchLabels: {app: x\}\}\}}"
}
metrics() { printf 'apiVersion: hkctl.dev/v1alpha1\nkind: Metrics\nmetadata: {name: m}\nspec: {observedAt: "2026-01-31T12:00:00Z", %s}\n' "$1" >metrics.yaml; }
states() { # states STATE-OF-one STATE-OF-two STATE-OF-three
	hk_capture hkctl check -q -f topology.yaml -f policies.yaml -f metrics.yaml --pods pods.yaml -a -o json
	python3 - "$@" <<'PY' || { cat .out .err; fail "states"; }
import json, sys
got = {b["targets"]["default"].split(":")[-1]: b["state"] for b in json.load(open(".out"))["bindings"]}
assert got == dict(zip(("one", "two", "three"), sys.argv[1:])), got
PY
}
way() { # way STATE REASON
	hk_capture hkctl check -q -f topology.yaml -f policies.yaml -f metrics.yaml --pods pods.yaml -a
	out "1 $1"
	out "$2"
}
metrics 'clusters: [{name: a, availability: 99%}]'

begin "labels of nodes, then of their clusters; no label is an Error"
offer '{name: encrypted, request: "true", limit: "true"}' >policies.yaml
states Compliant Error Violation
offer '{name: colour, request: red, limit: green}' >policies.yaml
states Compliant Compliant Error

begin "measured values: of the pod before its node before its cluster"
offer '{name: noise, request: "10", limit: "20"}' >policies.yaml
metrics 'values: [{name: noise, target: one, value: 15}, {name: noise, target: a1, value: 5}, {name: noise, target: a, value: 25}, {name: noise, target: "c:default:v1:Pod:three", value: 10}]'
states Limit Violation Compliant

begin "a value that cannot be compared is an Error, not a pass"
metrics 'values: [{name: noise, target: one, value: loud}, {name: noise, target: a, value: 1}, {name: noise, target: c, value: 1}]'
states Error Compliant Compliant

begin "providers: the higher priority first, costs below zero exclude"
offer '{name: cost, request: "5", limit: "9"}' >policies.yaml
cat >>policies.yaml <<'END'
---
apiVersion: constraint.ciena.com/v1
kind: CostProvider
metadata: {name: costs}
spec: {rule: cost, priority: 1, target: ".*:Pod:.*", values: [{node: "a:a1", cost: 4}, {node: "a:.*", cost: 12}, {node: "c:.*", cost: -1}]}
END
states Compliant Violation Violation
cat >>policies.yaml <<'END'
---
apiVersion: constraint.ciena.com/v1
kind: RuleProvider
metadata: {name: low}
spec: {rule: cost, priority: 2, targets: [{name: default, reference: ":Pod:t.*"}], value: Violation}
---
apiVersion: constraint.ciena.com/v1
kind: RuleProvider
metadata: {name: high}
spec: {rule: cost, priority: 3, targets: [{name: default, reference: ":Pod:three$"}], value: Limit, reason: so}
END
states Compliant Violation Limit

begin "a pattern that cannot be used is an Error"
sed -i 's/:Pod:three\$/a{3}/' policies.yaml
states Error Error Error

begin "a way: parts of it show a violation, never compliance; end to end beats link by link"
pair='{name: source, kind: Pod, labelSelector: {matchExpressions: [{key: tier, operator: In, values: [client]}]}}, {name: destination, kind: Pod, labelSelector: {matchLabels: {tier: server}}}'
sed -i '/name: two/d' pods.yaml
offer '{name: latency, request: 5ms, limit: 10ms}' "$pair" >policies.yaml
metrics 'links: [{from: a, to: b, latency: 9ms}]'
way Pending "not measured; declared 13ms"
metrics 'links: [{from: a, to: b, latency: 11ms}]'
way Violation "11ms, limit 10ms (measured on a part of the way alone)"
metrics 'links: [{from: a, to: b, latency: 3ms}, {from: b, to: c, latency: 4ms}]'
way Limit "7ms, request 5ms (measured link by link)"
metrics 'links: [{from: a, to: b, latency: 30ms}], pairs: [{from: a, to: c, latency: 5ms}]'
way Compliant "1 Compliant"
metrics 'links: [{from: a, to: b, latency: 3ms}, {from: b, to: c, latency: 4ms}], values: [{name: latency, from: one, to: c, value: 12ms}]'
way Violation "12ms, limit 10ms (measured)"

begin "one target cannot have a way; clusters can be targets"
offer '{name: latency, request: 5ms, limit: 10ms}' '{kind: Pod, labelSelector: {matchLabels: {tier: server}}}' >policies.yaml
way Error "the rule is about a way, but the offer has one target"
offer '{name: latency, request: 5ms, limit: 10ms}' '{name: source, kind: Cluster, labelSelector: {matchLabels: {name: a}}}, {name: destination, kind: Cluster, labelSelector: {matchLabels: {name: c}}}' >policies.yaml
metrics 'links: [{from: a, to: b, latency: 1ms}, {from: b, to: c, latency: 1ms}]'
way Compliant "1 Compliant"

begin "labels of links: all links of the way, the worst counts"
offer '{name: encrypted, request: "true", limit: "true"}' "$pair" >policies.yaml
sed -i 's/labels: {encrypted: "true"}/labels: {other: x}/; s/labels: {hkctl.dev.encrypted: "false"}/labels: {other: x}/' topology.yaml
for case in 'true|true|Compliant' 'true|false|Violation' 'true||Pending' 'false||Violation'; do
	rest=${case#*|}
	first=${case%%|*} second=${rest%%|*}
	sed "s/  links: .*/  links: [{from: a, to: b, latency: 4ms, labels: {encrypted: '$first'}}, {from: b, to: c, latency: 4ms${second:+, labels: {hkctl.dev\/encrypted: '$second'\}}}]/" topology.yaml >labelled.yaml
	run hkctl validate -q labelled.yaml
	hk_capture hkctl check -q -f labelled.yaml -f policies.yaml --pods pods.yaml -a
	out "1 ${case##*|}"
done

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Input made to hurt gets an answer, within bounded memory and time.
. "$(dirname "$0")/../lib.sh"
need python3

hostile() { # NAME RULE
	begin "$1"
	status=0
	(ulimit -v 3000000 2>/dev/null || true; ulimit -t 30; exec "$HKCTL" validate "$1") >"$TRASH/.out" 2>"$TRASH/.err" || status=$?
	if [ "$status" -eq 1 ] && [ -n "${ASAN:-}" ]; then return; fi
	[ "$status" -eq 3 ] || { cat .err; head -c 2000 .out; fail "status $status, expected 3"; }
	grep -q "$2" .out || { head -c 2000 .out; fail "no $2"; }
}

# AddressSanitizer reserves address space that no limit can hold.
if "$HKCTL" version >/dev/null 2>&1 && ! (ulimit -v 3000000; "$HKCTL" version >/dev/null 2>&1); then
	skip "this build cannot run under an address space limit (sanitizer)"
fi

python3 - <<'PY'
head = "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: a}\nspec:\n"
def w(name, text):
    open(name, "wb").write(text if isinstance(text, bytes) else text.encode())
w("deep-flow.yaml", head + "  clusters: " + "[" * 100000 + "\n")
w("deep-block.yaml", head + "".join(" " * (2 + i) + "a:\n" for i in range(3000)))
w("bomb.yaml", "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(f"{chr(98+i)}: &{chr(98+i)} [" + ",".join(["*" + chr(97+i)] * 10) + "]\n" for i in range(20)))
w("cycle.yaml", "a: &a [*a]\n")
w("nul.yaml", head.encode() + b"  clusters: \x00\n")
w("latin1.yaml", head.encode() + b"  clusters: [{name: caf\xe9}]\n")
w("duplicate.yaml", head + "  clusters: []\n  clusters: []\n")
w("utf16.yaml", head.encode("utf-16"))
w("truncated.yaml", head + "  clusters: [{name: a, nodes: [")
w("tab.yaml", head + "\tclusters: []\n")
w("binary.yaml", bytes(range(256)) * 40)
w("complex.yaml", "? [a, b]\n: c\n")
w("one-line.json", '{"apiVersion":"v1","kind":"List","metadata":{"name":"x"},"items":[' + ",".join(['"xxxxxxxxxxxxxxxx"'] * 1000000) + "]}")
with open("huge.yaml", "wb") as f:
    f.write(head.encode())
    for i in range(100):
        f.write(b"# " + b"x" * 1048573 + b"\n")
PY
hostile deep-flow.yaml HK0006
hostile deep-block.yaml HK0006
hostile bomb.yaml HK0008
hostile cycle.yaml HK0012
hostile nul.yaml HK0004
hostile latin1.yaml HK0003
hostile duplicate.yaml HK0005
hostile utf16.yaml HK00
hostile truncated.yaml HK0002
hostile tab.yaml HK0002
hostile binary.yaml HK00
hostile complex.yaml HK0011
hostile huge.yaml HK0007
hostile one-line.json HK0007

begin "YAML 1.1 surprises"
printf 'apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: a}\nspec:\n  clusters:\n  - {name: a, labels: {%s}}\n' 'x: no, y: 0777, z: 1e3, t: 12:30:45' >surprise.yaml
"$HKCTL" validate surprise.yaml >.out 2>&1 || true
[ "$(grep -c HK0009 .out)" -ge 3 ] || { cat .out; fail "not every surprise was found"; }
out '"no"'

begin "a rate that takes more replicas than can be planned, with no largest number given"
cat >rate.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: one}
spec: {clusters: [{name: only}]}
---
apiVersion: hkctl.dev/v1alpha1
kind: Pipeline
metadata: {name: p}
spec:
  inputs: [{name: i, cluster: only, rate: 1000000000000/s}]
  workloads: [{name: w, capacity: 10/s}]
  connections: [{from: i, to: w}]
YAML
must_fail 3 hkctl plan -f rate.yaml -o rate-plan.yaml
err "rate.yaml:11:35: error: 1000000M/s arrive at 'w', which takes 100000000000 replicas; at most 1000000 can be planned [HK0405]"

begin "a link that leads nowhere is a document that is missing"
mkdir links && ln -s nowhere.yaml links/a.yaml && ln -s self.yaml links/self.yaml
must_fail 3 hkctl validate links
out "links/a.yaml"
out "links/self.yaml"

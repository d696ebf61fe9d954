#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"

cat >mixed.yaml <<'YAML'
# A header that stays at the top.

kind:   Topology
# the version comes first
apiVersion: hkctl.dev/v1alpha1
metadata:
  name: a   # beside


spec:
  # links before clusters
  links:
  - {to: b, from: a, latency: 1ms}
  clusters:
  - tier: edge   
    # its name
    name: a
  - labels:
      z: "1"
      a: "2"
    name: b
YAML
cp mixed.yaml kept.yaml

begin "--check writes nothing"
must_fail 6 hkctl fmt --check mixed.yaml
same mixed.yaml kept.yaml

begin "keys in order, comments with their keys, everything else as it was"
run hkctl fmt mixed.yaml
golden formatted.yaml mixed.yaml
run hkctl fmt --check mixed.yaml
cp mixed.yaml once.yaml
run hkctl fmt mixed.yaml
same mixed.yaml once.yaml

begin "standard input to standard output"
"$HKCTL" fmt - <kept.yaml >piped.yaml
same piped.yaml once.yaml

begin "Kubernetes objects keep every byte"
printf 'kind:   Deployment\napiVersion: apps/v1\nmetadata: {name: x}   \n' >k8s.yaml
cp k8s.yaml k8s.orig
run hkctl fmt k8s.yaml
same k8s.yaml k8s.orig

begin "block scalars and CRLF keep their content"
printf 'kind: Pipeline\r\napiVersion: hkctl.dev/v1alpha1\r\nmetadata:\r\n  name: a\r\n' >crlf.yaml
run hkctl fmt crlf.yaml
[ "$(head -n 1 crlf.yaml | tr -d '\r')" = "apiVersion: hkctl.dev/v1alpha1" ] || fail "not in order: $(cat crlf.yaml)"
grep -q "$(printf 'metadata:\r')" crlf.yaml || fail "line ends changed"

begin "what is not YAML is left alone"
printf 'a: [1\n' >broken.yaml
must_fail 3 hkctl fmt broken.yaml
[ "$(cat broken.yaml)" = "a: [1" ] || fail "a broken file was changed"

begin "a header above the first key stays on top, deeper comments stay with what is above them"
printf '# about all of it\nkind: Pipeline\napiVersion: hkctl.dev/v1alpha1\nspec:\n  connections:\n  - to: b\n    latency:\n      limit: 5ms\n      # about latency\n    from: a\n    # about this connection\n\n    # and this\n  workloads: []\n\n  # about spec\nmetadata: {name: x}\n' >deep.yaml
printf '# about all of it\napiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: x}\nspec:\n  workloads: []\n  connections:\n  - from: a\n    to: b\n    latency:\n      limit: 5ms\n      # about latency\n    # about this connection\n\n    # and this\n\n  # about spec\n' >deep.want
run hkctl fmt deep.yaml
same deep.yaml deep.want

begin "the examples are in canonical form"
run hkctl fmt --check "$ROOT"/examples "$ROOT"/pipelines

begin "blank lines that belong to a value stay, wherever the document ends"
cat >keep.py <<'PY'
import sys, yaml
assert list(yaml.safe_load_all(open(sys.argv[1]))) == list(yaml.safe_load_all(open(sys.argv[2])))
PY
head='apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata:   \n  name: u   \n  annotations:\n    z: "1"      \n    a: |+\n'
printf "$head"'      x\n\n\n' >k1.yaml
printf "$head"'      x\n\n\n# foot\n\n\n\n' >k2.yaml
printf "$head"'\n\n\n' >k3.yaml
printf "$head"'      x\n      \n\n...\n---\n'"$head"'      y\n\n' >k4.yaml
printf "$head"'      x\n\n\nspec: {clusters: []}   \n\n\n\n' >k5.yaml
printf "$head"'      x\r\n\r\n\r\n' >k6.yaml
for i in 1 2 3 4 5 6; do
	cp k$i.yaml once.yaml
	run hkctl fmt once.yaml
	! grep -q 'name: u  ' once.yaml || fail "k$i: spaces at the end of a line"
	run python3 keep.py k$i.yaml once.yaml
	run hkctl fmt --check once.yaml
done

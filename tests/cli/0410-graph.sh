#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"
cp "$ROOT"/examples/hybridkube/*.yaml .

run hkctl graph topology.yaml pipeline.yaml
golden model.dot
run hkctl graph -o mermaid topology.yaml pipeline.yaml
golden model.mmd
run hkctl plan -f topology.yaml -f pipeline.yaml -o plan.yaml
run hkctl graph plan.yaml
golden plan.dot
run hkctl graph -o mermaid plan.yaml
golden plan.mmd
must_fail 3 hkctl graph missing.yaml
if command -v dot >/dev/null 2>&1; then
	hkctl graph plan.yaml | dot -Tsvg >/dev/null || fail "Graphviz does not read it"
fi

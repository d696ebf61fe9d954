#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The dumped model, solved by another solver, has the plan's objective.
. "$(dirname "$0")/../lib.sh"
need python3
solver=
for candidate in cbc glpsol; do
	command -v "$candidate" >/dev/null 2>&1 && solver="$solver $candidate"
done
[ -n "$solver" ] || skip "neither cbc nor glpsol is installed"

for example in "$ROOT"/examples/hybridkube "$ROOT"/examples/online-boutique "$ROOT"/pipelines/*/; do
	name=$(basename "$example")
	begin "$name"
	run hkctl plan -f "$example" --dump-model model.mps -o plan.yaml
	hkctl show plan.yaml -o json >show.json
	for one in $solver; do
		case $one in
		cbc) timeout 60 cbc model.mps solve solution sol.txt >log 2>&1 </dev/null; value=$(sed -n 's/.*objective value *\([-0-9.e+]*\).*/\1/p' sol.txt | head -n 1) ;;
		glpsol) timeout 60 glpsol --freemps model.mps -o sol.txt >log 2>&1 </dev/null; value=$(sed -n 's/^Objective: .* = *\([-0-9.e+]*\).*/\1/p' sol.txt) ;;
		esac
		[ -n "$value" ] || { tail -n 5 log; fail "$one found nothing"; }
		python3 - "$value" "$one" <<'PY'
import json, sys
ours, theirs = json.load(open("show.json"))["summary"]["objective"], float(sys.argv[1])
assert abs(ours - theirs) <= 2e-6 * max(1, abs(ours)), (ours, theirs, sys.argv[2])
PY
	done
done

begin "the model alone"
run hkctl plan -f "$ROOT/examples/hybridkube" --dump-model only.mps --model-only
head -n 1 only.mps | grep -q '^NAME' || fail "no model"
tail -n 1 only.mps | grep -q '^ENDATA' || fail "half a model"
must_fail 2 hkctl plan -f "$ROOT/examples/hybridkube" --model-only
err "--dump-model"
must_fail 2 hkctl plan -f "$ROOT/examples/hybridkube" --dump-model only.mps --model-only -o plan.yaml
err "-o"

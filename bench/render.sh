#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# CPU time of rendering 10,000 manifests against parsing them once: in memory, and as a whole command.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/${BUILD:-build/release}
[ -x "$build/bench/render_bench" ] || { echo "run: make programs" >&2; exit 1; }
count=${1:-10000}
"$build/bench/render_bench" "$count"

# The whole command: ten workloads a pipeline, one manifest file, a tree written afresh beside those of the runs before.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$build/bench/render_bench" write app.yaml "$count"
cat >topology.yaml <<'EOF'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: bench}
spec:
  clusters:
  - {name: a, zone: za, region: ra, prices: {cpu: 0.05/h}, nodeSelector: {zone: a}}
  - {name: b, zone: zb, region: rb, prices: {cpu: 0.06/h}, nodeSelector: {zone: b}}
  links:
  - {from: a, to: b, latency: 5ms}
EOF
awk -v n="$count" 'BEGIN {
	for (i = 0; i < n; i++) {
		if (i % 10 == 0)
			printf "---\napiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p%05d}\nspec:\n  workloads:\n", i / 10
		printf "  - {name: w%06d, manifest: {file: app.yaml, kind: Deployment, name: w%06d}}\n", i, i
	}
}' >pipeline.yaml
"$root/hkctl" plan -q -o plan.yaml topology.yaml pipeline.yaml
# shellcheck disable=SC2016 # expanded by the inner shell
"$build/bench/render_bench" against app.yaml sh -c 'exec "$0" render -q plan.yaml -d "out.$$"' "$root/hkctl"

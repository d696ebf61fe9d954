#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# hkctl render beside kustomize, the same edits to the same manifests: replicas of every Deployment and required node affinity, a file for each object.
# render-peer.sh [COUNT [RUNS]]; kustomize needs more than five minutes of CPU for 10,000.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/${BUILD:-build/release}
[ -x "$build/bench/render_bench" ] || { echo "run: make programs" >&2; exit 1; }
peer=""
. "$root/bench/peer"
peer kustomize sigs.k8s.io/kustomize/kustomize/v5@v5.7.1
count=${1:-1000} runs=${2:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir mine theirs
"$build/bench/render_bench" write mine/app.yaml "$count"
cp mine/app.yaml theirs/app.yaml
cat >mine/topology.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: bench}
spec:
  clusters:
  - {name: a, prices: {cpu: 0.05/h}, nodeSelector: {zone: a}}
YAML
awk -v n="$count" 'BEGIN {
	for (i = 0; i < n; i++) {
		if (i % 10 == 0)
			printf "---\napiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p%05d}\nspec:\n  workloads:\n", i / 10
		printf "  - {name: w%06d, replicas: {min: 2, max: 2}, manifest: {file: app.yaml, kind: Deployment, name: w%06d}}\n", i, i
	}
}' >mine/pipeline.yaml
awk -v n="$count" 'BEGIN {
	print "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [app.yaml]\nreplicas:"
	for (i = 0; i < n; i++)
		printf "- {name: w%06d, count: 2}\n", i
	print "patches:\n- target: {kind: Deployment}\n  patch: |-"
	print "    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: any}\n    spec: {template: {spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:"
	print "      {nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [a]}]}]}}}}}}"
}' >theirs/kustomization.yaml
"$root/hkctl" plan -q -o mine/plan.yaml mine/topology.yaml mine/pipeline.yaml
echo "$count manifests, replicas and node affinity"
python3 "$root/bench/side_by_side.py" "$runs" "$count" \
	"hkctl render" "exec '$root/hkctl' render -q --mesh none mine/plan.yaml -d 'mine/out-{run}'" \
	"kustomize build" "mkdir 'theirs/out-{run}' && exec '$peer' build theirs -o 'theirs/out-{run}'"
# The same edits: what differs in an object is told, not hidden.
python3 - <<'PY'
import glob, sys
try:
    import yaml
except ImportError:
    sys.exit(print("no python3-yaml: results not compared"))
load = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
def objects(pattern):
    found = {}
    for path in glob.glob(pattern, recursive=True):
        for doc in yaml.load_all(open(path), Loader=load):
            if doc and doc.get("kind") == "Deployment":
                terms = doc["spec"]["template"]["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
                found[doc["metadata"]["name"]] = (doc["spec"]["replicas"], terms)
    return found
mine, theirs = objects("mine/out-0/**/*.yaml"), objects("theirs/out-0/*.yaml")
print(f"objects {len(mine)} and {len(theirs)}, edits that differ: {sum(mine.get(k) != v for k, v in theirs.items())}")
PY

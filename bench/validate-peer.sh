#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# hkctl validate beside kubeconform on the same files: documents of hkctl, which both check against the same JSON Schemas (hkctl also resolves references, units and graphs), and
# Deployments, of which hkctl checks YAML and identity only and kubeconform is given a schema that takes anything. validate-peer.sh [COUNT [RUNS]]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/${BUILD:-build/release}
[ -x "$build/bench/render_bench" ] || { echo "run: make programs" >&2; exit 1; }
peer=""
. "$root/bench/peer"
peer kubeconform github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0
count=${1:-2000} runs=${2:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir ours schemas theirs
for file in "$root"/schemas/*.schema.json; do
	cp "$file" "schemas/$(basename "$file" .schema.json | tr -d -).json"
done
echo '{}' >schemas/deployment.json

awk -v n="$count" 'BEGIN {
	for (i = 0; i < n; i++) {
		file = sprintf("ours/p%05d.yaml", i)
		printf "apiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p%05d, namespace: shop}\nspec:\n  inputs:\n  - {name: in, cluster: a, rate: 10/s, size: 2kB}\n  workloads:\n", i >file
		for (w = 0; w < 10; w++)
			printf "  - name: w%d\n    requests: {cpu: 100m, memory: 128Mi}\n    capacity: 50/s\n    serviceTime: 4ms\n    replicas: {min: 1, max: 8}\n    placement:\n      spread: {over: cluster, min: 1}\n", w >file
		printf "  connections:\n  - {from: in, to: w0}\n" >file
		for (w = 1; w < 10; w++)
			printf "  - {from: w%d, to: w%d, fanout: 1.5, size: 1kB, latency: {request: 5ms, limit: 40ms}}\n", w - 1, w >file
		close(file)
	}
	file = "ours/topology.yaml"
	print "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec: {clusters: [{name: a}, {name: b}], links: [{from: a, to: b, latency: 5ms}]}" >file
}'
echo "$count Pipelines of ten workloads and a Topology, one file each ($(cat ours/* | wc -c) bytes), the same schemas"
python3 "$root/bench/side_by_side.py" "$runs" "$count" \
	"hkctl validate" "exec '$root/hkctl' validate -q ours" \
	"kubeconform" "exec '$peer' -n 2 -schema-location 'schemas/{{ .ResourceKind }}.json' ours"

"$build/bench/render_bench" write all.yaml "$count"
awk 'BEGIN { RS = "---\n" } length($0) > 1 { file = sprintf("theirs/d%05d.yaml", n++); printf "%s", $0 >file; close(file) }' all.yaml
echo "$(find theirs -type f | wc -l) Deployments, one file each ($(cat theirs/* | wc -c) bytes), kubeconform with a schema that takes anything"
python3 "$root/bench/side_by_side.py" "$runs" "$count" \
	"hkctl validate" "exec '$root/hkctl' validate -q theirs" \
	"kubeconform" "exec '$peer' -n 2 -schema-location 'schemas/{{ .ResourceKind }}.json' theirs"

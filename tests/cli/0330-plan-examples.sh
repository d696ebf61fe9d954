#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every example and every reference pipeline is validated, planned, shown, drawn and rendered; the real shop too where it is at hand.
. "$(dirname "$0")/../lib.sh"

whole_way() {
	run hkctl validate "$1"
	run hkctl plan -f "$1" -o plan.yaml
	run hkctl show plan.yaml
	run hkctl graph plan.yaml
	rm -rf out
	run hkctl render plan.yaml -d out
	run hkctl render plan.yaml -d out --check
}
for example in "$ROOT"/examples/*/ "$ROOT"/pipelines/*/; do
	[ -f "$example/topology.yaml" ] && grep -qs "^kind: Pipeline" "$example"/*.yaml || continue      # a walk-through with files of other kinds
	begin "$example"
	whole_way "$example"
done

shop=$ROOT/../shared/samples/online-boutique/kubernetes-manifests.yaml
if [ -f "$shop" ]; then
	begin "the same topology and pipeline over the shop's own manifests"
	mkdir shop
	cp "$ROOT"/examples/online-boutique/topology.yaml "$ROOT"/examples/online-boutique/pipeline.yaml shop/
	cp "$shop" shop/app.yaml
	whole_way shop
	grep -q 'app: frontend' out/clusters/edge-a/default/deployment-frontend.yaml || fail "the front end is not at the edge"
else
	echo "# the shop's own manifests are not at hand: that part was left out"
fi

policies=$ROOT/../shared/samples/turnbuckle
if [ -d "$policies" ]; then
	begin "turnbuckle's own walk-through policies and application"
	mkdir tb
	cp "$ROOT"/examples/turnbuckle/topology.yaml "$ROOT"/examples/turnbuckle/pipeline.yaml tb/
	cp "$policies/wt-policies.yaml" tb/
	cp "$policies/wt-deploy.yaml" tb/app.yaml
	whole_way tb
	run hkctl validate "$policies/policies.yaml" "$policies/wt-policies.yaml"
else
	echo "# turnbuckle's samples are not at hand: that part was left out"
fi

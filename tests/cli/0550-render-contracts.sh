#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every mesh object among the golden renderings (which the unit tests compare byte by byte) fits the schema in its custom resource definition.
. "$(dirname "$0")/../lib.sh"

crds=$ROOT/../shared/contracts/crds
[ -d "$crds" ] || skip "no custom resource definitions in ../shared/contracts/crds"
need python3
python3 -c 'import jsonschema, yaml' 2>/dev/null || skip "python3-jsonschema or python3-yaml is not installed"

begin "goldens fit the definitions"
run python3 "$ROOT/tests/cli/0550-render-contracts.py" "$crds" "$ROOT"/tests/golden/render/*.txt
out "DestinationRule"
out "VirtualService"
out "HTTPRoute"
out "ServiceExport"
for kind in ServiceImport PropagationPolicy OverridePolicy Placement PlacementDecision AddOnPlacementScore ReplicaSchedulingPreference; do
	out " $kind"
done
begin "a broken object is noticed"
sed 's/weight: 5$/weight: -5/' "$ROOT/tests/golden/render/gateway.txt" >broken.txt
must_fail 1 python3 "$ROOT/tests/cli/0550-render-contracts.py" "$crds" broken.txt

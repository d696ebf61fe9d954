#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# peers.sh [FIRST LAST]: solve seeded random problems, dump each model, and compare the objective with what CBC and glpsol find for the same file.
set -eu
first=${1:-1}; last=${2:-30}
bin=${BUILD:-build/release}/bench
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
bad=0; same=0; none=0
for seed in $(seq "$first" "$last"); do
	for family in hk4 mec retail micro; do
		size=$((2 + seed % 4 * 2)); tight=loose; rich=
		[ $((seed % 2)) = 0 ] && tight=tight
		[ $((seed % 3)) = 0 ] || rich=rich
		# shellcheck disable=SC2086
		"$bin/generate" $family $size $((2 + seed % 5)) "$seed" $tight $rich >"$dir/p.yaml"
		rm -f "$dir/m.mps"
		"$bin/solve" -c -d "$dir/m.mps" "$dir/p.yaml" >"$dir/out" 2>&1 || { none=$((none + 1)); continue; }
		outcome=$(awk 'NR == 1 { print $1, $3 }' "$dir/out")
		grep -q '^check: [1-9]' "$dir/out" && { echo "CHECKER $family $seed"; cat "$dir/out"; bad=$((bad + 1)); }
		[ -s "$dir/m.mps" ] || { none=$((none + 1)); continue; }
		cbc "$dir/m.mps" ratio 0 allow 0 sec 60 solve >"$dir/cbc" 2>&1
		cbc=$(awk '/^Objective value:/ { v = $3 } /infeasible/ { v = "infeasible" } END { print v }' "$dir/cbc")
		glpk=skipped
		if [ $((seed % 5)) = 0 ]; then
			glpsol --freemps "$dir/m.mps" --tmlim 30 >"$dir/glp" 2>&1
			glpk=$(awk '/^\+.*mip = / { v = $4 } /obj = / { r = $0 } /NO (PRIMAL|INTEGER)?.*FEASIBLE/ { v = "infeasible" } END { print v }' "$dir/glp")
			grep -q 'MIP data read' "$dir/glp" || grep -q 'rows' "$dir/glp" || echo "glpsol cannot read $family $seed"
		fi
		verdict=$(echo "$outcome $cbc" | awk '{ if ($1 == "infeasible") print ($3 == "infeasible" ? "same" : "DIFFERENT"); else { d = $2 - $3; if (d < 0) d = -d; s = $2 < 0 ? -$2 : $2; print (d <= 1e-6 * (s > 1 ? s : 1) ? "same" : "DIFFERENT") } }')
		if [ "$verdict" = same ]; then same=$((same + 1)); else bad=$((bad + 1)); echo "$verdict $family seed $seed: $outcome, cbc $cbc, glpk $glpk"; cp "$dir/p.yaml" "/tmp/peer-$family-$seed.yaml"; fi
	done
done
echo "$same agree, $bad differ, $none have no model"
[ "$bad" = 0 ]

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# scale.sh [FAMILY]: CPU seconds and peak memory of everything around the solver at doublings up to 20,000 workloads on 5,000 clusters; see scale.c.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build/release}
if [ ! -x "$build/bench/scale" ] || [ ! -x "$build/bench/generate" ]; then echo "run: make programs" >&2; exit 1; fi
family=${1:-mec}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '| %s | load | model | build | plan | seal | write | read | check | show | all | peak |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n' "$family"
for size in "1000 1000" "2500 625" "5000 1250" "10000 2500" "20000 5000"; do
	# shellcheck disable=SC2086 # two numbers
	"$build/bench/generate" "$family" $size 1 loose >"$work/world.yaml"
	"$build/bench/scale" "$work/world.yaml" | awk -v size="$size" '
		$3 == "s" { seconds[$1] = $2 } $5 == "MB" && $4 + 0 > peak { peak = $4 + 0 }
		$2 == "violations" { violations = $1 }
		END {
			split(size, n, " ")
			printf "| %s x %s |", n[1], n[2]
			split("load model build plan seal write read check show all", phases, " ")
			for (i = 1; i <= 10; i++) printf " %.2f s |", seconds[phases[i]]
			printf " %d MB |%s\n", peak, violations ? " " violations " VIOLATIONS" : ""
		}'
done

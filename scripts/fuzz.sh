#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Run fuzz targets: fuzz.sh BINARY... ; each for FUZZ_SECONDS from tests/fuzz/seeds/NAME. What it learns stays in build/fuzz/corpus.
set -eu
cd "$(dirname "$0")/.."
failed=0
for binary; do
	name=${binary##*/fuzz_}
	corpus=build/fuzz/corpus/$name
	crashes=build/fuzz/crashes/$name-
	mkdir -p "$corpus" build/fuzz/crashes
	log=build/fuzz/$name.log
	if "$binary" -max_total_time="${FUZZ_SECONDS:-20}" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$crashes" \
		"$corpus" "tests/fuzz/seeds/$name" >"$log" 2>&1; then
		printf '  FUZZ   %-12s %s\n' "$name" "$(sed -n 's/^Done \([0-9]* runs in [0-9]* second.*\)/\1/p' "$log")"
	else
		failed=$((failed + 1))
		printf '  FUZZ   %-12s FAILED\n' "$name"
		tail -n 60 "$log"
	fi
done
[ "$failed" -eq 0 ]

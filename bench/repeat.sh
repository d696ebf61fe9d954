#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# repeat.sh [WORKLOADS [CLUSTERS]]: plans of every family twice, and on one and two threads: the same bytes?
set -eu
cd "$(dirname "$0")/.."
hkctl=${HKCTL:-hkctl}
case $hkctl in */*) ;; *) hkctl=./$hkctl ;; esac
generate=${BUILD:-build/release}/bench/generate
workloads=${1:-40} clusters=${2:-40} different=0 plans=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
threads='1 1'
if "$hkctl" plan -h | grep -q -- --threads; then threads='1 1 2'; else echo "repeat: this hkctl has no --threads, plans are made twice only"; fi
for family in hk4 mec retail micro wide; do
	for kind in loose tight; do
		"$generate" "$family" "$workloads" "$clusters" 1 "$kind" >"$work/p.yaml"
		rm -f "$work/first.yaml"
		for n in $threads; do
			set -- plan --gap 0.01 --node-limit 2000 -f "$work/p.yaml" -o "$work/plan.yaml" -q
			case $threads in *2) set -- "$@" --threads "$n" ;; esac
			rm -f "$work/plan.yaml"
			"$hkctl" "$@" || { echo "$family $kind: no plan (status $?)"; break; }
			[ -f "$work/first.yaml" ] || { cp "$work/plan.yaml" "$work/first.yaml"; continue; }
			plans=$((plans + 1))
			cmp -s "$work/first.yaml" "$work/plan.yaml" || { echo "$family $kind: other bytes with $n threads"; different=$((different + 1)); }
		done
	done
done
echo "$plans plans made again at $workloads x $clusters, $different of them different"
[ "$different" = 0 ]

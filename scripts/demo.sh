#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# From documents to manifests in four commands, on a copy of examples/online-boutique. What it writes is below build/demo.
set -eu
cd "$(dirname "$0")/.."
hkctl=${HKCTL:-hkctl}
case $hkctl in */*) ;; *) hkctl=./$hkctl ;; esac
example=examples/online-boutique
work=build/demo

die() {
	echo "demo: $*" >&2
	exit 1
}

step() {
	echo
	echo "\$ hkctl $*"
	"$hkctl" "$@" || die "'hkctl $1' ended with status $?"
}

[ -x "$hkctl" ] || die "$hkctl is not built; run make"
[ -d "$example" ] || die "$example is missing from this tree"
rm -rf "$work"
mkdir -p "$work"

echo "An application, the sites it may run on, and the promises it must keep: $example"
find "$example" -type f -name '*.yaml' | LC_ALL=C sort | sed 's/^/    /'

step validate "$example"
step plan -f "$example" -o "$work/plan.yaml"
step show "$work/plan.yaml"
step render "$work/plan.yaml" -d "$work/manifests"

echo
echo "Manifests, ready for kubectl apply or a GitOps repository:"
find "$work/manifests" -type f | LC_ALL=C sort | sed 's/^/    /'

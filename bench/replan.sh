#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# replan.sh [RUNS [INSTANCE...]]: planning again after a change, from the plan before and from nothing; see replan.py.
set -eu
cd "$(dirname "$0")/.."
python3 -c 'import yaml' 2>/dev/null || { echo "replan: python3 with yaml is not installed, nothing was measured"; exit 0; }
hkctl=${HKCTL:-hkctl}
case $hkctl in /*) ;; *) hkctl=$PWD/$hkctl ;; esac
exec python3 bench/replan.py "$hkctl" "${BUILD:-build/release}/bench/generate" "$@"

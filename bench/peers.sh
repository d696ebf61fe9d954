#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# peers.sh [RUNS]: hkctl beside CBC and glpsol on the same models; see peers.py.
set -eu
cd "$(dirname "$0")/.."
for tool in cbc glpsol python3; do
	command -v "$tool" >/dev/null || { echo "peers: $tool is not installed, nothing was compared"; exit 0; }
done
hkctl=${HKCTL:-hkctl}
case $hkctl in /*) ;; *) hkctl=$PWD/$hkctl ;; esac
exec python3 bench/peers.py "$hkctl" "${BUILD:-build/release}/bench/generate" "${1:-3}"

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Proofs of small worlds of every family: exact.sh [FIRST LAST [OPTION]...], seeds FIRST to LAST (default 1 to 3); exact.py has the options, -c compares with CBC.
set -eu
cd "$(dirname "$0")/.."
command -v python3 >/dev/null || { echo "exact: python3 is not installed, nothing was measured"; exit 0; }
hkctl=${HKCTL:-./hkctl}
first=${1:-1}
last=${2:-3}
[ $# -lt 2 ] || shift 2
exec python3 bench/exact.py "$hkctl" "${BUILD:-build/release}/bench/generate" "$first" "$last" "$@"

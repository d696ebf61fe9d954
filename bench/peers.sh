#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# peers.sh [ARGUMENT...]: hkctl beside other solvers on the same models; the arguments are those of peers.py, such as --sets middle,large. PYTHON names an interpreter that
# has the solvers' packages (highspy, pyscipopt, ortools), for example of a virtual environment.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
command -v "$python" >/dev/null || { echo "peers: $python is not installed, nothing was compared"; exit 0; }
hkctl=${HKCTL:-hkctl}
case $hkctl in /*) ;; *) hkctl=$PWD/$hkctl ;; esac
exec "$python" bench/peers.py "$hkctl" "${BUILD:-build/release}/bench/generate" "$@"

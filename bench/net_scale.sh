#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One change of many simulated controllers, each 20 ms away: wall time beside that of one, CPU, and memory of a session.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/${BUILD:-build/release}
[ -x "$build/bench/net_scale" ] || { echo "run: make programs" >&2; exit 1; }
"$build/bench/net_scale" "$@"

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# CPU time of rendering 10,000 manifests against parsing them once.
set -eu
build=$(cd "$(dirname "$0")/.." && pwd)/${BUILD:-build/release}
[ -x "$build/bench/render_bench" ] || { echo "run: make programs" >&2; exit 1; }
"$build/bench/render_bench" "${1:-10000}"

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# CPU time of rendering 10,000 manifests against parsing them once.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/${BUILD:-build/release}
[ -f "$build/libhkctl.a" ] || { echo "run: make" >&2; exit 1; }
mkdir -p "$build/bench"
# shellcheck disable=SC2046 # the flags are words
"${CC:-cc}" -std=c11 -O2 -D_DEFAULT_SOURCE -I"$root/lib" $(pkg-config --cflags libfyaml) -o "$build/bench/render_bench" "$root/bench/render_bench.c" "$build/libhkctl.a" \
	$(pkg-config --libs libfyaml yaml-0.1) -lglpk -lm
"$build/bench/render_bench" "${1:-10000}"

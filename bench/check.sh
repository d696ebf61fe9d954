#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `hkctl check` of SIDE * SIDE bindings (1,000,000): user and system CPU, wall clock and peak memory of the whole command, best of three. The bar is 10 s and 1 GB.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
side=${1:-1000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "$((side * side)) bindings                       CPU       wall     peak"
for world in same own; do
	python3 "$root/bench/check_world.py" "$work/$world" "$side" "$world"
	for how in "-o text" "-o text --no-grace" "-o json" "-o bindings"; do
		python3 - "$root/hkctl" "$work/$world" $how <<'PY'
import os, subprocess, sys, time
hkctl, world, *how = sys.argv[1:]
best = None
for _ in range(3):
    start = time.monotonic()
    process = subprocess.Popen([hkctl, "check", "-q", "-f", world, *how], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    size = 0
    while part := os.read(process.stdout.fileno(), 1 << 20):
        size += len(part)
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 7, status
    run = (usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024)
    best = min(best or run, run)
label = {"same": "ten classes on each side", "own": "a class for each pod"}[os.path.basename(world)]
print(f"{label:25} {' '.join(how):20} {best[0]:6.2f} s {best[1]:6.2f} s {best[2]:5.0f} MiB   ({size / 1e6:.0f} MB written)")
PY
	done
done

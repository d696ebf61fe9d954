#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# conflicts.sh [SEEDS [WORKLOADS [CLUSTERS]]]: worlds with planted conflicts (family `bad`): does 'hkctl plan' name exactly the planted lines, and how long does it take?
set -eu
cd "$(dirname "$0")/.."
hkctl=${HKCTL:-hkctl}
case $hkctl in */*) ;; *) hkctl=./$hkctl ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 - "$hkctl" "${BUILD:-build/release}/bench/generate" "$work" "${1:-20}" "${2:-50}" "${3:-50}" <<'PY'
import os, re, resource, statistics, subprocess, sys
hkctl, generate, work, seeds, workloads, clusters = sys.argv[1:]
name, times, wrong = os.path.join(work, "p.yaml"), [], 0
for seed in range(1, int(seeds) + 1):
    with open(name, "w") as file:
        subprocess.run([generate, "bad", workloads, clusters, str(seed), "loose"], stdout=file, check=True)
    with open(name) as file:
        planted = [number for number, line in enumerate(file, 1) if line.endswith("# planted\n")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run([hkctl, "plan", "-f", name], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    times.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)
    named = sorted({int(line) for line in re.findall(r"^[^ ]*:(\d+):\d+: error", done.stderr.decode(), re.M)})
    if named != planted or done.returncode != 4:
        wrong += 1
        print("seed %d: planted %s, named %s, exit status %d" % (seed, planted, named, done.returncode))
print("%s seeds, %s x %s: %d sets not exactly named; user CPU of the whole command: median %.3f s, most %.3f s" % (seeds, workloads, clusters, wrong, statistics.median(times), max(times)))
sys.exit(wrong != 0)
PY

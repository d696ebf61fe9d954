#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole plans by hkctl against the integer program alone by CBC and glpsol, on the same dumped model, in one run.

peers.py HKCTL GENERATE [RUNS]: user CPU seconds of whole processes, medians of RUNS (default 3) in turn; a solver gets 20 s. hkctl reads YAML, builds, solves, packs,
verifies and writes; the others read the finished model. Objectives must agree.
"""
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

LIMIT = 20
SET = [(family, size, seed, tight) for size in ("20 10",) for family in ("hk4", "mec", "retail", "micro") for seed in (1, 2) for tight in ("loose", "tight")]


def cpu(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT)
        text = done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired:
        text = ""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, text


def number(pattern, text):
    found = re.findall(pattern, text)
    return float(found[-1]) if found else None


def main():
    hkctl, generate = sys.argv[1:3]
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    bad = 0
    print("%-22s %10s %10s %10s %8s  %s" % ("instance", "hkctl", "cbc", "glpsol", "best/us", "objective"))
    with tempfile.TemporaryDirectory() as work:
        for family, size, seed, tight in SET:
            name = os.path.join(work, "p.yaml")
            mps, plan = os.path.join(work, "m.mps"), os.path.join(work, "plan.yaml")
            with open(name, "w") as file:
                subprocess.run([generate, family, *size.split(), str(seed), tight], stdout=file, check=True)
            for old in (mps, plan):
                if os.path.exists(old):
                    os.remove(old)
            commands = {
                "hkctl": [hkctl, "plan", "-f", name, "--dump-model", mps, "-o", plan],
                "cbc": ["cbc", mps, "ratio", "0", "allow", "0", "solve"],
                "glpsol": ["glpsol", "--freemps", mps, "--mir", "--gomory"],
            }
            patterns = {"hkctl": r"objective ([-0-9.e+]+)", "cbc": r"Objective value: *([-0-9.e+]+)", "glpsol": r"mip = +([-0-9.e+]+)"}
            times, values = {key: [] for key in commands}, {}
            for _ in range(runs):
                for key, command in commands.items():
                    seconds, text = cpu(command)
                    times[key].append(seconds)
                    values[key] = number(patterns[key], text)
            medians = {key: statistics.median(value) for key, value in times.items()}
            best = min(medians["cbc"], medians["glpsol"])
            shown = {key: ("%.3f" % medians[key]) if values.get(key) is not None else "> %d" % LIMIT for key in commands}
            agree = values.get("hkctl") is None or values.get("cbc") is None or abs(values["hkctl"] - values["cbc"]) <= 1e-5 * max(1, abs(values["cbc"]))
            bad += not agree
            print("%-22s %10s %10s %10s %8.1f  %s%s" % (" ".join((family, size, str(seed), tight)), shown["hkctl"], shown["cbc"], shown["glpsol"], best / max(medians["hkctl"], 1e-3),
                                                       values.get("hkctl"), "" if agree else "  DIFFERENT: cbc %s" % values["cbc"]))
            sys.stdout.flush()
    sys.exit(bad != 0)


main()

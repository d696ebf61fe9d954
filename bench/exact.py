#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proofs of small worlds: every family, loose and tight, plain and rich, seeds FIRST to LAST; optionally against CBC on the dumped model.

exact.py HKCTL GENERATE FIRST LAST [-s WORKLOADS,CLUSTERS] [-f FAMILY,...] [-k plain|rich] [-c] [-v]: user CPU seconds of the whole `hkctl plan` command. -c also asks CBC (20 s),
-v prints every instance. Ends with failure when an answer differs from CBC's.
"""
import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

LIMIT = 60


def cpu(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT)
        text, code = done.stdout.decode(errors="replace"), done.returncode
    except subprocess.TimeoutExpired:
        text, code = "", None
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, code, text


def number(pattern, text):
    found = re.findall(pattern, text)
    return float(found[-1]) if found else None


class Tally:
    def __init__(self):
        self.times, self.open, self.none, self.compared, self.different, self.failed = [], 0, 0, 0, 0, 0

    def line(self, name):
        if not self.times:
            return "%-20s none" % name
        return "%-20s %4d runs  median %.3f  worst %.3f  over 0.1 s %d  not proved %d  without a plan %d  as CBC %d of %d  failed %d" % (
            name, len(self.times), statistics.median(self.times), max(self.times), sum(t >= 0.1 for t in self.times), self.open, self.none,
            self.compared - self.different, self.compared, self.failed)


def ask_cbc(mps):
    """CBC's proved optimum of the dumped model, None when it proves none."""
    _, _, text = cpu(["cbc", mps, "sec", "20", "ratio", "0", "allow", "0", "solve"])
    if "Optimal solution found" not in text:
        return None
    return number(r"Objective value: *([-0-9.e+]+)", text)


def one(options, work, family, seed, tight, kind, tally):
    name, mps, plan = (os.path.join(work, file) for file in ("p.yaml", "m.mps", "plan.yaml"))
    words = [family, options.workloads, options.clusters, str(seed), tight] + (["rich"] if kind == "rich" else [])
    with open(name, "w") as file:
        subprocess.run([options.generate] + words, stdout=file, check=True)
    for old in (mps, plan):
        if os.path.exists(old):
            os.remove(old)
    seconds, code, text = cpu([options.hkctl, "plan", "-f", name, "-o", plan])
    summary = ""
    if os.path.exists(plan):
        with open(plan) as file:
            summary = file.read(1000)
    objective, bound = number(r"objective: ([-0-9.e+]+)", summary), number(r"bound: ([-0-9.e+]+)", summary)
    proved = "none" if objective is None else "proved" if "proved: true" in summary else "open"
    tally.times.append(seconds)
    tally.open += objective is not None and proved == "open"
    tally.none += objective is None
    tally.failed += code not in (0, 3, 4) and objective is None
    agree = ""
    if options.cbc and proved == "proved":
        cpu([options.hkctl, "plan", "-f", name, "--dump-model", mps, "-o", plan])
        value = ask_cbc(mps)
        if value is not None:
            different = abs(value - objective) > 1e-5 * max(1, abs(value))
            tally.compared += 1
            tally.different += different
            agree = " CBC %.9g%s" % (value, " DIFFERENT" if different else "")
    if options.verbose or "DIFFERENT" in agree:
        print("%-40s %7.3f %-10s objective %s bound %s exit %s%s" % (" ".join(words), seconds, proved, objective, bound, code, agree))
        sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hkctl")
    parser.add_argument("generate")
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int)
    parser.add_argument("-s", "--size", default="20,10")
    parser.add_argument("-f", "--families", default="hk4,mec,retail,micro")
    parser.add_argument("-t", "--tightness", default="loose,tight")
    parser.add_argument("-k", "--kinds", default="plain,rich")
    parser.add_argument("-c", "--cbc", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()
    options.workloads, options.clusters = options.size.split(",")
    everything = Tally()
    with tempfile.TemporaryDirectory() as work:
        for family in options.families.split(","):
            for tight in options.tightness.split(","):
                for kind in options.kinds.split(","):
                    tally = Tally()
                    for seed in range(options.first, options.last + 1):
                        one(options, work, family, seed, tight, kind, tally)
                    print(tally.line("%s %s %s" % (family, tight, kind)))
                    sys.stdout.flush()
                    for field in vars(everything):
                        setattr(everything, field, getattr(everything, field) + getattr(tally, field))
    print(everything.line("all"))
    sys.exit(everything.different > 0)


main()

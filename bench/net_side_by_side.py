#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wall and CPU time of commands run alternately: net_side_by_side.py RUNS NAME BEFORE COMMAND ... BEFORE is not timed. Prints medians and how many times more every command needs than the first.
COMMAND is for the shell; {run} in it is the number of the run."""
import os
import statistics
import subprocess
import sys
import time


def run(before, command, number):
    if subprocess.run(["sh", "-c", before.replace("{run}", f"{number:02}")], stdout=subprocess.DEVNULL, check=False).returncode != 0:
        sys.exit(f"net_side_by_side.py: '{before}' failed")
    begun = time.monotonic()
    child = subprocess.Popen(["sh", "-c", command.replace("{run}", f"{number:02}")], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"net_side_by_side.py: '{command}' ended with status {child.returncode}")
    return time.monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    runs, rows = int(sys.argv[1]), [tuple(sys.argv[i:i + 3]) for i in range(2, len(sys.argv) - 2, 3)]
    seen = {name: [] for name, _, _ in rows}
    for number in range(runs):
        for name, before, command in rows:
            seen[name].append(run(before, command, number))
    width = max(len(name) for name in seen)
    print(f"{'':{width}}  {'wall':>8}  {'ratio':>6}  {'CPU':>8}  {'ratio':>6}  {'memory':>8}   ({runs} runs, medians)")
    first = None
    for name, values in seen.items():
        wall, cpu, memory = (statistics.median(column) for column in zip(*values))
        first = first or (wall, cpu)
        print(f"{name:{width}}  {wall:6.2f} s  {wall / first[0]:5.1f}x  {cpu:6.3f} s  {cpu / first[1]:5.1f}x  {memory:5.0f} MB")


main()

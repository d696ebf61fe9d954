#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""User CPU of commands run alternately: side_by_side.py RUNS UNITS NAME COMMAND NAME COMMAND ...

Prints medians, units per CPU second, and how many times more every command needs than the first. COMMAND is for the shell; {run} in it is the number of the run."""
import os
import statistics
import subprocess
import sys


def run(command, number):
    child = subprocess.Popen(["sh", "-c", command.replace("{run}", str(number))], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"side_by_side.py: '{command}' ended with status {child.returncode}")
    return usage.ru_utime, usage.ru_stime, usage.ru_maxrss / 1024


def main():
    runs, units = int(sys.argv[1]), int(sys.argv[2])
    rows = [(sys.argv[i], sys.argv[i + 1]) for i in range(3, len(sys.argv) - 1, 2)]
    seen = {name: [] for name, _ in rows}
    for number in range(runs):
        for name, command in rows:
            seen[name].append(run(command, number))
    width = max(len(name) for name in seen)
    print(f"{'':{width}}  {'user CPU':>9}  {'system':>8}  {'memory':>8}  {'per CPU s':>10}  {'ratio':>7}   ({runs} runs, medians)")
    first = None
    for name, values in seen.items():
        user, system, memory = (statistics.median(column) for column in zip(*values))
        first = first if first is not None else user
        print(f"{name:{width}}  {user:7.2f} s  {system:6.2f} s  {memory:5.0f} MB  {units / max(user, 0.001):10.0f}  {user / max(first, 0.001):6.1f}x")


main()

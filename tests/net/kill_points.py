#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill `hkctl net apply` with SIGKILL at every point of its journal (killer.py), then resume or roll back, and look at the devices behind hkctl's back: all
of them have to show the new values, or all of them the old ones, and what hkctl says has to be so. kill_points.py HKCTL DIRECTORY [STEP]: every STEP-th point
(default 1). With a fourth argument, "cut", it is not the client that dies but the sshd of one device, with all sessions, as soon as every STEP-th record is
there, while the client goes on; what it then says has to be so, and what it calls unknown a later process has to end. Real servers: farm.py."""
import json
import os
import subprocess
import sys
import time

from killer import Killer

KILLER = Killer(sys.argv[1], sys.argv[2])
STEP = int(sys.argv[3]) if len(sys.argv) > 3 else 1
KINDS = ["candidate", "running", "old"]
LINK = "edge--cloud"


class Farm:
    def __init__(self):
        here = os.path.dirname(os.path.abspath(__file__))
        self.process = subprocess.Popen([sys.executable, os.path.join(here, "farm.py"), "farm", *KINDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=KILLER.directory)
        first = self.process.stdout.readline().strip()
        if first != "ready":
            print(first)
            sys.exit(self.process.wait())

    def ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()

    def values(self):
        return [self.ask("value", n, LINK, "bandwidth") for n in range(len(KINDS))]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def save(value):
    text = "apiVersion: hkctl.dev/v1alpha1\nkind: NetworkConfiguration\nmetadata: {name: w}\nspec:\n  controllers:\n"
    for n in range(len(KINDS)):
        text += f"  - {{name: dev-{n}, settings: [{{object: \"/wan:links/link[name='{LINK}']/bandwidth\", value: {value}}}]}}\n"
    KILLER.write("want.yaml", text)
    KILLER.plan("-f", "farm/topology.yaml")


def apply_and_cut(farm, at, device):
    """What hkctl said of a change during which the device was cut off, and whether it was in time."""
    process = subprocess.Popen([KILLER.hkctl, "net", "apply", "network.yaml", "-q", "-o", "json"], cwd=KILLER.directory, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    cut = False
    while process.poll() is None:
        if len(KILLER.records()) >= at:
            farm.ask("kill", device)
            cut = True
            break
        time.sleep(0.0005)
    said = json.loads(process.communicate()[0])
    if cut:
        farm.ask("start", device)
    return said, cut


def check_said(said, shown, old, new, when):
    """Every device is what it was said to be; unknown ones are anything."""
    states = {device["controller"]: device["state"] for device in said["devices"]}
    for number, value in enumerate(shown):
        state = states[f"dev-{number}"]
        wanted = {"new": [new], "old": [old], "reverted": [old]}.get(state, [old, new])
        assert value in [str(one) for one in wanted], f"{when}: dev-{number} is said to be {state} and shows {value}, not {wanted}"
    if said["verdict"] != "unknown":
        assert shown == [str(new if said["verdict"] == "all new" else old)] * len(KINDS), f"{when}: {said['verdict']}, and devices show {shown}"


def cut_everywhere():
    farm, old, k, unknown = Farm(), 1000, 1, 0
    try:
        save(old)
        done = KILLER.run("net", "apply", "network.yaml")
        assert done.returncode == 0, done.stderr
        while True:
            new, device = old + 1, k % len(KINDS)
            save(new)
            said, cut = apply_and_cut(farm, k, device)
            check_said(said, farm.values(), old, new, f"dev-{device} cut off at record {k}")
            if not cut:
                break
            if said["verdict"] == "unknown":
                unknown += 1
                arguments = ["net", "apply", "--resume"] if k % 2 else ["net", "rollback"]
                done = KILLER.run(*arguments, "network.yaml.journal", "-f", "farm/topology.yaml", "-q")
                assert done.returncode == 0, f"{' '.join(arguments)} at record {k}: {done.stderr}"
                assert farm.values() == [str(new if k % 2 else old)] * len(KINDS), f"{' '.join(arguments)} at record {k}: devices show {farm.values()}"
                old = new if k % 2 else old
            elif said["verdict"] == "all new":
                old = new
            k += STEP
    finally:
        farm.close()
    print(f"# cut off {k - 1} times, {unknown} of them left a device unknown until later")
    return 0


def main():
    farm, old, killed, k = Farm(), 1000, 0, 1
    try:
        save(old)
        done = KILLER.run("net", "apply", "network.yaml")
        assert done.returncode == 0, done.stderr
        assert farm.values() == [str(old)] * len(KINDS)
        while True:
            new = old + 1
            save(new)
            if not KILLER.killed(k):
                assert farm.values() == [str(new)] * len(KINDS)
                break
            killed += 1
            forward = k % 2 == 0
            if not KILLER.has("begin"):
                forward = None      # killed before anything was begun: there is nothing to resume
            arguments = ["net", "apply", "--resume"] if forward else ["net", "rollback"]
            done = KILLER.run(*arguments, "network.yaml.journal", "-f", "farm/topology.yaml", "-o", "json")
            shown = farm.values()
            expected = new if forward else old
            assert shown == [str(expected)] * len(KINDS), f"killed at point {k}, then {' '.join(arguments)}: devices show {shown}, wanted {expected}: {done.stderr}"
            if forward is not None:
                assert done.returncode == 0, f"killed at point {k}: {done.stderr}"
                verdict = json.loads(done.stdout)["verdict"]
                assert verdict == ("all new" if forward else "all old"), verdict
            old, k = expected, k + STEP
    finally:
        farm.close()
    print(f"# killed {killed} times")
    return 0


if __name__ == "__main__":
    sys.exit(cut_everywhere() if sys.argv[4:] == ["cut"] else main())

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill `hkctl net apply` with SIGKILL as soon as the k-th record is in its journal, for every k, then resume or roll back, and look at the devices behind
hkctl's back: all of them have to show the new values, or all of them the old ones, and what hkctl says has to be so. kill_points.py HKCTL DIRECTORY [STEP]:
every STEP-th record (default 1). With a fourth argument, "cut", it is not the client that dies but the sshd of one device, with all sessions, while the client
goes on; what it then says has to be so, and what it calls unknown a later process has to end. Real servers: farm.py."""
import json
import os
import signal
import subprocess
import sys
import time

HKCTL, DIRECTORY = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
STEP = int(sys.argv[3]) if len(sys.argv) > 3 else 1
KINDS = ["candidate", "running", "old"]
LINK = "edge--cloud"


class Farm:
    def __init__(self):
        here = os.path.dirname(os.path.abspath(__file__))
        self.process = subprocess.Popen([sys.executable, os.path.join(here, "farm.py"), "farm", *KINDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=DIRECTORY)
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


def hkctl(*arguments):
    return subprocess.run([HKCTL, *arguments], cwd=DIRECTORY, capture_output=True, text=True, timeout=120, check=False)


def want(value):
    with open(os.path.join(DIRECTORY, "want.yaml"), "w") as f:
        f.write("apiVersion: hkctl.dev/v1alpha1\nkind: NetworkConfiguration\nmetadata: {name: w}\nspec:\n  controllers:\n")
        for n in range(len(KINDS)):
            f.write(f"  - {{name: dev-{n}, settings: [{{object: \"/wan:links/link[name='{LINK}']/bandwidth\", value: {value}}}]}}\n")


def save(value):
    want(value)
    done = hkctl("net", "plan", "-f", "farm/topology.yaml", "-f", "want.yaml", "--save", "network.yaml", "-q")
    assert done.returncode == 0, done.stderr
    for name in os.listdir(DIRECTORY):
        if name.startswith("network.yaml.journal"):
            os.unlink(os.path.join(DIRECTORY, name))


def records():
    try:
        with open(os.path.join(DIRECTORY, "network.yaml.journal"), "rb") as f:
            return f.read().count(b"\n")
    except FileNotFoundError:
        return 0


def apply_and_kill(at):
    """True when it was killed; the journal may have grown a little further by then."""
    process = subprocess.Popen([HKCTL, "net", "apply", "network.yaml", "-q"], cwd=DIRECTORY, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while process.poll() is None:
        if records() >= at:
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.0005)
    process.wait()
    return process.returncode == -signal.SIGKILL


def apply_and_cut(farm, at, device):
    """What hkctl said of a change during which the device was cut off, and whether it was in time."""
    process = subprocess.Popen([HKCTL, "net", "apply", "network.yaml", "-q", "-o", "json"], cwd=DIRECTORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    cut = False
    while process.poll() is None:
        if records() >= at:
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
        done = hkctl("net", "apply", "network.yaml")
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
                done = hkctl(*arguments, "network.yaml.journal", "-f", "farm/topology.yaml", "-q")
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
        done = hkctl("net", "apply", "network.yaml")
        assert done.returncode == 0, done.stderr
        assert farm.values() == [str(old)] * len(KINDS)
        while True:
            new = old + 1
            save(new)
            if not apply_and_kill(k):
                assert farm.values() == [str(new)] * len(KINDS)
                break
            killed += 1
            forward = (k // STEP) % 2 == 0
            if records() < len(KINDS) + 1:
                forward = None      # killed before anything was begun: there is nothing to resume
            arguments = ["net", "apply", "--resume"] if forward else ["net", "rollback"]
            done = hkctl(*arguments, "network.yaml.journal", "-f", "farm/topology.yaml", "-o", "json")
            shown = farm.values()
            expected = new if forward else old
            assert shown == [str(expected)] * len(KINDS), f"killed at record {k}, then {' '.join(arguments)}: devices show {shown}, wanted {expected}: {done.stderr}"
            if forward is not None:
                assert done.returncode == 0, f"killed at record {k}: {done.stderr}"
                verdict = json.loads(done.stdout)["verdict"]
                assert verdict == ("all new" if forward else "all old"), verdict
            old, k = expected, k + STEP
    finally:
        farm.close()
    print(f"# killed {killed} times")
    assert killed >= 4, "the client was hardly ever killed"
    return 0


if __name__ == "__main__":
    sys.exit(cut_everywhere() if sys.argv[4:] == ["cut"] else main())

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill `hkctl net apply` with SIGKILL as soon as the k-th record is in its journal, for every k, then resume or roll back, and look at the devices behind
hkctl's back: all of them have to show the new values, or all of them the old ones, and what hkctl says has to be so. kill_points.py HKCTL DIRECTORY [STEP]:
every STEP-th record (default 1). Real servers: farm.py."""
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
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill `hkctl net apply` with SIGKILL at random times while it changes devices that are told by commands, then resume or roll back, and look at the devices: all of them have to show the
new values, or all of them the old ones, and what hkctl says has to be so. kill_commands.py HKCTL DIRECTORY [TIMES]. TEST_SEED repeats a run. The devices are scripts of this machine
(local: true), so that nothing but dialect, journal and kill is in the way."""
import json
import os
import random
import signal
import subprocess
import sys
import time

HKCTL, DIRECTORY = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
TIMES = int(sys.argv[3]) if len(sys.argv) > 3 else 8
DEVICES, VALUES = ["one", "two", "three"], ["a", "b", "c"]
BOX = """#!/bin/sh
case $1 in get) cat "$2.$3" 2>/dev/null ;; set) sleep 0.02; printf '%s\\n' "$4" >"$2.$3" ;; unset) rm "$2.$3" ;; esac
exit 0
"""


def write(name, text):
    with open(os.path.join(DIRECTORY, name), "w") as f:
        f.write(text)


def hkctl(*arguments):
    return subprocess.run([HKCTL, *arguments], cwd=DIRECTORY, capture_output=True, text=True, timeout=120, check=False)


def prepare():
    os.makedirs(os.path.join(DIRECTORY, "states"), exist_ok=True)
    write("box", BOX)
    text = "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec:\n  clusters: [{name: a}]\n  controllers:\n"
    for name in DEVICES:
        text += (f"  - name: {name}\n    protocol: generic\n    local: true\n    stateDirectory: {DIRECTORY}/states\n    programs: {{box: [sh, ./box]}}\n    dialect:\n      objects:\n"
                 f"      - {{object: 'v/{{x}}', value: {{type: integer}}, read: [box, get, {name}, '{{x}}'], line: '{{value}}', set: [[box, set, {name}, '{{x}}', '{{value}}']],\n"
                 f"         delete: [[box, unset, {name}, '{{x}}']]}}\n")
    write("topology.yaml", text)


def save(value):
    text = "apiVersion: hkctl.dev/v1alpha1\nkind: NetworkConfiguration\nmetadata: {name: w}\nspec:\n  controllers:\n"
    for name in DEVICES:
        text += f"  - {{name: {name}, settings: [{', '.join(f'{{object: v/{x}, value: {value}}}' for x in VALUES)}]}}\n"
    write("want.yaml", text)
    done = hkctl("net", "plan", "-f", "topology.yaml", "-f", "want.yaml", "--save", "network.yaml", "-q")
    assert done.returncode == 0, done.stderr
    for name in os.listdir(DIRECTORY):
        if name.startswith("network.yaml.journal"):
            os.unlink(os.path.join(DIRECTORY, name))


def shown():
    values = set()
    for name in DEVICES:
        for x in VALUES:
            with open(os.path.join(DIRECTORY, f"{name}.{x}")) as f:
                values.add(int(f.read()))
    return values


def waiting():
    return [name for _, _, files in os.walk(os.path.join(DIRECTORY, "states")) for name in files if name.startswith("pending")]


def journal():
    try:
        with open(os.path.join(DIRECTORY, "network.yaml.journal")) as f:
            return f.read()
    except FileNotFoundError:
        return ""


def one(old, pause, forward):
    new = old + 1
    save(new)
    process = subprocess.Popen([HKCTL, "net", "apply", "network.yaml", "-q"], cwd=DIRECTORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(pause)
    process.send_signal(signal.SIGKILL)
    process.wait()
    begun = '"event":"begin"' in journal()
    if not begun:
        assert shown() == {old}, f"nothing was begun, and the devices show {shown()}"
        return old
    arguments = ["net", "apply", "--resume"] if forward else ["net", "rollback"]
    done = hkctl(*arguments, "network.yaml.journal", "-f", "topology.yaml", "-o", "json")
    expected = new if forward else old
    assert shown() == {expected}, f"after {pause:.3f} s and {' '.join(arguments)}: {shown()}, wanted {expected}: {done.stderr}"
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == ("all new" if forward else "all old"), done.stdout
    assert not waiting(), f"changes wait on the devices: {waiting()}"
    return expected


def main():
    seed = int(os.environ.get("TEST_SEED", time.time_ns() % 1000000))
    print(f"# TEST_SEED={seed}", flush=True)
    chance = random.Random(seed)
    prepare()
    save(1000)
    begun = time.monotonic()
    done = hkctl("net", "apply", "network.yaml")
    assert done.returncode == 0, done.stderr
    whole = time.monotonic() - begun
    old = 1000
    for _ in range(TIMES):
        old = one(old, chance.uniform(0, whole * 1.1), chance.random() < 0.5)
    print(f"# killed {TIMES} times within {whole:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

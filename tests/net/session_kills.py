#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill `hkctl net apply` with SIGKILL at every point of its journal (killer.py), with sessions at an operator (api_double.py) and, where netconfd is there, a controller (farm.py)
in one change; then resume or roll back from the journal, and look at the operator and the controller behind hkctl's back. Every second time the operator loses the reply to a request that
he carried out. session_kills.py HKCTL DIRECTORY CONTRACT [STEP]: every STEP-th point (default 1)."""
import json
import os
import subprocess
import sys
import time
import signal

from killer import Killer, POINTS

KILLER = Killer(sys.argv[1], sys.argv[2])
DIRECTORY, CONTRACT = KILLER.directory, os.path.abspath(sys.argv[3])
STEP = int(sys.argv[4]) if len(sys.argv) > 4 else 1
HERE = os.path.dirname(os.path.abspath(__file__))
SESSIONS = {"cameras": "+4915112345678", "tills": "+4915112345679"}
LINK = "edge--cloud"


class Double:
    def __init__(self):
        os.mkdir(os.path.join(DIRECTORY, "double"))
        os.mkdir(os.path.join(DIRECTORY, "double", "faults"))
        with open(os.path.join(DIRECTORY, "double", "log"), "w") as log:
            self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "api_double.py"), "double", CONTRACT], cwd=DIRECTORY, stdout=log, stderr=log)
        port = os.path.join(DIRECTORY, "double", "port")
        for _ in range(600):
            if os.path.exists(port):
                break
            if self.process.poll() is not None:
                with open(os.path.join(DIRECTORY, "double", "log")) as log:
                    print(log.read().strip())
                sys.exit(self.process.returncode)
            time.sleep(0.05)
        with open(port) as f:
            self.port = f.read()

    def things(self):
        try:
            with open(os.path.join(DIRECTORY, "double", "things")) as f:
                return sorted(thing["device"]["phoneNumber"] for thing in json.load(f).values())
        except FileNotFoundError:
            return []

    def lose_a_reply(self):
        KILLER.write("double/faults/1", json.dumps({"method": "POST", "after": True, "cut": True}))

    def forget_faults(self):
        for name in os.listdir(os.path.join(DIRECTORY, "double", "faults")):
            os.unlink(os.path.join(DIRECTORY, "double", "faults", name))

    def close(self):
        self.process.kill()
        self.process.wait()


class Farm:
    """One controller, or none with the reason."""

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "farm.py"), "farm", "candidate"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=DIRECTORY)
        said = self.process.stdout.readline().strip()
        self.there = said == "ready"
        if not self.there:
            print(f"# without a controller: {said}")

    def value(self):
        if not self.there:
            return None
        print("value", 0, LINK, "bandwidth", file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def documents(farm):
    return ["-f", "apis.yaml", "-f", "adapter.yaml"] + (["-f", "farm/topology.yaml"] if farm.there else [])


def save(farm, value):
    text = "apiVersion: hkctl.dev/v1alpha1\nkind: NetworkConfiguration\nmetadata: {name: w}\nspec:\n  sessions:\n"
    for name, phone in SESSIONS.items():
        text += f"  - {{name: {name}, api: operator-x, values: {{profile: QOS_E, duration: 1h, device.phone: \"{phone}\", server.ipv4: 198.51.100.4}}}}\n"
    if farm.there:
        text += f"  controllers:\n  - {{name: dev-0, settings: [{{object: \"/wan:links/link[name='{LINK}']/bandwidth\", value: {value}}}]}}\n"
    KILLER.write("want.yaml", text)
    KILLER.plan(*documents(farm))


def go_on(farm, double, k, forward, old, new):
    arguments = ["net", "apply", "--resume"] if forward else ["net", "rollback"]
    begun = KILLER.has("begin")
    if begun and not KILLER.has("sessions-end"):
        done = KILLER.run("net", "apply", "network.yaml")
        assert done.returncode == 2 and "was not finished" in done.stderr, f"a change that was cut off is passed over: {done.stderr}"
    done = KILLER.run(*arguments, "network.yaml.journal", *documents(farm), "-o", "json")
    what = f"killed at point {k}, then {' '.join(arguments)}"
    if not begun:
        forward = False
    else:
        assert done.returncode == 0, f"{what}: {done.stderr}"
        result = json.loads(done.stdout)
        assert result["sessionVerdict"] == ("all new" if forward else "all old"), f"{what}: {done.stdout}"
    expected = sorted(SESSIONS.values()) if forward else []
    assert double.things() == expected, f"{what}: the operator has {double.things()}, wanted {expected}: {done.stdout} {done.stderr}"
    if farm.there:
        assert farm.value() == str(new if forward else old), f"{what}: the controller shows {farm.value()}"
    return forward


def everywhere(farm, double):
    old, killed, k = 1000, 0, 1
    while True:
        new = old + 1
        save(farm, new)
        if k % 4 < 2:
            double.lose_a_reply()
        if not KILLER.killed(k):
            assert double.things() == sorted(SESSIONS.values())
            break
        killed += 1
        double.forget_faults()
        if go_on(farm, double, k, k % 2 == 0, old, new):
            old = new
            done = KILLER.run("net", "rollback", "network.yaml.journal", *documents(farm), "-q")
            assert done.returncode == 0 and double.things() == [], done.stderr
            old -= 1
        k += STEP
    print(f"# killed {killed} times")


def interrupted(farm, double):
    """Ctrl-C while the operator is being asked: everything goes back, the controllers too, and that is not interrupted."""
    save(farm, 1001)
    done = KILLER.apply(POINTS, "-o", "json", text='"event":"session-created"', by=signal.SIGINT)
    assert done.returncode == 130, done
    result = json.loads(done.stdout)
    assert (result["verdict"], result["sessionVerdict"]) == ("all old", "all old"), done
    assert double.things() == [] and farm.value() in (None, "1000"), (double.things(), farm.value(), done)


def without_credentials(farm, double):
    """What cannot be asked for at all is no reason to change controllers."""
    save(farm, 1001)
    os.rename(os.path.join(DIRECTORY, "token"), os.path.join(DIRECTORY, "away"))
    done = KILLER.run("net", "apply", "network.yaml")
    os.rename(os.path.join(DIRECTORY, "away"), os.path.join(DIRECTORY, "token"))
    assert done.returncode == 3 and not KILLER.records() and double.things() == [] and farm.value() in (None, "1000"), done.stderr


def main():
    double = Double()
    farm = Farm()
    try:
        KILLER.write("token", "not-a-secret-but-treated-as-one\n")
        KILLER.write("apis.yaml", "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: apis}\nspec:\n  networkApis:\n  - {name: operator-x, adapter: impatient, "
              f"baseUrl: \"http://127.0.0.1:{double.port}/{os.path.basename(CONTRACT)[:-5]}\", auth: {{bearer: {{tokenFile: token}}}}}}\n")
        with open(os.path.join(HERE, "..", "..", "adapters", "camara-qod-1.1.0.yaml")) as f:
            KILLER.write("adapter.yaml", f.read().replace("name: camara-qod-1.1.0", "name: impatient").replace("every: 2s", "every: 50ms").replace("perSecond: 5", "perSecond: 500"))
        if farm.there:
            save(farm, 1000)
            done = KILLER.run("net", "apply", "network.yaml")
            assert done.returncode == 0 and farm.value() == "1000", done.stderr
            done = KILLER.run("net", "rollback", "network.yaml.journal", *documents(farm), "-q")
            assert done.returncode == 0 and double.things() == [], done.stderr
            save(farm, 1000)
            text = os.path.join(DIRECTORY, "want.yaml")
            with open(text) as f:
                only = f.read().split("  sessions:\n")[0] + "  controllers:\n" + f"  - {{name: dev-0, settings: [{{object: \"/wan:links/link[name='{LINK}']/bandwidth\", value: 1000}}]}}\n"
            KILLER.write("want.yaml", only)
            done = KILLER.run("net", "plan", *documents(farm), "-f", "want.yaml", "--save", "first.yaml", "-q")
            done = KILLER.run("net", "apply", "first.yaml", "-q")
            assert done.returncode == 0 and farm.value() == "1000", done.stderr
        interrupted(farm, double)
        without_credentials(farm, double)
        everywhere(farm, double)
        assert not os.path.exists(os.path.join(DIRECTORY, "double", "violations")), "the contract does not allow this"
    finally:
        double.close()
        farm.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

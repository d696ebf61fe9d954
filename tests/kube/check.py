#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check.py BINARY-TO-BUILD: what hkctl renders, judged by a real control plane.

Each cluster of each application is one test: the rendered folder is applied with strict validation to an API server of its own, every pod has to be bound to a node
the plan names, in the plan's numbers, and a second apply may change nothing. The last line counts; the exit status is 0 only when nothing failed.
"""
import http.client
import os
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

try:
    import yaml
except ImportError:
    print("  SKIP   check-kube: python3-yaml is not installed\n0 passed, 0 failed, 1 skipped")
    sys.exit(0)

import applications
import build
import contracts
import controls
import decisions
from prove import Failure

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

TEST_SECONDS = float(os.environ.get("KUBE_TEST_SECONDS", "780"))


class Tally:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, 0, 0
        self.end = time.monotonic() + TEST_SECONDS

    def run(self, name, act):
        """act() returns a remark, or raises Failure or Skip. Whatever else goes wrong is a failure too, and the next test runs."""
        start = time.monotonic()
        if start > self.end:
            self.skip(name, f"{TEST_SECONDS:.0f} seconds are up (KUBE_TEST_SECONDS)")
            return False
        try:
            remark = act()
            self.passed += 1
            print(f"  OK     {name}: {remark} ({time.monotonic() - start:.0f} s)", flush=True)
            return True
        except build.Skip as reason:
            self.skip(name, reason)
        except (Failure, RuntimeError, OSError, LookupError, ValueError, http.client.HTTPException, yaml.YAMLError) as error:
            self.failed += 1
            text = str(error) if isinstance(error, Failure) else f"{type(error).__name__}: {error}"
            print(f"---- FAILED {name}\n{text}\n----", flush=True)
        return False

    def skip(self, name, reason):
        self.skipped += 1
        print(f"  SKIP   {name}: {reason}", flush=True)


def on_signal(number, _):
    raise SystemExit(128 + number)


def tests(tally, binary, work):
    crds, stored = os.path.join(ROOT, "..", "shared", "contracts", "crds"), None
    contracts_known = os.path.isdir(crds)
    tally.run("controls", controls.test)
    only = os.environ.get("KUBE_ONLY", "").split()
    planned = [one for one in applications.every(ROOT, work, "istio,gateway,mcs" if contracts_known else "none")
               if (not only or one.name in only) and tally.run(f"{one.name}: plan and render", one.prepare)]
    if contracts_known:
        stored = os.path.join(work, "definitions", "etcd")
        kinds = decisions.kinds().union(*(one.kinds() for one in planned))
        if not tally.run("definitions", lambda: contracts.install(binary, os.path.join(work, "definitions"), crds, kinds)):
            return
    else:
        tally.skip("definitions", "there are no custom resource definitions in ../shared/contracts/crds, so no mesh objects are rendered")
    tally.run("strictness", lambda: contracts.strictness(binary, os.path.join(work, "strictness"), stored))
    for application in planned if stored else ():
        tally.run(f"{application.name}: decisions", lambda one=application: decisions.test(binary, decisions.folder_of(one), stored, one))
    for application in planned:
        application.test(tally, binary, stored)


def main(target):
    tally = Tally()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, on_signal)
    os.environ["HKCTL"] = os.path.join(ROOT, os.environ.get("HKCTL") or "hkctl")
    work = tempfile.mkdtemp(prefix="hkctl-kube.")
    try:
        binary = build.build(target)
        tally.end = time.monotonic() + TEST_SECONDS
        tests(tally, binary, work)
    except build.Skip as reason:
        tally.skip("check-kube", reason)
    except RuntimeError as error:
        tally.failed += 1
        print(f"---- FAILED check-kube\n{error}\n----", flush=True)
    finally:
        if tally.failed == 0 and os.environ.get("KEEP") != "1":
            shutil.rmtree(work, ignore_errors=True)
        else:
            print(f"# files are in {work}", flush=True)
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped", flush=True)
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))

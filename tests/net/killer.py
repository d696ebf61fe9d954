# SPDX-License-Identifier: GPL-3.0-or-later
"""`hkctl net apply` killed at an exact point of its journal, however fast or slow the machine is: kill_at.c is preloaded, which counts three points for each record: before it is written,
in the middle of it, and after it."""
import os
import signal
import subprocess
import sys

POINTS = 3
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
LIBRARY = os.path.abspath(os.path.join(ROOT, os.environ.get("BUILD", "build/release"), "tests", "net", "kill_at.so"))


class Killer:
    """Runs HKCTL in DIRECTORY on network.yaml and its journal."""

    def __init__(self, hkctl, directory):
        self.hkctl, self.directory = os.path.abspath(hkctl), os.path.abspath(directory)
        self.journal = self.path("network.yaml.journal")
        if not os.path.exists(LIBRARY):
            print(f"{LIBRARY} is not there; make test builds it")
            sys.exit(77)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)

    def run(self, *arguments, environment=None):
        return subprocess.run([self.hkctl, *arguments], cwd=self.directory, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, **(environment or {})})

    def plan(self, *documents):
        """Saves network.yaml for what want.yaml wants, and forgets the journal of the plan before."""
        done = self.run("net", "plan", *documents, "-f", "want.yaml", "--save", "network.yaml", "-q")
        assert done.returncode == 0, done.stderr
        for name in os.listdir(self.directory):
            if name.startswith("network.yaml.journal"):
                os.unlink(self.path(name))

    def records(self):
        """The whole ones; a torn one counts for nothing."""
        try:
            with open(self.journal, "rb") as f:
                return f.read().split(b"\n")[:-1]
        except FileNotFoundError:
            return []

    def has(self, event):
        return any(f'"event":"{event}"'.encode() in record for record in self.records())

    def apply(self, point, *options, text=None, by=signal.SIGKILL):
        """The ended process: signal BY came at this point, counted over the records with TEXT in them."""
        preload = {"LD_PRELOAD": LIBRARY, "KILL_FILE": os.path.basename(self.journal), "KILL_AT": str(point), "KILL_SIGNAL": str(int(by)),
                   "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        if text:
            preload["KILL_TEXT"] = text
        return self.run("net", "apply", "network.yaml", *options, environment=preload)

    def killed(self, point):
        """False when the journal has no such point: then the change was made, and the journal is whole."""
        done = self.apply(point, "-q")
        if done.returncode == -signal.SIGKILL:
            return True
        assert done.returncode == 0, f"killed at point {point}: ended with {done.returncode}: {done.stderr}"
        assert point > POINTS * len(self.records()) > 0, f"point {point} was passed over"
        return False

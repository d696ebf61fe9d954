# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the control plane (main.go) once: Go's own cache makes every further build a matter of seconds.

Skipped is what cannot be had here (no Go, one too old, no modules, no time); an error is what should have compiled and did not.
"""
import os
import shutil
import signal
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FETCH_SECONDS = float(os.environ.get("KUBE_FETCH_SECONDS", "240"))
BUILD_SECONDS = float(os.environ.get("KUBE_BUILD_SECONDS", "780"))


class Skip(Exception):
    """What cannot be had here, in a sentence."""


def ask(go, *arguments):
    return subprocess.run([go, *arguments], cwd=HERE, capture_output=True, text=True, check=False).stdout.strip()


def limited(command, seconds, environment):
    """(status, output), or (None, output) when the time was up. The whole process group ends with it."""
    process = subprocess.Popen(command, cwd=HERE, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               start_new_session=True)
    try:
        output, _ = process.communicate(timeout=seconds)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return None, process.communicate()[0]
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def last_line(output):
    """Of what go says besides names of packages."""
    lines = [line for line in output.strip().splitlines() if " " in line and not line.startswith("go: downloading ")]
    return lines[-1].strip() if lines else "no reason given"


def build(target):
    """Path of the binary. Raises Skip, or RuntimeError with the compiler's words."""
    go = shutil.which("go")
    if not go:
        raise Skip("go is not installed")
    environment = dict(os.environ, CGO_ENABLED="0", GOWORK="off", GOFLAGS=(ask(go, "env", "GOFLAGS") + " -mod=readonly").strip())
    # Listing the packages brings the modules that are compiled, and no others.
    status, output = limited([go, "list", "-deps", "-f", "{{.ImportPath}}", "."], FETCH_SECONDS, environment)
    if status is None:
        raise Skip(f"the Go modules did not come within {FETCH_SECONDS:.0f} seconds")
    if status != 0:
        raise Skip(f"{ask(go, 'version') or 'go'} cannot load the modules: {last_line(output)}")
    start = time.monotonic()
    os.makedirs(os.path.dirname(target), exist_ok=True)
    status, output = limited(["nice", "-n", "10", go, "build", "-p", "2", "-trimpath", "-ldflags=-s -w", "-o", target, "."], BUILD_SECONDS, environment)
    if status is None:
        raise Skip(f"the control plane was not built within {BUILD_SECONDS:.0f} seconds; what was compiled is kept for the next run")
    if status != 0:
        raise RuntimeError(f"the control plane does not compile:\n{output}")
    if time.monotonic() - start > 20:
        print(f"# control plane built in {time.monotonic() - start:.0f} s", flush=True)
    return target

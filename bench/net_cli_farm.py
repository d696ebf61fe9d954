#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices with a command line behind a real sshd: net_cli_farm.py DIRECTORY COUNT. One sshd, a port of it for each device; `box get a`, `box set a VALUE`, `box unset a` keep a value in a file of
the device. Writes DIRECTORY/topology.yaml, known_hosts and user_key, says "ready", and ends with its standard input."""
import getpass
import os
import socket
import subprocess
import sys
import time

SSHD = "/usr/sbin/sshd"
BOX = """#!/bin/sh
f=FARM/value.${SSH_CONNECTION##* }
case $1 in
get) if [ -e "$f" ]; then read -r v <"$f"; echo "the value of $2 is $v"; fi ;;
set) echo "$3" >"$f" ;;
unset) rm -f "$f" ;;
esac
"""
ENTRY = """  - name: dev-{n}
    protocol: generic
    ssh: {{host: 127.0.0.1, port: {port}, user: {user}, identityFile: {farm}/user_key, knownHosts: {farm}/known_hosts}}
    programs: {{box: [{farm}/box]}}
    dialect:
      objects:
      - object: "value/{{name}}"
        value: {{type: integer}}
        read: [box, get, "{{name}}"]
        line: "the value of {{name}} is {{value}}"
        set: [[box, set, "{{name}}", "{{value}}"]]
        delete: [[box, unset, "{{name}}"]]
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def main():
    farm, count = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    if not os.access(SSHD, os.X_OK):
        print("openssh-server is not installed")
        return 77
    if os.getuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    os.makedirs(farm, exist_ok=True)
    ports = free_ports(count)
    for key in ("user_key", "host_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(farm, key)], check=True)
    with open(os.path.join(farm, "box"), "w", encoding="utf-8") as f:
        f.write(BOX.replace("FARM", farm))
    os.chmod(os.path.join(farm, "box"), 0o755)
    with open(os.path.join(farm, "sshd_config"), "w", encoding="utf-8") as f:
        f.write("".join(f"Port {port}\n" for port in ports) + f"ListenAddress 127.0.0.1\nHostKey {farm}/host_key\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nPrintMotd no\n"
                f"AuthorizedKeysFile {farm}/user_key.pub\nPasswordAuthentication no\nMaxStartups 1000\nSetEnv HOME={farm}\n")
    with open(os.path.join(farm, "host_key.pub"), encoding="utf-8") as f:
        host_key = " ".join(f.read().split()[:2])
    with open(os.path.join(farm, "known_hosts"), "w", encoding="utf-8") as f:
        f.writelines(f"[127.0.0.1]:{port} {host_key}\n" for port in ports)
    with open(os.path.join(farm, "topology.yaml"), "w", encoding="utf-8") as f:
        f.write("apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: farm}\nspec:\n  clusters: [{name: edge, tier: edge}, {name: cloud, tier: cloud}]\n  controllers:\n")
        f.writelines(ENTRY.format(n=n, port=port, user=getpass.getuser(), farm=farm) for n, port in enumerate(ports))
    with open(os.path.join(farm, "sshd.log"), "w", encoding="utf-8") as log, subprocess.Popen([SSHD, "-D", "-e", "-f", os.path.join(farm, "sshd_config")], stderr=log) as sshd:
        while sshd.poll() is None and socket.socket().connect_ex(("127.0.0.1", ports[-1])):
            time.sleep(0.05)
        print("ready" if sshd.poll() is None else "sshd does not start", flush=True)
        sys.stdin.read()
        sshd.kill()
    return 0


sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same change by netmiko or paramiko, as their documentations do it: net_cli_peer.py netmiko|paramiko TOPOLOGY VALUE WORKERS. Every device of net_cli_farm.py: connect, look, set, look again.
Nothing goes back when a device fails, and nobody undoes it when the client dies: these tools have no such thing."""
import concurrent.futures
import os
import sys

import yaml


def by_netmiko(controller, value):
    from netmiko import ConnectHandler
    ssh, box = controller["ssh"], controller["programs"]["box"][0]
    with ConnectHandler(device_type="linux", host=ssh["host"], port=ssh["port"], username=ssh["user"], use_keys=True, key_file=ssh["identityFile"], allow_agent=False) as device:
        device.send_command(f"{box} get a")
        device.send_command(f"{box} set a {value}")
        return device.send_command(f"{box} get a")


def by_paramiko(controller, value):
    import paramiko
    ssh, box = controller["ssh"], controller["programs"]["box"][0]
    client = paramiko.SSHClient()
    client.load_host_keys(ssh["knownHosts"])
    client.connect(ssh["host"], port=ssh["port"], username=ssh["user"], key_filename=ssh["identityFile"], allow_agent=False, look_for_keys=False)
    for command in ("get a", f"set a {value}", "get a"):
        _, out, _ = client.exec_command(f"{box} {command}")
        said = out.read().decode()
    client.close()
    return said


def change(controller):
    said = {"netmiko": by_netmiko, "paramiko": by_paramiko}[sys.argv[1]](controller, sys.argv[3])
    if said.strip() != f"the value of a is {sys.argv[3]}":
        raise SystemExit(f"net_cli_peer.py: {controller['name']} says: {said}")


def main():
    with open(sys.argv[2], encoding="utf-8") as f:
        controllers = yaml.safe_load(f)["spec"]["controllers"]
    with concurrent.futures.ThreadPoolExecutor(int(sys.argv[4])) as pool:
        list(pool.map(change, controllers))
    sys.stdout.flush()
    os._exit(0)      # threads of its transport that have not ended are not waited for: that is time in our disfavour


main()

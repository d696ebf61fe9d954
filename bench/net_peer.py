#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same change by ncclient, as its documentation does it: net_peer.py TOPOLOGY VALUE WORKERS. Every device of the farm (tests/net/farm.py): lock, edit the candidate, confirmed
commit, read again, and when all of them show it, confirm and unlock. WORKERS devices at a time (1: one after the other)."""
import concurrent.futures
import os
import sys

import yaml
from ncclient import manager

NS = "urn:example:hk-wan"


def connect(controller):
    ssh = controller["ssh"]
    return manager.connect(host=ssh["host"], port=ssh["port"], username=ssh["user"], key_filename=ssh["identityFile"], hostkey_verify=False, allow_agent=False, look_for_keys=False)


def change(controller, value):
    session = connect(controller)
    session.lock("running")
    session.lock("candidate")
    session.edit_config(target="candidate", config=f"<config><links xmlns='{NS}'><link><name>edge--cloud</name><bandwidth>{value}</bandwidth></link></links></config>")
    session.commit(confirmed=True, timeout="600")
    reply = session.get_config(source="running", filter=("subtree", f"<links xmlns='{NS}'/>"))
    if f">{value}<" not in str(reply):
        raise SystemExit(f"net_peer.py: {controller['name']} does not show {value}")
    return session


def confirm(session):
    session.commit()
    session.unlock("candidate")
    session.unlock("running")
    session.close_session()


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        controllers = yaml.safe_load(f)["spec"]["controllers"]
    with concurrent.futures.ThreadPoolExecutor(int(sys.argv[3])) as pool:
        sessions = list(pool.map(lambda controller: change(controller, sys.argv[2]), controllers))
        list(pool.map(confirm, sessions))
    sys.stdout.flush()
    os._exit(0)      # threads of its transport that have not ended are not waited for: that is time in our disfavour


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole lives of what adapters request: contract_lives.py PRISM HKCTL ADAPTERS CONTRACTS

An operator with a memory stands behind Prism, which serves the contract as a proxy and turns every violation of either side into an error. Each adapter that requests something does so,
waits until it is active, asks for it, extends it where it can, releases it, and is then told that it is gone. PRISM is its dist/index.js.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import contract_check
import contract_mock
import contract_replies


class Proxy(contract_check.Prism):
    """Prism between hkctl and the stand-in."""

    def __init__(self, program, contract, upstream):
        self.upstream = upstream
        super().__init__(program, contract)

    def arguments(self):
        return ["proxy"], [self.upstream]


class Life:
    def __init__(self, hkctl, directory, adapter, port):
        self.hkctl, self.directory, self.adapter, self.problems = hkctl, directory, adapter, []
        lines = ["apiVersion: hkctl.dev/v1alpha1", "kind: Topology", "metadata: {name: t}", "spec:", "  clusters: [{name: edge-a}]", "  networkApis:"]
        lines.append(f'  - {{name: {adapter.api}, adapter: {adapter.name}, baseUrl: "http://127.0.0.1:{port}", auth: {{bearer: {{tokenFile: token}}}}}}')
        for name, text in (("topology.yaml", "\n".join(lines) + "\n"), ("token", "not-a-secret-but-treated-as-one\n")):
            with open(os.path.join(directory, name), "w", encoding="utf-8") as stream:
                stream.write(text)

    def step(self, action, values, state):
        command = [self.hkctl, "api", action, self.adapter.api, "-f", "topology.yaml", "-o", "json", "--timeout", "60s"] + [f"{name}={value}" for name, value in sorted(values.items())]
        done = subprocess.run(command, cwd=self.directory, env={**os.environ, "no_proxy": "*"}, capture_output=True, timeout=90, check=False)
        if done.returncode:
            self.problems.append(f"{self.adapter.name} {action}: status {done.returncode}, {done.stderr.decode()[:600]}")
            return {}
        document = json.loads(done.stdout)
        if state and document["state"] != state:
            self.problems.append(f"{self.adapter.name} {action}: {document['state']} instead of {state}")
        return document

    def live(self):
        least = next(self.adapter.choices("request"))
        made = self.step("request", least, "active").get("id")
        if not made:
            return
        known = {**least, "id": made}
        of = {action: {name: known[name] for name in next(self.adapter.choices(action)) if name in known} for action in self.adapter.actions if action in ("status", "extend", "release")}
        self.step("status", of["status"], "active")
        if "extend" in of:
            self.step("extend", {**of["extend"], "duration": "10m"}, "active")
        self.step("release", of["release"], "absent")
        self.step("status", of["status"], "absent")


class Operator(BaseHTTPRequestHandler):
    """Remembers what was created; it becomes active when somebody asks for it the second time."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, kind, body, headers=()):
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if data:
            self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def thing(self, action, schema, number):
        """The thing as the contract has it, with its id and its state where the adapter looks for them."""
        request, choose = self.server.adapter.actions["request"], {}
        if "from" in request["id"]:
            choose[request["id"]["from"]] = number
        state = request.get("state")
        if state:
            choose[state["from"]] = state["active" if self.server.things[number] > 1 or "pending" not in state else "pending"][0]
        return contract_replies.Maker(self.server.contract, choose=choose).make(schema)

    def gone(self, operation):
        response = self.server.contract.get(operation.node["responses"]["404"])
        kind, media = next(iter(response.get("content", {"application/json": {}}).items()))
        choose = {"/status": 404, "/code": "NOT_FOUND", "/message": "there is none"}
        self.answer(404, kind, contract_replies.Maker(self.server.contract, choose=choose).make(media["schema"]) if "schema" in media else None)

    def handle_request(self):
        contract, things, actions = self.server.contract, self.server.things, self.server.adapter.actions
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urllib.parse.urlsplit(self.path).path
        operation, groups = contract.find(self.command, path)
        action = next((name for name in ("request", "status", "extend", "release", "find") if name in actions and self.is_for(actions[name], operation)), "find")
        status = next(int(code) for code in operation.node["responses"] if str(code).startswith("2"))
        schema = contract.reply_schema(operation, status)
        listed = schema is not None and contract.get(schema).get("type") == "array"
        number = groups[-1] if groups and action in ("status", "release") and not listed else groups[0] if groups else None
        if action == "request":
            number = str(uuid.uuid4())
            things[number] = 0
            self.answer(status, "application/json", self.thing(action, schema, number), [("Location", f"https://operator.example{path}/{number}")])
        elif listed:
            for known in things:
                things[known] += action == "status"
            items = contract.get(schema).get("items")
            self.answer(status, "application/json", [self.thing(action, items, known) for known in things])
        elif number not in things:
            self.gone(operation)
        elif action == "release":
            del things[number]
            self.answer(status, "application/json", contract_replies.Maker(contract).make(schema) if schema else None)
        else:
            things[number] += 1
            self.answer(status, "application/json", self.thing(action, schema, number))

    def is_for(self, action, operation):
        return self.server.contract.find(action["method"], re.sub(r"\{[^}]*\}", "x", action["path"]))[0] is operation

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_request


def main():
    program, hkctl, folder, contracts = sys.argv[1], os.path.abspath(sys.argv[2]), sys.argv[3], sys.argv[4]
    adapters = [contract_check.Adapter(path) for path in sorted(glob.glob(os.path.join(folder, "*.yaml")))]
    paths = {os.path.basename(path): path for path in glob.glob(os.path.join(contracts, "*", "*.yaml"))}
    lives, wrong = 0, 0
    operator = ThreadingHTTPServer(("127.0.0.1", 0), Operator)
    threading.Thread(target=operator.serve_forever, daemon=True).start()
    for adapter in adapters:
        if "request" not in adapter.actions or adapter.spec.get("contract") not in paths:
            continue
        operator.contract, operator.adapter, operator.things = contract_mock.Contract(paths[adapter.spec["contract"]]), adapter, {}
        proxy = Proxy(program, operator.contract, f"http://127.0.0.1:{operator.server_address[1]}")
        with tempfile.TemporaryDirectory() as directory:
            life = Life(hkctl, directory, adapter, proxy.port)
            try:
                life.live()
            finally:
                proxy.stop()
        lives, wrong = lives + 1, wrong + bool(life.problems)
        print("\n".join(re.sub(r"\s+", " ", problem) for problem in life.problems) or f"{adapter.name}: requested, active, released, gone", flush=True)
    print(f"{lives} lives, {wrong} wrong")
    return 1 if wrong or not lives else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every verb of every adapter against its contract: contract_check.py [--prism FILE] [--every N] [--brief N] [--only TEXT] HKCTL ADAPTERS CONTRACTS

bounds    a number one beyond what an input of the adapter allows is refused, and nothing is sent.
requests  what hkctl sends is judged by contract_mock, and with --prism also by Prism (its dist/index.js), to which every request is passed on; Prism then also judges requests that are
          wrong, and must not find more than contract_mock does.
replies   replies made of the contract's schemas and examples are read with the values contract_reader says; broken ones are refused in a sentence. --every N takes each Nth of them, --brief N each Nth
          set of values for requests.
Prints one line for a contract; status 1 when anything is wrong.
"""
import argparse
import collections
import glob
import http.client
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import contract_mock
import contract_reader
import contract_replies

UUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
VALUES = {
    "id": UUID, "profile": "QOS_E", "duration": "29m30s", "device.phone": "+123456789", "device.name": "123456789@example.com", "device.ipv4": "203.0.113.7",
    "device.ipv4-private": "192.0.2.9", "device.port": "40001", "device.ipv6": "2001:db8::9", "device.ports": "5000,5001", "server.ipv4": "198.51.100.4", "server.ipv6": "2001:db8::4",
    "server.ports": "443,8443", "sink": "https://sink.invalid/hook", "start": "2026-12-01T12:00:00Z", "end": "2026-12-02T12:00:00+01:00", "time": "2026-01-31T12:00:00.5Z",
    "latitude": "52.520008", "longitude": "-13.5", "radius": "150.5", "devices": "5", "bandwidth.down": "0.8Mbps", "bandwidth.up": "20Mbps", "latency.down": "12ms", "latency.up": "0.5s",
    "latency": "10.23456ms", "jitter": "10us", "loss": "0.05%", "bandwidth": "12.5Mbps", "source.port": "1024", "destination.port": "443", "destination.protocol": "TCP",
    "source.address": "203.0.113.0/24", "source.ports": "1000,2000", "destination.address": "198.51.100.4", "destination.ports": "443", "protocol": "17", "name": "edge_app_1",
    "zones": f"{UUID},{UUID[:-1]}7", "clusters": UUID, "cells": "0xABC,0xDEF", "address": "acr:203.0.113.7", "consumer": "some one/\u00fc?&#", "qos-profiles": "QOS_E,QOS_L",
    "qos-profile": "QOS_E", "region": "us west/1", "area": "north & south", "service": "RNI,location", "af": "af 1/2", "query": "min by (source) (x{a=\"b\"}) + 1", "features": "20", "flows": "permit in ip from 203.0.113.7 to 198.51.100.4",
}
PLURAL = {"device.ipv4", "device.ipv6"}


def value_of(name, declaration):
    if declaration.get("values"):
        return declaration["values"][0]
    if declaration.get("type") == "texts" and name in PLURAL:
        return f"{VALUES[name]},{VALUES[name]}"
    return VALUES.get(name, UUID)


class Adapter:
    def __init__(self, path):
        with open(path, encoding="utf-8") as stream:
            document = contract_mock.yaml.load(stream, contract_mock.Loader)
        self.path, self.name, self.spec = path, document["metadata"]["name"], document["spec"]
        self.api = re.sub(r"[^a-z0-9]+", "-", self.name)
        self.actions = {name: action for name, action in self.spec["actions"].items() if "path" in action}

    def used(self, node):
        """Names of values that a template or a path takes."""
        if isinstance(node, str):
            return set(re.findall(r"\{([^}]*)\}", node))
        if isinstance(node, list):
            return set().union(*map(self.used, node))
        if not isinstance(node, dict):
            return set()
        return {node[key] for key in ("$in", "$amount") if key in node}.union(*(self.used(value) for key, value in node.items() if key not in ("$in", "$amount")))

    def choices(self, name):
        """Sets of values to call an action with: the least, with each alternative, with each word, at each bound, and everything."""
        action, inputs = self.actions[name], self.spec.get("inputs", {})
        used = set().union(*(self.used(action.get(part)) for part in ("path", "query", "headers", "body"))) & (set(inputs) | {"id"})
        least = [[need] if isinstance(need, str) else need for need in action.get("needs", [])]
        declared = {**inputs, "id": {}}
        sets = [set(one) for one in itertools.product(*least)] if len(list(itertools.islice(itertools.product(*least), 200))) < 200 else [{one[0] for one in least}]
        for names in sets:
            names |= {inputs[n]["with"][0] for n in names if inputs.get(n, {}).get("with") and not names & set(inputs[n]["with"])}
        for names in sets + [used]:
            yield {n: value_of(n, declared[n]) for n in names}
        for n in sorted(used):
            for word in declared[n].get("values", [])[1:]:
                yield {**{m: value_of(m, declared[m]) for m in sets[0] | {n}}, n: word}
            for bound in ("minimum", "maximum"):
                if bound in declared[n]:
                    yield {**{m: value_of(m, declared[m]) for m in used}, n: str(declared[n][bound])}


# ---- the server ----

class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if status in (204, 304) else body)

    def handle_request(self):
        check, body = self.server.check, self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        address = urllib.parse.urlsplit(self.path)
        if not address.path.startswith("/api/"):
            return self.answer(500, {}, b"")
        path = address.path[len("/api"):]
        query = urllib.parse.parse_qs(address.query, keep_blank_values=True)
        check.asked.append((self.command, path, address.query, headers, body))
        check.violations += check.contract.request_problems(self.command, path, query, headers, body)
        if check.prism:
            check.violations += check.prism.judge(self.command, path, address.query, headers, body)
        return self.answer(*check.reply(self.command, path))

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_request


# Prism really calls back: where to is for nobody to look up.
NO_NAMES = """const dns = require("dns"), net = require("net"), known = dns.lookup;
dns.lookup = (name, options, done) => net.isIP(name) ? known(name, options, done) : (done || options)(new Error("no names here"));
"""


class Prism:
    """Prism on the loopback for one contract."""

    def __init__(self, program, contract):
        self.preload = tempfile.NamedTemporaryFile("w", suffix=".js")
        self.preload.write(NO_NAMES)
        self.preload.flush()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = tempfile.TemporaryFile()
        kind, behind = self.arguments()
        command = ["node", "--require", self.preload.name, program] + kind + ["-h", "127.0.0.1", "-p", str(self.port), "--errors", contract.path] + behind
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        until = time.time() + 60
        while time.time() < until and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"Prism does not start for {contract.name}")

    def arguments(self):
        """How it is to run, and what comes behind the contract."""
        return ["mock"], []

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.preload.close()

    def judge(self, method, path, query, headers, body):
        kept = {name: value for name, value in headers.items() if name not in ("host", "connection", "content-length", "accept-encoding")}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path + (f"?{query}" if query else ""), body or None, kept)
        reply = connection.getresponse()
        text, said = reply.read(), json.loads(reply.headers.get("sl-violations", "[]"))
        connection.close()
        found = [f"Prism: {'/'.join(map(str, v['location']))}: {v['message']}" for v in said if v["location"][:1] != ["response"]]
        return found or ([f"Prism: status {reply.status} {text[:200]}"] if reply.status in (400, 401, 404, 405, 415, 422) else [])


class Listener(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """hkctl may hang up early on a reply that makes no sense."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


# ---- checking ----

class Check:
    def __init__(self, arguments):
        self.arguments, self.prism, self.contract, self.violations, self.asked, self.canned, self.find = arguments, None, None, [], [], None, None
        self.count, self.wrong = collections.Counter(), []
        self.server = Listener(("127.0.0.1", 0), Server)
        self.server.check = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.directory = tempfile.TemporaryDirectory()
        with open(self.path("token"), "w", encoding="utf-8") as stream:
            stream.write("not-a-secret-but-treated-as-one\n")
        self.environment = {**os.environ, "no_proxy": "*", "ASAN_OPTIONS": "exitcode=99", "UBSAN_OPTIONS": "halt_on_error=1:exitcode=99"}

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def write_topology(self, adapters):
        address = f"http://127.0.0.1:{self.server.server_address[1]}/api"
        lines = ["apiVersion: hkctl.dev/v1alpha1", "kind: Topology", "metadata: {name: t}", "spec:", "  clusters: [{name: edge-a}]", "  networkApis:"]
        lines += [f'  - {{name: {a.api}, adapter: {a.name}, baseUrl: "{address}", auth: {{bearer: {{tokenFile: token}}}}}}' for a in adapters]
        with open(self.path("topology.yaml"), "w", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n")
        shipped = subprocess.run([self.arguments.hkctl, "api", "lint"], capture_output=True, text=True, check=True).stdout.split()
        for one in adapters:
            if one.name not in shipped:
                shutil.copy(one.path, self.path(f"{one.name}.yaml"))

    def reply(self, method, path):
        operation, _ = self.contract.find(method, path)
        if self.canned is not None and not (self.find and operation is self.find):
            return self.canned
        if self.find and operation is self.find:
            return 403, {"Content-Type": "application/json"}, b"{}"
        if operation is None:
            return 404, {}, b""
        status = next(int(code) for code in operation.node["responses"] if str(code).startswith("2"))
        schema = self.contract.reply_schema(operation, status)
        body = json.dumps(contract_replies.Maker(self.contract).make(schema)).encode() if schema else b""
        return status, {"Content-Type": "application/json", "Location": f"{path}/{UUID}"}, body

    def run(self, adapter, action, values, *more):
        self.violations, self.asked = [], []
        extra = ["--no-wait", "--keep"] if action == "request" else []
        command = [self.arguments.hkctl, "api", action, adapter.api, "-f", ".", "-o", "json", "--timeout", "1s" if self.canned and self.canned[0] >= 400 else "20s"] + extra + list(more)
        return subprocess.run(command + [f"{name}={value}" for name, value in sorted(values.items())], cwd=self.directory.name, env=self.environment, capture_output=True, timeout=60, check=False)

    def complain(self, text):
        self.wrong.append(text)
        print(text, flush=True)

    # requests

    def requests(self, adapter):
        sent = []
        for action in adapter.actions:
            if action == "find":                       # hkctl sends it by itself, before a request
                continue
            for values in adapter.choices(action) if not self.arguments.brief else list(adapter.choices(action))[:: self.arguments.brief]:
                self.canned, self.find = None, None
                done = self.run(adapter, action, values)
                self.count["requests"] += 1
                where = f"{adapter.name} {action} {' '.join(f'{k}={v}' for k, v in sorted(values.items()))}"
                if not self.asked:
                    self.complain(f"{where}: nothing was sent; {done.stderr.decode()[:300]}")
                for violation in self.violations:
                    self.complain(f"{where}: {violation} in {self.asked[-1][4].decode()[:300]}")
                if done.returncode:
                    self.complain(f"{where}: status {done.returncode}, {done.stderr.decode()[:300]}")
                sent += self.asked[-1:]
        return sent

    def bounds(self, adapter):
        action = next(iter(adapter.actions))
        for name, declared in adapter.spec.get("inputs", {}).items():
            for bound, step in (("minimum", -1), ("maximum", 1)):
                if bound not in declared:
                    continue
                self.canned, self.find = None, None
                done = self.run(adapter, action, {name: str(declared[bound] + step)})
                self.count["bounds"] += 1
                if self.asked or done.returncode != 2 or b"that the operator takes" not in done.stderr:
                    self.complain(f"{adapter.name} {name}={declared[bound] + step}: status {done.returncode}, {len(self.asked)} requests, {done.stderr.decode()[:300]}")

    def wrong_requests(self, sent):
        """What Prism refuses, contract_mock refuses as well."""
        for method, path, query, headers, body in sent:
            if not body:
                continue
            value = json.loads(body)
            for place in itertools.islice(contract_replies.places(value), 60):
                changes = [lambda _: contract_replies.GONE] if place else []
                for change in changes + [lambda _, w=w: w for w in (7, "no such word", [], {}, -1)]:
                    data = json.dumps(contract_replies.put(value, place, change)).encode()
                    ours = bool(self.contract.request_problems(method, path, urllib.parse.parse_qs(query), headers, data))
                    theirs = self.prism.judge(method, path, query, headers, data)
                    self.count[f"judged: {'both refuse' if ours and theirs else 'only ours' if ours else 'only Prism' if theirs else 'both accept'}"] += 1
                    if theirs and not ours:
                        self.complain(f"{self.contract.name}: {method} {path} {data.decode()[:200]}: {theirs[0]}, and contract_mock finds nothing")

    # replies

    def cases(self, adapter, action):
        """(kind, label, status, headers, bytes)"""
        declared = adapter.actions[action]
        operation, _ = self.contract.find(declared["method"], re.sub(r"\{[^}]*\}", "x", declared["path"]))
        status = declared.get("ok", [200])[0]
        schema = self.contract.reply_schema(operation, status)
        headers = {"Content-Type": "application/json", "Location": f"/x/{UUID}"}
        if schema is None:
            yield "valid", "no body", status, headers, b""
        else:
            examples = [e for e in self.contract.reply_examples(operation, status) if not self.contract.problems(schema, e, "reply")]
            base = None
            for label, value in itertools.chain((("example", e) for e in examples), contract_replies.valid(self.contract, schema)):
                base = value if base is None or label == "everything" else base
                yield "valid", label, status, headers, json.dumps(value).encode()
            for label, code, more, data in contract_replies.broken(base, status):
                yield "broken", label, code, {**headers, **more}, data
        for label, code, more, data in contract_replies.refusals():
            yield "refusal", label, code, more, data

    def replies(self, adapter):
        every = self.arguments.every
        for action, declared in adapter.actions.items():
            if action == "find":
                continue
            values = next(adapter.choices(action))
            find = adapter.actions.get("find") if action == "request" else None
            self.find = self.contract.find(find["method"], re.sub(r"\{[^}]*\}", "x", find["path"]))[0] if find else None
            turn = collections.Counter()
            for kind, label, status, headers, data in self.cases(adapter, action):
                turn[kind] += 1
                if (turn[kind] - 1) % (max(1, every // 4) if kind == "valid" else every):
                    continue
                self.one_reply(adapter, action, declared, values, (kind, label, status, headers, data))

    def one_reply(self, adapter, action, declared, values, case):
        kind, label, status, headers, data = case
        self.canned = (status, headers, data)
        done = self.run(adapter, action, values)
        where = f"{adapter.name} {action}: {kind}, {label}"
        try:
            expected = contract_reader.read(declared, data, status, headers, values)
        except contract_reader.Wrong as problem:
            expected = problem
        if action in ("status", "release") and status in (404, 410):
            expected = {"state": "absent", "rows": [], "id": None}
        if done.returncode < 0 or done.returncode == 99:
            return self.complain(f"{where}: it ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
        if isinstance(expected, contract_reader.Wrong):
            self.count["refused"] += 1
            return self.refused(where, adapter, done, expected)
        self.count["read"] += 1
        return self.as_expected(where, adapter, action, declared, done, expected)

    def refused(self, where, adapter, done, why):
        text = done.stderr.decode("utf-8", "replace")
        if done.returncode not in (1, 5, 7) or done.stdout:
            return self.complain(f"{where}: not refused ({why}); status {done.returncode}, {done.stdout.decode()[:300]} {text[:200]}")
        if adapter.api not in text or len(text) > 1000 or text.count("\n") > 3 or re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text):
            return self.complain(f"{where}: no clear message: {text[:300]!r}")
        return None

    def as_expected(self, where, adapter, action, declared, done, expected):
        if action == "metrics" and not any(expected["rows"]):
            return self.refused(where, adapter, done, "nothing was measured")
        if done.returncode:
            # granted, and then ended or failed: told as such
            if action == "request" and expected["state"] in ("ended", "failed") and done.returncode == 7:
                return None
            return self.complain(f"{where}: status {done.returncode}, {done.stderr.decode()[:300]}, and {str(expected)[:300]} was expected")
        document = json.loads(done.stdout)
        if action == "metrics":
            problem = contract_reader.compare_metrics(declared["out"], expected["rows"], document)
        else:
            problem = contract_reader.compare_rows(declared.get("out"), expected["rows"], document["rows"])
            if not problem and action in ("request", "status", "extend") and document["state"] != expected["state"]:
                problem = f"state {document['state']} instead of {expected['state']}"
            if not problem and action == "request" and document["id"] != expected["id"]:
                problem = f"id {document['id']} instead of {expected['id']}"
        return self.complain(f"{where}: {problem}") if problem else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prism")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--brief", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("hkctl")
    parser.add_argument("adapters")
    parser.add_argument("contracts")
    arguments = parser.parse_args()
    arguments.hkctl = os.path.abspath(arguments.hkctl)
    check = Check(arguments)
    adapters = [Adapter(path) for path in sorted(glob.glob(os.path.join(arguments.adapters, "*.yaml"))) if arguments.only in path]
    check.write_topology(adapters)
    own = sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "contracts", "*.yaml")))
    contracts = {os.path.basename(path): path for path in glob.glob(os.path.join(arguments.contracts, "*", "*.yaml")) + own}
    used = set()
    for name, path in sorted(contracts.items()):
        served = [adapter for adapter in adapters if adapter.spec.get("contract") == name or (path in own and adapter.name.startswith(name[: -len(".yaml")]))]
        if not served:
            continue
        used.add(name)
        check.contract, check.count = contract_mock.Contract(path), collections.Counter()
        check.prism = Prism(arguments.prism, check.contract) if arguments.prism else None
        try:
            for adapter in served:
                check.bounds(adapter)
                sent = check.requests(adapter)
                if check.prism:
                    check.wrong_requests(sent)
        finally:
            if check.prism:
                check.prism.stop()
            check.prism = None
        for adapter in served if not arguments.prism else []:
            check.replies(adapter)
        print(f"{check.contract.name}: {', '.join(f'{n} {what}' for what, n in sorted(check.count.items()))}", flush=True)
    for name in sorted(set(contracts) - used) if not arguments.only else []:
        check.complain(f"{name}: no adapter is for it")
    print(f"{len(used)} contracts, {len(check.wrong)} wrong")
    return 1 if check.wrong or not used else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for operators of quality on demand, on the loopback: api_double.py DIRECTORY CONTRACT.yaml...

Every request is judged by contract_mock; what does not fit is answered with 400 and written to DIRECTORY/violations. Sessions are remembered, answered for and forgotten when they are
deleted; one that was requested is available when it is asked for. Replies are made by contract_replies and judged as well: one that does not fit is a violation too, of the stand-in.
DIRECTORY/port tells where it listens: /NAME/... is the contract NAME.yaml.
While DIRECTORY/faults/ has files, the first one answers instead and is removed: JSON with status, headers, body ("{auth}" is what came as Authorization), delay (s), cut (no reply),
drip (s between two bytes), raw (bytes instead of a reply), method (only for requests with it), after (what was asked for is done first). DIRECTORY/requests has a line for each request,
DIRECTORY/things what was created and is there. With DIRECTORY/cert.pem and key.pem it speaks TLS, with DIRECTORY/client-ca.pem to clients with a certificate of that authority alone.
"""
import functools
import json
import os
import ssl
import sys
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import contract_mock
import contract_replies


def members(contract, schema):
    """Schemas of what an object may have, by name."""
    return {name: inner for part in contract.parts(schema) for name, inner in part.get("properties", {}).items()}


def states(contract, schema):
    """Words of qosStatus, in order; none where sessions have no state."""
    return next((part["enum"] for part in contract.parts(members(contract, schema).get("qosStatus", {})) if "enum" in part), [])


class Double(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    swallow = None

    def log_message(self, *arguments):
        pass

    def note(self, file, text):
        with open(os.path.join(self.server.directory, file), "a", encoding="utf-8") as stream:
            stream.write(text + "\n")

    def answer(self, status, body=None, headers=()):
        if self.swallow is not None:
            fault, self.swallow = self.swallow, None
            self.misbehave(fault)
            return
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if data and not any(name.lower() == "content-type" for name, _ in headers):
            self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def fault(self):
        directory = os.path.join(self.server.directory, "faults")
        for file in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
            path = os.path.join(directory, file)
            with open(path, encoding="utf-8") as stream:
                fault = json.load(stream)
            if fault.get("method", self.command) == self.command:
                os.remove(path)
                return fault
        return None

    def misbehave(self, fault):
        time.sleep(fault.get("delay", 0))
        if fault.get("cut"):
            self.close_connection = True
            self.connection.close()
            return
        body = fault.get("body", "")
        data = body.replace("{auth}", self.headers.get("Authorization", "")).encode("utf-8", "surrogateescape")
        if "raw" in fault or "drip" in fault:
            self.close_connection = True
            raw = fault["raw"].encode("latin-1") if "raw" in fault else b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(data) + data
            try:
                for byte in raw if "drip" in fault else [raw]:
                    self.wfile.write(bytes([byte]) if "drip" in fault else byte)
                    self.wfile.flush()
                    time.sleep(fault.get("drip", 0))
            except OSError:
                pass
            return
        self.answer(fault.get("status", 200), data, [(k, v.replace("{host}", self.headers["Host"])) for k, v in fault.get("headers", {}).items()])

    def handle_request(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        address = urllib.parse.urlsplit(self.path)
        _, name, rest = (address.path + "/").split("/", 2)
        rest = "/" + rest.rstrip("/")
        query = urllib.parse.parse_qs(address.query, keep_blank_values=True)
        self.note("requests", json.dumps([self.command, self.path, dict(self.headers), body.decode("utf-8", "replace")]))
        fault = self.fault()
        self.swallow = fault if fault and fault.get("after") else None
        if fault and self.swallow is None:
            self.misbehave(fault)
            return
        if name == "token":
            self.answer(200, {"access_token": f"token-{uuid.uuid4()}", "token_type": "Bearer", "expires_in": 300})
            return
        contract = self.server.contract(name)
        operation = contract and contract.find(self.command, rest)[0]
        if not operation:
            self.note("violations", f"{self.command} {self.path}: no such operation")
            self.answer(404, {"status": 404, "code": "NOT_FOUND", "message": "no such operation"})
            return
        wrong = contract.request_problems(self.command, rest, query, {key.lower(): value for key, value in self.headers.items()}, body)
        if wrong:
            self.note("violations", f"{self.command} {self.path}: {'; '.join(wrong)} in {body.decode('utf-8', 'replace')}")
            self.answer(400, {"status": 400, "code": "INVALID_ARGUMENT", "message": "; ".join(wrong)[:500]})
            return
        self.carry_out(contract, operation, rest, json.loads(body) if body else {})

    def remember(self):
        path = os.path.join(self.server.directory, "things")
        with open(path + ".new", "w", encoding="utf-8") as stream:
            json.dump(self.server.things, stream)
        os.rename(path + ".new", path)

    def give(self, contract, operation, status, value=None, headers=()):
        """A reply of the contract."""
        schema = contract.reply_schema(operation, status)
        for problem in contract.problems(schema, value, "reply") if schema and value is not None else []:
            self.note("violations", f"{operation}: the reply {problem} in {json.dumps(value)}")
        self.answer(status, value, headers)

    def carry_out(self, contract, operation, path, body):
        things, key = self.server.things, f"{contract.name}{path.removesuffix('/extend')}"
        status = next(int(code) for code in operation.node["responses"] if str(code).startswith("2"))
        schema = contract.reply_schema(operation, status)
        if operation.template == "/retrieve-sessions":
            self.give(contract, operation, status, [thing for place, thing in things.items() if place.startswith(f"{contract.name}/sessions/") and thing.get("device") == body.get("device")])
        elif path.startswith("/sessions/") and key not in things:
            self.give(contract, operation, 404, {"status": 404, "code": "NOT_FOUND", "message": "there is none"})
        elif self.command == "DELETE":
            del things[key]
            self.remember()
            self.give(contract, operation, status)
        elif path.startswith("/sessions/"):
            thing, words = things[key], states(contract, schema)
            thing["duration"] += body.get("requestedAdditionalDuration", 0)
            if words and self.command == "GET":
                thing["qosStatus"] = words[1]
            self.give(contract, operation, status, thing)
        else:
            self.create(contract, operation, status, body)

    def create(self, contract, operation, status, body):
        schema, number = contract.reply_schema(operation, status), str(uuid.uuid4())
        known = members(contract, schema)
        thing = contract_replies.Maker(contract, choose={"/sessionId": number, "/id": number}).make(schema)
        thing.update({name: value for name, value in body.items() if name in known and not contract.get(known[name]).get("writeOnly")})
        self.server.things[f"{contract.name}/sessions/{number}"] = thing
        self.remember()
        self.give(contract, operation, status, thing, [("Location", f"/{contract.name}/sessions/{number}")])

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_request


def main():
    directory, paths = sys.argv[1], sys.argv[2:]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Double)
    server.directory, server.things = directory, {}
    known = {os.path.basename(path)[: -len(".yaml")]: path for path in paths}
    certificate, authority = (os.path.join(directory, name) for name in ("cert.pem", "client-ca.pem"))
    if os.path.exists(certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, os.path.join(directory, "key.pem"))
        if os.path.exists(authority):
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(authority)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.contract = functools.lru_cache(None)(lambda name: contract_mock.Contract(known[name]) if name in known else None)
    with open(os.path.join(directory, "port.new"), "w", encoding="utf-8") as stream:
        stream.write(str(server.server_address[1]))
    os.rename(os.path.join(directory, "port.new"), os.path.join(directory, "port"))
    server.serve_forever()


if __name__ == "__main__":
    main()

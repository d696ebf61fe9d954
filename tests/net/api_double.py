#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for an operator's API on the loopback: api_double.py DIRECTORY CONTRACT.yaml...

Every request is checked against the OpenAPI contract with python3-jsonschema; what does not fit is answered with 400 and written to DIRECTORY/violations.
What is created is remembered, answered for and forgotten when it is deleted; its state moves on with each question, along the words of its enumeration.
Replies come from the schemas and are checked against them as well. DIRECTORY/port tells where it listens: /NAME/... is the contract NAME.yaml.
While DIRECTORY/faults/ has files, the first one answers instead and is removed: JSON with status, headers, body ("{auth}" is what came as Authorization), delay (s), cut (no reply),
drip (s between two bytes), raw (bytes instead of a reply), method (only for requests with it), after (what was asked for is done first). DIRECTORY/requests has a line for each request,
DIRECTORY/things what was created and is there. With DIRECTORY/cert.pem and key.pem it speaks TLS, with DIRECTORY/client-ca.pem to clients with a certificate of that authority alone.
"""
import functools
import json
import os
import re
import ssl
import sys
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

try:
    import jsonschema
    import yaml
except ImportError as problem:
    print(f"{problem.name} is not installed")
    sys.exit(77)

METHODS = ("get", "post", "put", "delete", "patch")


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML without time stamps and 1.1 booleans, as OpenAPI has it."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in rules if tag not in ("tag:yaml.org,2002:timestamp",)]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Contract:
    def __init__(self, path):
        with open(path, encoding="utf-8") as stream:
            self.document = yaml.load(stream, Loader)
        self.name = os.path.basename(path)[: -len(".yaml")]
        self.resolver = jsonschema.RefResolver("", self.document)
        self.operations = []
        for template, item in self.document["paths"].items():
            expression = re.compile("^" + re.sub(r"\\\{[^}]*\\\}", "([^/]+)", re.escape(template)) + "$")
            for method in METHODS:
                if method in item:
                    self.operations.append((method, template, expression, item[method], item.get("parameters", [])))
        # "/a/b" goes before "/a/{x}"
        self.operations.sort(key=lambda operation: operation[1].count("{"))

    def get(self, node):
        while isinstance(node, dict) and "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def find(self, method, path):
        for known, template, expression, operation, common in self.operations:
            match = expression.match(path)
            if known == method.lower() and match:
                return template, match.groups(), operation, [self.get(p) for p in common + operation.get("parameters", [])]
        return None

    def problems(self, schema, value):
        checker = jsonschema.FormatChecker(["ipv4", "ipv6"])
        validator = jsonschema.Draft4Validator(schema, resolver=self.resolver, format_checker=checker)
        found = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}"[:300] for error in validator.iter_errors(value)]
        return found + self.unknown(schema, value)

    def properties(self, schema):
        """Names an object may have, None when any: contracts leave additional properties open, and a misspelt one would pass unseen."""
        schema = self.get(schema)
        names, closed = set(schema.get("properties", {})), "properties" in schema
        for word in ("allOf", "oneOf", "anyOf"):
            for part in schema.get(word, []):
                names |= self.properties(part)[0]
                closed = closed or self.properties(part)[1]
        for target in schema.get("discriminator", {}).get("mapping", {}).values():
            names |= self.properties({"$ref": target})[0]
        return names, closed

    def member(self, schema, name):
        schema = self.get(schema)
        if name in schema.get("properties", {}):
            return schema["properties"][name]
        for word in ("allOf", "oneOf", "anyOf"):
            for part in schema.get(word, []):
                found = self.member(part, name)
                if found is not None:
                    return found
        return None

    def unknown(self, schema, value, where=""):
        if not isinstance(value, dict):
            return []
        names, closed = self.properties(schema)
        found = [f"{where}/{key}: not in the contract" for key in value if closed and key not in names]
        for key, inner in value.items():
            below = self.member(schema, key)
            if below is not None:
                found += self.unknown(below, inner, f"{where}/{key}")
        return found

    def sample(self, schema, hint="", depth=0):
        """A value that fits a schema."""
        schema = self.get(schema)
        if "allOf" in schema or ("properties" in schema and schema.get("type", "object") == "object"):
            result = {}
            for part in schema.get("allOf", []):
                value = self.sample(part, hint, depth + 1)
                if not isinstance(value, dict) or not (value or "properties" in self.get(part)):
                    if value is not None and not isinstance(value, dict):
                        return value
                    continue
                result.update(value)
            for name, inner in schema.get("properties", {}).items():
                if depth < 6:
                    result[name] = self.sample(inner, name, depth + 1)
            if "device" in result and "maxProperties" in str(schema)[:20000]:
                result["device"] = {"phoneNumber": "+123456789"}
            return result
        if "oneOf" in schema:
            return self.sample(schema["oneOf"][-1], hint, depth + 1)
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        if kind == "array":
            return [self.sample(schema["items"], hint, depth + 1)]
        if kind == "boolean":
            return True
        if kind in ("integer", "number"):
            return max(schema.get("minimum", 0), 7 if schema.get("maximum", 100) >= 7 else schema["maximum"])
        if kind == "object":
            return {}
        form = schema.get("format", "")
        texts = {"uuid": str(uuid.uuid4()), "date-time": "2026-01-31T12:00:00Z", "ipv4": "198.51.100.7", "ipv6": "2001:db8::7", "uri": "https://sink.example/hook", "url": "https://sink.example/hook"}
        if form in texts:
            return texts[form]
        for value in ("sample", "+123456789", "US", "https://sink.example/hook", "198.51.100.7", "7"):
            if re.search(schema.get("pattern", ""), value):
                return value
        return "sample"


def states_of(contract, schema):
    """(member, words) of the state of a thing."""
    for name in ("qosStatus", "status", "state"):
        member = contract.member(schema, name)
        if member is not None:
            words = contract.get(member).get("enum") or [w for part in contract.get(member).get("allOf", []) for w in contract.get(part).get("enum", [])]
            if words:
                return name, words
    return None, []


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

    def violations(self, contract, operation, parameters, groups, query, body):
        found = []
        if (operation.get("security") or contract.document.get("security")) and not self.headers.get("Authorization"):
            found.append("no Authorization")
        path_values = iter(groups)
        known = set()
        for parameter in parameters:
            place, name = parameter["in"], parameter["name"]
            value = next(path_values, None) if place == "path" else query.get(name, [None])[0] if place == "query" else self.headers.get(name)
            known.add((place, name))
            if value is None:
                if parameter.get("required"):
                    found.append(f"{place} parameter {name} is missing")
                continue
            schema = contract.get(parameter.get("schema", {}))
            if schema.get("type") == "array":
                value = value.split(",")
            elif schema.get("type") in ("integer", "number") and re.match(r"^-?\d+(\.\d+)?$", value):
                value = float(value) if "." in value else int(value)
            found += [f"{place} {name}{problem}" for problem in contract.problems(schema, value)]
        found += [f"query parameter {name} is unknown" for name in query if ("query", name) not in known]
        content = contract.get(operation.get("requestBody", {})).get("content", {}).get("application/json")
        if content is None:
            return found + (["a body, and none is expected"] if body else [])
        if self.headers.get("Content-Type") != "application/json":
            found.append(f"Content-Type {self.headers.get('Content-Type')}")
        try:
            return found + contract.problems(content["schema"], json.loads(body))
        except ValueError as problem:
            return found + [f"no JSON: {problem}"]

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
        found = contract and contract.find(self.command, rest)
        if not found:
            self.note("violations", f"{self.command} {self.path}: no such operation")
            self.answer(404, {"status": 404, "code": "NOT_FOUND", "message": "no such operation"})
            return
        template, groups, operation, parameters = found
        wrong = self.violations(contract, operation, parameters, [urllib.parse.unquote(g) for g in groups], query, body)
        if wrong:
            self.note("violations", f"{self.command} {self.path}: {'; '.join(wrong)} in {body.decode('utf-8', 'replace')}")
            self.answer(400, {"status": 400, "code": "INVALID_ARGUMENT", "message": "; ".join(wrong)[:500]})
            return
        self.carry_out(contract, template, operation, rest, json.loads(body) if body else {})

    def remember(self):
        path = os.path.join(self.server.directory, "things")
        with open(path + ".new", "w", encoding="utf-8") as stream:
            json.dump(self.server.things, stream)
        os.rename(path + ".new", path)

    def carry_out(self, contract, template, operation, path, body):
        things = self.server.things
        if template == "/retrieve-sessions":
            prefix = f"{contract.name}/sessions/"
            self.answer(200, [thing for key, thing in things.items() if key.startswith(prefix) and thing.get("device") == body.get("device")])
            return
        if template.endswith("/extend"):
            thing = things.get(f"{contract.name}{path[: -len('/extend')]}")
            if thing is None:
                self.answer(404, {"status": 404, "code": "NOT_FOUND", "message": "there is none"})
                return
            thing["duration"] += body["requestedAdditionalDuration"]
            self.answer(200, thing)
            return
        status = next(int(code) for code in operation["responses"] if code.startswith("2"))
        content = contract.get(operation["responses"][str(status)]).get("content", {})
        schema = next(iter(content.values()), {}).get("schema")
        key = f"{contract.name}{path}"
        if self.command == "DELETE":
            gone = things.pop(key, None)
            self.remember()
            self.answer(status if gone else 404, None if status == 204 else {} if schema is None else None)
            return
        if template.endswith("}") and key in things:
            thing = things[key]
            member, words = states_of(contract, schema)
            if member:
                thing[member] = words[min(words.index(thing[member]) + 1, 2 if "ordered" in words else 1)]
            self.answer(status, thing)
            return
        if template.endswith("}") and self.command == "GET" and not template.startswith(("/qos-profiles", "/profiles")):
            self.answer(404, {"status": 404, "code": "NOT_FOUND", "message": "there is none"})
            return
        reply = contract.sample(schema) if schema else None
        if isinstance(reply, dict):
            reply.update({name: value for name, value in body.items() if name in contract.properties(schema)[0]})
        if status == 201:
            thing = next((reply[n] for n in ("sessionId", "assignmentId", "id", "trafficInfluenceID") if n in reply), None) or str(uuid.uuid4())
            things[f"{contract.name}{path}/{thing}"] = reply
            self.remember()
            self.answer(201, reply, [("Location", f"/{contract.name}{path}/{thing}")])
            return
        self.answer(status, reply)

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
    server.contract = functools.lru_cache(None)(lambda name: Contract(known[name]) if name in known else None)
    with open(os.path.join(directory, "port.new"), "w", encoding="utf-8") as stream:
        stream.write(str(server.server_address[1]))
    os.rename(os.path.join(directory, "port.new"), os.path.join(directory, "port"))
    server.serve_forever()


if __name__ == "__main__":
    main()

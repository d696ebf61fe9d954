#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenAPI contracts as judges: is a request, or a reply, what the contract allows?

Reads OpenAPI 3.0 and 3.1, written by python3-yaml, and leaves the schemas to python3-jsonschema, after turning what OpenAPI 3.0 has of its own (nullable, bounds that are flags) into
JSON Schema. On top of the schemas: discriminators, members for one direction only, members and parameters that the contract does not have, content types, and that somebody is let in
at all. By hand: contract_mock.py CONTRACT.yaml METHOD PATH [BODY] tells what is wrong with a request.
"""
import datetime
import ipaddress
import json
import re
import sys
import urllib.parse
import uuid
import warnings

try:
    import jsonschema
    import yaml
except ImportError as problem:
    print(f"{problem.name} is not installed")
    sys.exit(77)

warnings.simplefilter("ignore", DeprecationWarning)
METHODS = ("get", "post", "put", "patch", "delete")
PARTS = ("allOf", "oneOf", "anyOf")
DEEPEST = 12


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML as OpenAPI means it: a date in an example is a text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in rules if tag != "tag:yaml.org,2002:timestamp"] for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def moment(text):
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", text)
    return bool(found) and bool(datetime.datetime.fromisoformat(f"{found[1]}T{found[2].replace(':60', ':59')}"))


def within(low, high):
    return lambda value: not isinstance(value, int) or low <= value <= high


def public_address(text):
    """The format "url" as validators have it: of a host that others can reach."""
    found = urllib.parse.urlsplit(text)
    if found.scheme not in ("http", "https", "ftp") or "." not in (found.hostname or ""):
        return False
    return not re.fullmatch(r"[\d.]+", found.hostname) or ipaddress.IPv4Address(found.hostname).is_global


FORMATS = {
    "ipv4": lambda text: bool(ipaddress.IPv4Address(text)),
    "ipv6": lambda text: bool(ipaddress.IPv6Address(text)),
    "uuid": lambda text: str(uuid.UUID(text)) == text.lower(),
    "date-time": moment,
    "uri": lambda text: bool(urllib.parse.urlsplit(text).scheme),
    "url": public_address,
    "int32": within(-(2**31), 2**31 - 1),
    "uint32": within(0, 2**32 - 1),
    "int64": within(-(2**63), 2**63 - 1),
}


def guarded(test):
    """The formats of texts say nothing about other types."""
    numeric = test in (FORMATS["int32"], FORMATS["uint32"], FORMATS["int64"])
    return lambda value: test(value) if numeric or isinstance(value, str) else True


CHECKER = jsonschema.FormatChecker(formats=())
for _name, _test in FORMATS.items():
    CHECKER.checks(_name, raises=(ValueError, TypeError, AttributeError))(guarded(_test))


def modern(node):
    """What OpenAPI 3.0 writes in its own way, as JSON Schema (draft 4) has it."""
    if isinstance(node, list):
        return [modern(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: modern(value) for key, value in node.items()}
    if result.get("nullable") is True and isinstance(result.get("type"), str):
        result["type"] = [result["type"], "null"]
        if "enum" in result and None not in result["enum"]:
            result["enum"] = result["enum"] + [None]
    return result


class Operation:
    def __init__(self, method, template, node, parameters):
        self.method, self.template, self.node, self.parameters = method, template, node, parameters
        self.expression = re.compile("^" + re.sub(r"\\\{[^}]*\\\}", "([^/]+)", re.escape(template)) + "$")

    def __str__(self):
        return f"{self.method.upper()} {self.template}"


class Contract:
    def __init__(self, path):
        with open(path, encoding="utf-8") as stream:
            document = yaml.load(stream, Loader)
        self.name = re.sub(r".*/|\.yaml$", "", path)
        self.path = path
        old = str(document["openapi"]).startswith("3.0")
        self.document = modern(document) if old else document
        self.resolver = jsonschema.RefResolver("", self.document)
        self.validator = jsonschema.Draft4Validator if old else jsonschema.Draft202012Validator
        self.operations = []
        for template, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    parameters = [self.get(p) for p in item.get("parameters", []) + item[method].get("parameters", [])]
                    self.operations.append(Operation(method, template, item[method], parameters))
        self.operations.sort(key=lambda operation: operation.template.count("{"))        # "/a/b" goes before "/a/{x}"

    def get(self, node):
        while isinstance(node, dict) and "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def find(self, method, path):
        for operation in self.operations:
            match = operation.expression.match(path)
            if operation.method == method.lower() and match:
                return operation, [urllib.parse.unquote(group) for group in match.groups()]
        return None, []

    # ---- schemas ----

    def parts(self, schema, value=None, depth=0):
        """The schema and all it is put together from; of a discriminator the one that the value names."""
        schema = self.get(schema)
        if depth > DEEPEST or not isinstance(schema, dict):
            return
        yield schema
        for word in PARTS:
            for part in schema.get(word, []):
                yield from self.parts(part, value, depth + 1)
        named = self.named(schema, value)
        if named and depth < DEEPEST - 2:
            yield from self.parts(named, None, depth + 2)

    def mapped(self, target):
        """What a discriminator leads to: a reference or the name of a schema. Contracts have some that lead nowhere."""
        try:
            return self.resolver.resolve(target if target.startswith("#") else f"#/components/schemas/{target}")[1]
        except jsonschema.RefResolutionError:
            return None

    def named(self, schema, value):
        """The schema that a discriminator names for a value; None when there is none."""
        found = schema.get("discriminator")
        if not isinstance(found, dict) or not isinstance(value, dict):
            return None
        word = value.get(found.get("propertyName"))
        target = found.get("mapping", {}).get(word) if isinstance(word, str) else None
        return self.mapped(target) if target else None

    def problems(self, schema, value, direction):
        return self.errors(schema, value, direction, "") + self.strict(schema, value, direction, "", 0)

    def errors(self, schema, value, direction, where):
        """A member for one direction only is required in that direction only."""
        other, found = "readOnly" if direction == "request" else "writeOnly", []
        for error in self.validator(schema, resolver=self.resolver, format_checker=CHECKER).iter_errors(value):
            if error.validator == "required":
                missing = [name for name in error.validator_value if name not in error.instance]
                if all(self.get(error.schema.get("properties", {}).get(name, {})).get(other) for name in missing):
                    continue
            found.append(f"{where}/{'/'.join(map(str, error.absolute_path))}: {error.message}"[:300])
        return found

    def strict(self, schema, value, direction, where, depth):
        """What a schema lets pass and nobody means: members it does not have, members for the other direction, a word of a discriminator without a schema."""
        parts, found = list(self.parts(schema, value)), []
        if depth > DEEPEST:
            return []
        if isinstance(value, list):
            for index, item in enumerate(value):
                for part in parts:
                    if "items" in part:
                        found += self.strict(part["items"], item, direction, f"{where}/{index}", depth + 1)
            return sorted(set(found))
        if not isinstance(value, dict):
            return []
        for part in parts:
            target = self.named(part, value)
            if target and target is not part:
                found += self.errors(target, value, direction, where)
        known = {name for part in parts for name in part.get("properties", {})}
        closed = known and not any(isinstance(part.get("additionalProperties"), dict) or part.get("additionalProperties") is True for part in parts)
        for name, inner in value.items():
            if closed and name not in known and direction == "request":
                found.append(f"{where}/{name}: the contract does not have it")
            for part in parts:
                below = part.get("properties", {}).get(name)
                if below is None:
                    continue
                if self.get(below).get("readOnly" if direction == "request" else "writeOnly"):
                    found.append(f"{where}/{name}: not in a {direction}")
                found += self.strict(below, inner, direction, f"{where}/{name}", depth + 1)
        return sorted(set(found))

    # ---- requests ----

    def wants_token(self, operation):
        security = operation.node.get("security", self.document.get("security", []))
        return bool(security) and {} not in security

    def parameter(self, parameter, values):
        schema = self.get(parameter.get("schema", {}))
        kind, name = schema.get("type"), parameter["name"]
        items = self.get(schema.get("items", {})).get("type") if kind == "array" else kind
        typed = []
        for text in values:
            if items in ("integer", "number") and re.fullmatch(r"-?\d+(\.\d+)?", text):
                typed.append(float(text) if "." in text else int(text))
            else:
                typed.append({"true": True, "false": False}.get(text, text) if items == "boolean" else text)
        if kind != "array" and len(typed) > 1:
            return [f"{parameter['in']} {name}: given {len(typed)} times"]
        return [f"{parameter['in']} {name}{problem}" for problem in self.problems(schema, typed if kind == "array" else typed[0], "request")]

    def request_problems(self, method, path, query, headers, body):
        """query: {name: [text]}; headers: {lower-case name: text}; body: bytes."""
        operation, groups = self.find(method, path)
        if operation is None:
            return [f"{method} {path}: no such operation"]
        found, known, segments = [], set(), iter(groups)
        if self.wants_token(operation) and "authorization" not in headers:
            found.append("nobody is let in without Authorization")
        in_path = {p["name"]: p for p in operation.parameters if p["in"] == "path"}
        for name in re.findall(r"\{([^}]*)\}", operation.template):
            found += self.parameter(in_path.get(name, {"name": name, "in": "path"}), [next(segments)])
        for parameter in operation.parameters:
            place, name = parameter["in"], parameter["name"]
            values = query.get(name) if place == "query" else [headers[name.lower()]] if name.lower() in headers else None
            known.add((place, name))
            if place not in ("query", "header"):
                continue
            if values is None:
                found += [f"{place} {name}: missing"] if parameter.get("required") else []
                continue
            found += self.parameter(parameter, values)
        found += [f"query {name}: the contract does not have it" for name in query if ("query", name) not in known]
        return found + self.body_problems(operation, headers, body)

    def body_problems(self, operation, headers, body):
        declared = self.get(operation.node.get("requestBody"))
        if not declared:
            return ["a body, and none is expected"] if body else []
        if not body:
            return ["no body"] if declared.get("required") else []
        kind = headers.get("content-type", "").split(";")[0].strip()
        media = declared["content"].get(kind)
        if media is None:
            return [f"content type '{kind}'"]
        try:
            return self.problems(media.get("schema", {}), json.loads(body), "request")
        except ValueError as problem:
            return [f"no JSON: {problem}"]

    # ---- replies ----

    def reply_schema(self, operation, status):
        response = self.get(operation.node["responses"].get(str(status), {}))
        return response.get("content", {}).get("application/json", {}).get("schema")

    def reply_examples(self, operation, status):
        media = self.get(operation.node["responses"].get(str(status), {})).get("content", {}).get("application/json", {})
        schema = self.get(media.get("schema", {}))
        found = [media["example"]] if "example" in media else []
        found += [self.get(example).get("value") for example in media.get("examples", {}).values()]
        found += [schema["example"]] if "example" in schema else []
        return found + (schema.get("examples", []) if isinstance(schema.get("examples"), list) else [])


def main():
    contract, method, address = Contract(sys.argv[1]), sys.argv[2], urllib.parse.urlsplit(sys.argv[3])
    body = sys.argv[4].encode() if len(sys.argv) > 4 else b""
    headers = {"authorization": "Bearer x", "content-type": "application/json"}
    found = contract.request_problems(method, address.path, urllib.parse.parse_qs(address.query), headers, body)
    print("\n".join(found) or "as the contract says")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

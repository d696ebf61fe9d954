#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replies for a contract: valid ones from its schemas, and broken ones.

Every valid reply is checked by contract_mock; a broken one is a valid one with one thing changed.
"""
import copy
import json
import re

DEEPEST = 9
TEXTS = {
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "date-time": "2026-01-31T12:00:00Z", "ipv4": "198.51.100.7", "ipv6": "2001:db8::7", "uri": "https://sink.example/hook",
    "url": "https://sink.example/hook",
}
WORDS = ("sample", "+123456789", "US", "https://sink.example/hook", "198.51.100.7", "7", "80GB", "ab_cd", "sampleProvider", "3fa85f64-5717-4562-b3fc-2c963f66afa6")
# Where a contract says in prose alone what a text or a number may be.
MEANT = {"value/1": "0.5", "fixedAllocation": "12500000", "allocationDirection": "10", "trafficDirection": "01", "metered": 1, "maxLoss": 3}


class Maker:
    """Values that fit a schema. `choose` changes single places: {path: value}; `whole`: optional members too."""

    def __init__(self, contract, whole=True, choose=None, branch=0, items=1):
        self.contract, self.whole, self.choose, self.branch, self.items = contract, whole, choose or {}, branch, items
        self.leaves = []                       # (path, schema) of everything that is no object

    def merged(self, schema, depth=0, settled=()):
        """One schema from all parts; of alternatives the branch that was asked for. settled: discriminators that are decided already."""
        schema = self.contract.get(schema)
        result = {key: value for key, value in schema.items() if key not in ("allOf", "oneOf", "anyOf")}
        result["properties"], result["required"] = dict(schema.get("properties", {})), list(schema.get("required", []))
        parts = list(schema.get("allOf", []))
        for word in ("oneOf", "anyOf"):
            if schema.get(word):
                parts.append(schema[word][self.branch % len(schema[word])])
        word, target, by = self.discriminated(schema)
        for part in parts if depth < DEEPEST else []:
            inner = self.merged(part, depth + 1, settled)
            names, must = {**inner["properties"], **result["properties"]}, inner["required"] + result["required"]
            result = {**inner, **{k: v for k, v in result.items() if k not in ("properties", "required")}, "properties": names, "required": must}
        if target and by not in settled:
            inner = self.merged(target, depth + 1, settled + (by,))
            result["properties"] = {**inner["properties"], **result["properties"], by: {"type": "string", "enum": [word]}}
            result["required"] += inner["required"]
        return result

    def discriminated(self, schema):
        found = schema.get("discriminator")
        words = list(found.get("mapping", {})) if isinstance(found, dict) else []
        if not words or schema.get("oneOf"):
            return None, None, None
        word = words[self.branch % len(words)]
        return word, self.contract.mapped(found["mapping"][word]), found["propertyName"]

    def make(self, schema, path="", depth=0):
        schema = self.merged(schema)
        if path in self.choose:
            return copy.deepcopy(self.choose[path])
        kind = schema.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "array" or "items" in schema:
            self.leaves.append((path, schema))
            count = max(self.items, schema.get("minItems", 0)) if depth < DEEPEST else schema.get("minItems", 0)
            return [self.make(schema.get("items", {}), f"{path}/{index}", depth + 1) for index in range(count)]
        if kind == "object" or schema["properties"]:
            return self.make_object(schema, path, depth)
        self.leaves.append((path, schema))
        parts = path.split("/")
        return MEANT.get(parts[-1]) or MEANT.get("/".join(parts[-2:])) or self.make_leaf(schema, kind)

    def make_object(self, schema, path, depth):
        most = schema.get("maxProperties", 1000)
        names = [n for n in schema["properties"] if n in schema["required"] or (self.whole and depth < DEEPEST)]
        names = [n for n in names if not self.contract.get(schema["properties"][n]).get("writeOnly")]
        names = names[:most]
        if not names and schema.get("minProperties"):
            names = list(schema["properties"])[:1]
        return {name: self.make(schema["properties"][name], f"{path}/{name}", depth + 1) for name in names}

    def make_leaf(self, schema, kind):
        if "const" in schema or schema.get("enum"):
            return schema.get("const", (schema.get("enum") or [None])[0])
        if kind == "boolean":
            return True
        if kind in ("integer", "number"):
            low, high = schema.get("minimum", 0), schema.get("maximum", 10**6)
            return min(max(low, 7), high)
        if schema.get("format") in TEXTS:
            return TEXTS[schema["format"]]
        for text in (schema.get("example"),) + WORDS:
            if isinstance(text, str) and re.search(schema.get("pattern", ""), text) and schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 10**6):
                return text
        return "sample"


def edges(schema):
    """Other values that a leaf may have: its bounds, and every word."""
    kind = schema.get("type")
    if schema.get("enum"):
        yield from schema["enum"][1:]
    elif kind in ("integer", "number"):
        wide = 2**32 - 1 if schema.get("format") == "uint32" else 2**31 - 1 if schema.get("format") in ("int32", None) else 2**53
        yield from {schema.get("minimum", 0), schema.get("maximum", wide), schema.get("minimum", 0) + 1}
    elif kind == "boolean":
        yield False
    elif kind == "string" and schema.get("format") == "date-time":
        yield from ("2026-12-31T23:59:59.999+02:00", "1999-01-01T00:00:00Z")
    elif kind == "string" and not schema.get("pattern") and not schema.get("format"):
        yield from ("\u00fcber \u2192 \"x\" \\ y", "0", "true")
    elif kind == "array" and not schema.get("minItems"):
        yield []


def valid(contract, schema):
    """(what it is, value) of replies that fit, each once."""
    seen = set()

    def fresh(label, value):
        text = json.dumps(value, sort_keys=True)
        if text in seen or contract.problems(schema, value, "reply"):
            return []
        seen.add(text)
        return [(label, value)]

    yield from fresh("everything", Maker(contract).make(schema))
    yield from fresh("the least", Maker(contract, whole=False).make(schema))
    for items in (0, 3):
        yield from fresh(f"{items} items", Maker(contract, items=items).make(schema))
    for branch in range(1, 4):
        yield from fresh(f"branch {branch}", Maker(contract, branch=branch).make(schema))
    base = Maker(contract)
    base.make(schema)
    for path, leaf in base.leaves:
        for value in edges(leaf):
            yield from fresh(f"{path} = {json.dumps(value)[:40]}", Maker(contract, choose={path: value}).make(schema))


# ---- broken ----

WRONG = (None, True, -1, 10**40, 1.5, -0.25, "", "\u0007", "no such word", [], {}, [[]], {"value": "x"}, {"value": 1, "unit": "parsec"}, {"value": -1, "unit": "Mbps"}, {"unit": "Mbps"}, "1e999", "NaN")


def places(value, path=()):
    """All places of a value, itself first."""
    yield path
    if isinstance(value, dict):
        for name in value:
            yield from places(value[name], path + (name,))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, path + (index,))


def put(value, path, change):
    value = copy.deepcopy(value)
    if not path:
        return change(value)
    holder = value
    for step in path[:-1]:
        holder = holder[step]
    changed = change(holder[path[-1]])
    if changed is GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = changed
    return value


GONE = object()


def broken(value, status):
    """(what it is, status, headers, bytes) of replies with one thing wrong. Some of them are still fine for who reads only a part: the reader decides."""
    whole = json.dumps(value).encode()
    plain = {"Content-Type": "application/json"}
    for path in places(value):
        if path:
            yield f"without /{'/'.join(map(str, path))}", status, plain, json.dumps(put(value, path, lambda _: GONE)).encode()
        for wrong in WRONG:
            yield f"/{'/'.join(map(str, path))} = {json.dumps(wrong)[:30]}", status, plain, json.dumps(put(value, path, lambda _, w=wrong: w)).encode()
    for cut in sorted({1, len(whole) // 3, len(whole) // 2, len(whole) - 1}):
        yield f"cut off after {cut} bytes", status, plain, whole[:cut]
    for text in (b"", b" ", b"null", b"<html>no</html>", b"{", b"[]]", b"\xff\xfe", whole + b"x", whole + whole, b'{"a":1,"a":2}', b"[" * 5000, b'{"a":' * 3000, b'{"a": 01}', b"{'a': 1}", b"NaN"):
        yield f"{text[:12]!r} instead", status, plain, text


def refusals():
    """(what it is, status, headers, bytes) of answers that are no success."""
    problem = {"Content-Type": "application/problem+json"}
    camara = json.dumps({"status": 400, "code": "INVALID_ARGUMENT", "message": "one of them"}).encode()
    detailed = json.dumps({"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "one of them", "cause": "MANDATORY_IE_MISSING", "invalidParams": [{"param": "/x"}]}).encode()
    for status in (400, 401, 403, 404, 405, 406, 409, 410, 412, 414, 415, 422, 500, 501):
        yield f"status {status}, an error of CAMARA", status, {"Content-Type": "application/json"}, camara
        yield f"status {status}, problem+json", status, problem, detailed
        yield f"status {status}, an empty problem", status, problem, b"{}"
    for status in (206, 300, 304, 418, 429, 502, 503, 504):
        yield f"status {status}, nothing else", status, {}, b""
    for text in (b"", b"no", b"[]", b'{"code": {}, "message": []}', b'{"code": 7, "message": null, "title": true, "detail": 1, "cause": []}', b'{"code": "\\u0007\\u001b[31m"}', b'{"message": "' + b"x" * 5000 + b'"}', b"\xff"):
        yield f"status 400, {text[:20]!r}", 400, problem, text
    for status, place in ((301, ""), (302, "/elsewhere"), (307, "https://elsewhere.example/x"), (308, "//elsewhere.example/x"), (307, "file:///etc/passwd")):
        yield f"status {status} to '{place}'", status, {"Location": place} if place else {}, b""

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An adapter's reading of a reply, done once more and in another way: what hkctl must print, or that it must refuse.

Quantities are Fractions of nanoseconds, bits per second, or one; what is smaller than hkctl's base unit may be rounded to the worse side.
"""
import datetime
import json
import re
import urllib.parse
from fractions import Fraction

UNITS = {
    "duration": {
        "ns": 1, "Nanoseconds": 1, "10ns": 10, "us": 10**3, "Microseconds": 10**3, "ms": 10**6, "Milliseconds": 10**6, "s": 10**9, "Seconds": 10**9, "Minutes": 60 * 10**9,
        "Hours": 3600 * 10**9, "Days": 86400 * 10**9, "m": 60 * 10**9, "min": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9,
    },
    "bitrate": {
        "bps": 1, "bit/s": 1, "kbps": 10**3, "Kbps": 10**3, "kbit/s": 10**3, "Mbps": 10**6, "Mbit/s": 10**6, "Gbps": 10**9, "Gbit/s": 10**9, "Tbps": 10**12, "Tbit/s": 10**12,
        "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "B/s": 8,
    },
    "ratio": {"1": Fraction(1), "%": Fraction(1, 100), "0.1%": Fraction(1, 1000), "ppm": Fraction(1, 10**6), "ppb": Fraction(1, 10**9)},
}
BASE = {"duration": 1, "bitrate": 1, "ratio": Fraction(1, 10**9)}
OWN = ("latency", "jitter", "loss", "bandwidth")
STATES = ("pending", "active", "ended", "failed")


class Wrong(Exception):
    """What hkctl must refuse."""


class Number(str):
    """A JSON number as it is written."""


def pairs(found):
    names = [name for name, _ in found]
    if len(set(names)) != len(names):
        raise ValueError("a member twice")
    return dict(found)


def refuse_constant(text):
    raise ValueError(text)


def parse(data):
    try:
        return json.loads(data.decode("utf-8"), parse_int=Number, parse_float=Number, parse_constant=refuse_constant, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as problem:
        raise Wrong(str(problem)) from None


MISSING = object()


def step(node, part, values):
    if isinstance(node, dict):
        return node.get(part, MISSING)
    if isinstance(node, list) and part.startswith("["):
        key, _, value = part[1:-1].partition("=")
        value = values[value[1:-1]] if value.startswith("{") else value
        found = [item for item in node if isinstance(item, dict) and isinstance(item.get(key), str) and item[key] == value]
        return found[0] if len(found) == 1 else MISSING
    if isinstance(node, list) and re.fullmatch(r"0|[1-9]\d*", part) and int(part) < len(node):
        return node[int(part)]
    return MISSING


def at(node, pointer, values):
    for part in pointer.split("/")[1:]:
        node = step(node, part.replace("~1", "/").replace("~0", "~"), values)
        if node is MISSING:
            return MISSING
    return node


def not_blocked(node, pointer, values):
    """What is in the way and can have no members is no absence."""
    parts = pointer.split("/")
    for n in range(len(parts) - 1, 0, -1):
        above = at(node, "/".join(parts[:n]), values)
        if above is not MISSING:
            if above is not None and not isinstance(above, (dict, list)):
                raise Wrong("something else where an object belongs")
            return


def exact(text):
    found = re.fullmatch(r"(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?", text)
    if not found:
        raise Wrong(f"'{text}' is no number")
    digits, power = found[2] + (found[3] or ""), int(found[4] or 0)
    if int(digits) and (len(digits.lstrip("0")) > 34 or abs(power) > 30):
        raise Wrong("too long to be kept exactly")
    return (-1 if found[1] else 1) * Fraction(int(digits)) * (Fraction(10) ** (power - len(found[3] or "")) if int(digits) else 0)


def kind_of(node):
    return type(node).__name__


def in_unit(out, node, unit):
    if not isinstance(node, Number) and not (out.get("form") and isinstance(node, str)):
        raise Wrong("no number")
    if not isinstance(unit, str) or unit not in UNITS[out["type"]]:
        raise Wrong("a unit that is not known")
    value = exact(node) * UNITS[out["type"]][unit]
    if value < 0:
        raise Wrong("less than nothing")
    return value


def quantity(out, node):
    form, kind = out.get("form", "number"), out["type"]
    if form == "amount":
        if not isinstance(node, dict) or isinstance(node.get("unit"), Number) or not isinstance(node.get("unit"), str) or "value" not in node:
            raise Wrong("no amount")
        value = in_unit(out, node["value"], node["unit"])
    elif form == "exponent":
        if not isinstance(node, Number) or not re.fullmatch(r"\d{1,2}", node) or int(node) > 18:
            raise Wrong("no exponent")
        value = Fraction(1, 10 ** int(node))
    elif form == "quantity":
        found = re.fullmatch(r"\s*(\d[\d.eE+-]*)\s*([^\d.]*?)\s*", node) if isinstance(node, str) and not isinstance(node, Number) else None
        if not found:
            raise Wrong("no quantity")
        value = exact(found[1]) * UNITS[kind].get(found[2] or {"bitrate": "bps", "ratio": "1"}.get(kind), MISSING_UNIT)
    else:
        value = in_unit(out, node, out["unit"])
    value = value / 2 if out.get("way") == "round-trip" else value
    if value / BASE[kind] >= 2**63 or (kind == "ratio" and value > 1):
        raise Wrong("out of range")
    return value


class _MissingUnit:
    def __rmul__(self, other):
        raise Wrong("a unit that is not known")


MISSING_UNIT = _MissingUnit()


def is_time(text):
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d):(\d\d)(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)", text)
    try:
        return bool(found) and int(found[2]) <= 60 and datetime.datetime.fromisoformat(found[1]).year >= 1970
    except ValueError:
        return False


def read_value(out, node):
    kind = out.get("type", "text")
    text = isinstance(node, str) and not isinstance(node, Number)
    if kind in UNITS:
        return quantity(out, node)
    if "map" in out:
        word = {True: "true", False: "false"}.get(node) if isinstance(node, bool) else node if isinstance(node, str) else MISSING
        if word not in out["map"]:
            raise Wrong("a word that is not known")
        return str(out["map"][word])
    if kind == "time":
        if isinstance(node, Number) and re.fullmatch(r"\d{1,12}", node) and int(node) < 253402300800:
            return datetime.datetime.fromtimestamp(int(node), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        if not (text and is_time(node)):
            raise Wrong("no time")
    elif kind == "texts":
        if not isinstance(node, list) or not all(isinstance(item, str) and not isinstance(item, Number) for item in node):
            raise Wrong("no list of texts")
        return ",".join(node)
    elif kind == "integer":
        if not isinstance(node, Number) or not re.fullmatch(r"-?\d+", node) or not -(2**63) <= int(node) < 2**63:
            raise Wrong("no whole number")
    elif kind == "number":
        if not isinstance(node, Number):
            raise Wrong("no number")
    elif not text:
        raise Wrong("no text")
    return str(node)


def pick(out, node):
    if "of" not in out:
        return node
    if not isinstance(node, list) or not node or not all(isinstance(item, Number) for item in node):
        raise Wrong("no list of numbers")
    return (max if out["of"] == "most" else min)(node, key=exact)


def read_row(outs, node, values):
    row = {}
    for out in outs:
        found = at(node, out.get("from", ""), values)
        if found is MISSING:
            not_blocked(node, out["from"], values)
        if found is MISSING or found is None:
            if out.get("required"):
                raise Wrong(f"nothing at {out.get('from', '')}")
            continue
        if out.get("required") and found == "" and not isinstance(found, Number):
            raise Wrong(f"an empty text at {out.get('from', '')}")
        row[out["name"]] = read_value(out, pick(out, found))
    return row


def read_rows(action, root, values):
    each = action.get("each")
    if not each:
        return [read_row(action["out"], root, values)] if action.get("out") else []
    if at(root, each[0], values) is MISSING and not action.get("eachOptional"):
        raise Wrong("no list")
    items = [root]
    for level in each:
        inner = []
        for item in items:
            found = at(item, level, values)
            if found is MISSING or found is None:
                continue
            if not isinstance(found, list):
                raise Wrong("no list")
            inner += found
        items = inner
    return [read_row(action["out"], item, values) for item in items]


def read_state(action, root, values):
    declared = action.get("state")
    if not declared:
        return "active"
    found = at(root, declared["from"], values)
    if found is MISSING:
        if "missing" in declared:
            return declared["missing"]
        raise Wrong("no state")
    for state in STATES:
        if isinstance(found, str) and not isinstance(found, Number) and found in declared.get(state, []):
            return state
    raise Wrong("a state that is not known")


def last_part(address):
    return urllib.parse.unquote(re.split("[?#]", address)[0].rstrip("/").rsplit("/", 1)[-1], errors="surrogateescape")


def read(action, data, status, headers, values):
    """{state, id, rows} of a reply to an action, or Wrong."""
    if status not in action.get("ok", [200]):
        raise Wrong(f"status {status}")
    wanted = action.get("out") or action.get("state") or action.get("exists") or (action.get("id") or {}).get("from")
    root = parse(data) if wanted and status != 204 else MISSING
    result = {"id": None, "rows": []}
    if "id" in action:
        place = action["id"]
        found = values.get(place["input"], MISSING) if "input" in place else at(root, place["from"], values) if "from" in place else last_part(headers.get(place["header"], ""))
        if place.get("address"):
            found = last_part(found) if isinstance(found, str) and not isinstance(found, Number) else MISSING
        if isinstance(found, Number) and not re.fullmatch(r"-?\d+", found):
            raise Wrong("no id")
        if isinstance(found, (bool, dict, list)) or found in (MISSING, None) or not re.fullmatch(r"[^\x00-\x20\x7f]{1,1024}", str(found)):
            raise Wrong("no id")
        result["id"] = str(found)
        values = {**values, "id": result["id"]}
    if re.search(r"/\[[^/]*$", action.get("exists", "")) and not isinstance(at(root, action["exists"].rpartition("/")[0], values), list):
        raise Wrong("no list")
    if re.search(r"/\[[^/]*$", action.get("exists", "")) and not all(isinstance(item, dict) for item in at(root, action["exists"].rpartition("/")[0], values)):
        raise Wrong("no objects in the list")
    if "exists" in action and isinstance(root, (dict, list)) and at(root, action["exists"], values) is MISSING:
        return {**result, "state": "absent"}
    result["state"] = read_state(action, root, values) if wanted else "active"
    result["rows"] = read_rows(action, root, values) if wanted and root is not MISSING else []
    return result


# ---- what hkctl printed ----

def same(kind, expected, printed):
    """Equal, or rounded to the worse side where a base unit cannot hold it."""
    if kind not in UNITS:
        return str(expected) == printed
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([A-Za-z]+)", printed or "")
    unit = {"duration": {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9}, "bitrate": {"bps": 1}, "ratio": {"ppb": Fraction(1, 10**9)}}[kind]
    if not found or found[2] not in unit:
        return False
    value, base = Fraction(found[1]) * unit[found[2]], BASE[kind]
    worse = expected / base
    rounded = (worse.numerator // worse.denominator) if kind == "bitrate" else -(-worse.numerator // worse.denominator)
    return value == rounded * base


def compare_rows(outs, expected, printed):
    kinds = {out["name"]: out.get("type", "text") for out in outs or []}
    if len(expected) != len(printed):
        return f"{len(printed)} rows instead of {len(expected)}"
    for wanted, found in zip(expected, printed):
        if set(wanted) != set(found):
            return f"values {sorted(found)} instead of {sorted(wanted)}"
        for name, value in wanted.items():
            if not same(kinds[name], value, found[name]):
                return f"{name}: '{found[name]}' instead of {value}"
    return None


def metrics_of(rows):
    """What a Metrics document must have: {pair: {name: value}} with the worst of each, and other values in order."""
    between, others = {}, []
    for row in rows:
        ends = (row.get("from"), row.get("to")) if "from" in row and "to" in row else None
        for name, value in row.items():
            if name in ("from", "to", "target"):
                continue
            if ends and name in OWN:
                known = between.setdefault(ends, {})
                known[name] = value if name not in known else (min if name == "bandwidth" else max)(known[name], value)
            else:
                others.append((name, ends, None if ends else row.get("target") or row.get("from") or row.get("to"), value))
    return between, others


def compare_metrics(outs, rows, document):
    kinds = {out["name"]: out.get("type", "text") for out in outs}
    between, others = metrics_of(rows)
    found = {(p["from"], p["to"]): {k: v for k, v in p.items() if k in OWN} for p in document["spec"].get("pairs", [])}
    if set(found) != set(between):
        return f"pairs {sorted(found)} instead of {sorted(between)}"
    for ends, wanted in between.items():
        if set(wanted) != set(found[ends]) or not all(same(kinds[name], value, found[ends][name]) for name, value in wanted.items()):
            return f"{ends}: {found[ends]} instead of {wanted}"
    printed = document["spec"].get("values", [])
    if len(printed) != len(others):
        return f"{len(printed)} values instead of {len(others)}"
    for (name, ends, target, value), entry in zip(others, printed):
        place = (entry.get("from"), entry.get("to")) if "from" in entry else None
        if (entry["name"], place, entry.get("target")) != (name, ends, target) or not same(kinds[name], value, entry["value"]):
            return f"{entry} instead of {name} {ends or target} {value}"
    return None

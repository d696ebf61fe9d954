#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""render-contracts CRDS GOLDEN|DIRECTORY...: validate objects in golden files and rendered trees against the openAPIV3Schema of their custom resource definition.

Unknown fields are errors too (the API server would prune them), which OpenAPI itself does not say: every object schema with properties and without
x-kubernetes-preserve-unknown-fields is closed before validating.
"""
import collections
import glob
import os
import sys

import jsonschema
import yaml


def closed(schema):
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {}
    for key, value in schema.items():
        if key == "properties":
            out[key] = {name: closed(item) for name, item in value.items()}
        elif key in ("items", "additionalProperties", "not"):
            out[key] = closed(value)
        elif key in ("oneOf", "anyOf", "allOf"):
            out[key] = value          # these only restate which of the properties are required
        else:
            out[key] = value
    if "properties" in out and "additionalProperties" not in out and not out.get("x-kubernetes-preserve-unknown-fields"):
        out["additionalProperties"] = False
    if out.get("x-kubernetes-int-or-string"):
        out.pop("type", None)
    return out


def definitions(folder):
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "*", "*.yaml"))):
        with open(path, encoding="utf-8") as file:
            for document in yaml.safe_load_all(file):
                if not isinstance(document, dict) or document.get("kind") != "CustomResourceDefinition":
                    continue
                spec = document["spec"]
                for version in spec["versions"]:
                    key = (spec["group"] + "/" + version["name"], spec["names"]["kind"])
                    schema = closed(version["schema"]["openAPIV3Schema"])
                    for name in ("apiVersion", "kind", "metadata"):
                        schema.get("properties", {}).setdefault(name, {})
                    schema.get("properties", {})["metadata"] = {"type": "object"}
                    found[key] = schema
    return found


def objects(path):
    if os.path.isdir(path):
        for found in sorted(glob.glob(os.path.join(path, "**", "*.yaml"), recursive=True)):
            with open(found, encoding="utf-8") as file:
                for value in yaml.safe_load_all(file):
                    yield found, value
        return
    name, lines = None, []
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("=== "):
                if name:
                    yield name, yaml.safe_load("".join(lines))
                name, lines = line[4:].strip(), []
            else:
                lines.append(line)
    if name:
        yield name, yaml.safe_load("".join(lines))


def main():
    known = definitions(sys.argv[1])
    counts, failed = collections.Counter(), False
    for path in sys.argv[2:]:
        for name, value in objects(path):
            schema = known.get((value.get("apiVersion"), value.get("kind"))) if isinstance(value, dict) else None
            if schema is None:
                continue
            counts[value["kind"]] += 1
            for error in jsonschema.Draft7Validator(schema).iter_errors(value):
                print(f"{os.path.basename(path)}: {name}: {'.'.join(map(str, error.path))}: {error.message}")
                failed = True
    for kind, count in sorted(counts.items()):
        print(f"{count} {kind}")
    return 1 if failed or not counts else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the verdicts of lib/schema with those of python3-jsonschema: crosscheck.py VERDICT [MUTANTS [SEED]]

VERDICT is the helper tests/schema/schema_verdict. Checked are the corpus (whose broken documents name the one rule they break), and MUTANTS documents
made from the valid ones by deleting, renaming or retyping a random node; the seed is printed. Exit status 77 when a Python module is missing.
"""
import copy
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile

try:
    import yaml
    from jsonschema import Draft202012Validator, exceptions, validators
except ImportError as problem:
    print(f"{problem.name} is not installed")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMAS = os.path.join(HERE, "..", "..", "schemas")


class CoreLoader(yaml.SafeLoader):
    """YAML with the types of the 1.2 core schema; mapping keys are texts, however they are written."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, expression in (
    ("null", r"~|null|Null|NULL|"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"),
):
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{expression})$"), None)


def construct_int(loader, node):
    return int(node.value, 0) if re.match("0[ox]", node.value) else int(node.value, 10)


def construct_float(loader, node):
    text = node.value.lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan") if re.search("inf|nan", text) else text)


def construct_mapping(loader, node):
    result = {}
    for key, value in node.value:
        if key.value in result:
            raise yaml.YAMLError(f"duplicate key {key.value}")
        result[key.value] = loader.construct_object(value, deep=True)
    return result


CoreLoader.add_constructor("tag:yaml.org,2002:int", construct_int)
CoreLoader.add_constructor("tag:yaml.org,2002:float", construct_float)
CoreLoader.add_constructor("tag:yaml.org,2002:map", construct_mapping)


def is_number(checker, value):
    # JSON has no numbers that are not finite; Python's float type has.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def is_integer(checker, value):
    return is_number(checker, value) and value == math.floor(value)


def pattern(validator, expression, instance, schema):
    # '$' is the end of the text in ECMA-262; in Python it also matches in front of a last newline.
    if isinstance(instance, str) and not re.search(expression.replace("$", r"\Z"), instance):
        yield exceptions.ValidationError(f"{instance!r} does not match {expression!r}")


Oracle = validators.extend(Draft202012Validator, {"pattern": pattern},
                           type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", is_number).redefine("integer", is_integer))


def load_oracles():
    oracles = {}
    for file in sorted(os.listdir(SCHEMAS)):
        with open(os.path.join(SCHEMAS, file), encoding="utf-8") as stream:
            schema = json.load(stream)
        Oracle.check_schema(schema)
        oracles[file[: -len(".schema.json")]] = (Oracle(schema), schema)
    return oracles


def check_schemas(oracles):
    """Every schema is named after its file, every property is described, every example is valid, and definitions of one name are the same everywhere."""
    problems, definitions = [], {}

    def walk(node, where, root):
        if isinstance(node, list):
            for index, item in enumerate(node):
                walk(item, f"{where}/{index}", root)
        if not isinstance(node, dict):
            return
        if "properties" in node and not re.search("/(if|then|else)$", where):
            problems.extend(f"{where}: '{key}' has no description" for key, value in node["properties"].items() if "description" not in value)
        for example in node["examples"] if isinstance(node.get("examples"), list) else []:
            inner = {key: value for key, value in node.items() if key != "$id"}
            inner["$defs"] = root.get("$defs", {})
            problems.extend(f"{where}: example {example!r}: {error.message}" for error in Oracle(inner).iter_errors(example))
        for key, value in node.items():
            if key not in ("examples", "enum", "const", "default"):
                walk(value, f"{where}/{key}", root)

    for name, (_, schema) in oracles.items():
        if schema["$id"] != f"https://hkctl.dev/schemas/v1alpha1/{name}.schema.json":
            problems.append(f"{name}: $id is {schema['$id']}")
        walk(schema, name, schema)
        for key, value in schema.get("$defs", {}).items():
            first, known = definitions.setdefault(key, (name, value))
            if known != value:
                problems.append(f"$defs/{key} differs between {first} and {name}")
    return problems


def schema_of(path, oracles):
    base = os.path.basename(path)
    return max((name for name in oracles if base.startswith(name + "-")), key=len)


def load(path):
    with open(path, encoding="utf-8") as stream:
        return yaml.load(stream, CoreLoader)


def verdicts(binary, pairs):
    """What lib/schema says of each (schema, path): lists of words, the first one the verdict."""
    text = "".join(f"{schema}\t{path}\n" for schema, path in pairs)
    result = subprocess.run([binary], input=text, stdout=subprocess.PIPE, text=True, check=True)
    lines = [line.split() for line in result.stdout.splitlines()]
    assert len(lines) == len(pairs), "one verdict for each document"
    return lines


def check_corpus(binary, oracles):
    problems, pairs = [], []
    for folder in ("valid", "broken"):
        directory = os.path.join(HERE, "corpus", folder)
        pairs += [(schema_of(file, oracles), os.path.join(directory, file)) for file in sorted(os.listdir(directory))]
    for (schema, path), (ours, *rules) in zip(pairs, verdicts(binary, pairs)):
        name = os.path.relpath(path, HERE)
        theirs = "valid" if oracles[schema][0].is_valid(load(path)) else "invalid"
        expected = "valid" if "/valid/" in path else "invalid"
        if not ours == theirs == expected:
            problems.append(f"{name}: {expected} expected, lib/schema says {ours}, jsonschema says {theirs}")
        elif expected == "invalid":
            with open(path, encoding="utf-8") as stream:
                rule = stream.readline()[2:8]
            if rules != [rule]:
                problems.append(f"{name}: the one finding should be {rule}, found {' '.join(rules)}")
    return len(pairs), problems


STRANGE = [None, True, False, 0, 1, -1, 1.0, 0.5, 65536, 1e300, 2**70, "", "x", "True", "1", "Edge_A", "a" * 64, "a" * 400, "5ms", "In", "Exists", [], [1], ["a"], {},
           {"a": 1}, {"name": "a"}, {"request": "1ms"}, "\u00e9", "a b", "a\n", float("inf"), float("nan")]


def places(node, found):
    """All (container, key) pairs below a node."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        found.append((node, key))
        places(value, found)
    return found


def mutate(rng, document):
    found = places(document, [])
    container, key = rng.choice(found)
    action = rng.randrange(7)
    if action == 0:
        del container[key]
    elif action == 1 and isinstance(container, dict):
        letters = list(key)
        letters.insert(rng.randrange(len(letters) + 1), rng.choice("aeX-_/ 1"))
        container["".join(letters)] = container.pop(key)
    elif action == 2 and isinstance(container, list):
        container.append(copy.deepcopy(container[key]))
    elif action == 3:
        other, name = rng.choice(found)
        container[key] = copy.deepcopy(other[name])
    elif action == 4 and isinstance(container, dict):
        _, name = rng.choice(found)
        container[str(name)] = copy.deepcopy(rng.choice(STRANGE))
    else:
        container[key] = copy.deepcopy(rng.choice(STRANGE))
    return document


def dump(value):
    """As JSON, which is YAML but for numbers that are not finite."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {dump(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(dump, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    return json.dumps(value)


def check_mutants(binary, oracles, count, seed):
    rng = random.Random(seed)
    directory = os.path.join(HERE, "corpus", "valid")
    files = sorted(os.listdir(directory))
    parents = [(schema_of(file, oracles), load(os.path.join(directory, file))) for file in files]
    problems, pairs, texts, invalid = [], [], [], 0
    with tempfile.TemporaryDirectory() as trash:
        for index in range(count):
            schema, parent = rng.choice(parents)
            mutant = copy.deepcopy(parent)
            for _ in range(rng.choice((1, 1, 1, 2, 3))):
                mutant = mutate(rng, mutant)
                if not mutant:
                    break
            path = os.path.join(trash, f"{index}.yaml")
            texts.append(dump(mutant))
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(texts[-1] + "\n")
            pairs.append((schema, path))
        for index, ((schema, path), (ours, *_)) in enumerate(zip(pairs, verdicts(binary, pairs))):
            theirs = "valid" if oracles[schema][0].is_valid(load(path)) else "invalid"
            invalid += theirs == "invalid"
            if ours != theirs:
                problems.append(f"mutant {index} ({schema}): lib/schema says {ours}, jsonschema says {theirs}:\n    {texts[index]}")
    if count >= 100 and not count // 10 < invalid < count:
        problems.append(f"{invalid} of {count} mutants are invalid: the mutator does not do its work")
    return invalid, problems


def main():
    binary = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20260131
    oracles = load_oracles()
    problems = check_schemas(oracles)
    documents, found = check_corpus(binary, oracles)
    problems += found
    invalid, found = check_mutants(binary, oracles, count, seed)
    problems += found
    print(f"{len(oracles)} schemas, {documents} documents, {count} mutants of which {invalid} invalid, seed {seed}")
    for problem in problems[:20]:
        print(problem)
    print(f"{len(problems)} disagreements" if problems else "all agree")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Feed the reports of findings to independent readers: check_reports.py VERDICT

The findings of the broken corpus as JSON, SARIF, JUnit, GitHub commands and text must say the same, SARIF must fit the part of the standard's schema
that is written down here, and every fix that is offered must mend its document. Exit status 77 when python3-jsonschema is missing.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree as ElementTree

try:
    from jsonschema import Draft202012Validator
except ImportError as problem:
    print(f"{problem.name} is not installed")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
KINDS = sorted((file[: -len(".schema.json")] for file in os.listdir(os.path.join(ROOT, "schemas"))), key=len, reverse=True)

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}, "additionalProperties": False}
REGION = {"type": "object", "additionalProperties": False,
          "properties": {**{key: {"type": "integer", "minimum": 1} for key in ("startLine", "startColumn", "endLine", "endColumn")},
                         **{key: {"type": "integer", "minimum": 0} for key in ("byteOffset", "byteLength")}}}
ARTIFACT = {"type": "object", "required": ["uri"], "properties": {"uri": {"type": "string", "pattern": "^[A-Za-z0-9._~%/-]+$"}}, "additionalProperties": False}
LEVEL = {"enum": ["none", "note", "warning", "error"]}


def record(required, **properties):
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def listing(items):
    return {"type": "array", "items": items}


LOCATION = record(["physicalLocation"], id={"type": "integer"}, message=TEXT, physicalLocation=record(["artifactLocation"], artifactLocation=ARTIFACT, region=REGION))
FIX = record(["artifactChanges"], description=TEXT, artifactChanges={**listing(record(
    ["artifactLocation", "replacements"], artifactLocation=ARTIFACT,
    replacements={**listing(record(["deletedRegion"], deletedRegion=REGION, insertedContent={**TEXT, "properties": {"text": {"type": "string"}}})), "minItems": 1})), "minItems": 1})
SARIF = record(["version", "runs"], **{"$schema": {"type": "string"}}, version={"const": "2.1.0"}, runs=listing(record(
    ["tool", "results"], columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    tool=record(["driver"], driver=record(["name"], name={"type": "string"}, version={"type": "string"}, informationUri={"type": "string"}, rules={**listing(record(
        ["id"], id={"type": "string"}, name={"type": "string"}, shortDescription=TEXT, defaultConfiguration=record([], level=LEVEL))), "uniqueItems": True})),
    results=listing(record(["message", "ruleId"], ruleId={"type": "string"}, ruleIndex={"type": "integer", "minimum": 0}, level=LEVEL, message=TEXT,
                           locations=listing(LOCATION), relatedLocations=listing(LOCATION), fixes=listing(FIX))))))


def report(binary, pairs, *form):
    text = "".join(f"{kind}\t{path}\n" for kind, path in pairs)
    return subprocess.run([binary, *form], input=text, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT).stdout


def check_sarif(sarif, findings, problems):
    problems += [f"sarif: {list(error.path)}: {error.message[:200]}" for error in Draft202012Validator(SARIF).iter_errors(sarif)]
    run = sarif["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result, finding in zip(run["results"], findings):
        place = result["locations"][0]["physicalLocation"]
        if not (result["ruleId"] == rules[result["ruleIndex"]] == finding["rule"]):
            problems.append(f"sarif: rule of {finding['summary']}")
        if urllib.parse.unquote(place["artifactLocation"]["uri"]) != finding["file"]:
            problems.append(f"sarif: file of {finding['summary']}")
        with open(os.path.join(ROOT, finding["file"]), encoding="utf-8") as stream:
            line = stream.read().split("\n")[place["region"]["startLine"] - 1]
        before = line[: place["region"]["startColumn"] - 1].encode()
        if len(before) != finding["range"]["start"]["column"] - 1:
            problems.append(f"sarif: column of {finding['summary']}")
    if len(run["results"]) != len(findings):
        problems.append("sarif: number of results")


def check_junit(text, findings, problems):
    root = ElementTree.fromstring(text.encode())
    cases = {(suite.get("name"), case.get("name").split()[0]) for suite in root for case in suite}
    expected = {(finding["file"], finding["rule"]) for finding in findings}
    if cases != expected:
        problems.append(f"junit: testcases {cases ^ expected}")
    if int(root.get("tests")) != len(list(root.iter("testcase"))) or int(root.get("failures")) != len(list(root.iter("failure"))):
        problems.append("junit: counts")


def check_github(text, findings, problems):
    lines = text.splitlines()
    for line, finding in zip(lines, findings):
        match = re.match(r"::error file=([^,:]+),line=(\d+),(?:endLine=\d+,)?col=\d+,(?:endColumn=\d+,)?title=(HK\d{4}) [a-z-]+::(.+)", line)
        if not match or urllib.parse.unquote(match[1]) != finding["file"] or int(match[2]) != finding["range"]["start"]["line"] or match[3] != finding["rule"]:
            problems.append(f"github: {line}")
    if len(lines) != len(findings):
        problems.append("github: number of lines")


def check_text(text, findings, problems):
    heads = [line for line in text.splitlines() if re.search(r" \[HK\d{4}\]$", line)]
    expected = ["{}:{}:{}: error: {} [{}]".format(finding["file"], finding["range"]["start"]["line"], finding["range"]["start"]["column"], finding["summary"],
                                                  finding["rule"]) for finding in findings]
    if heads != expected:
        problems.append("text: headlines differ from the JSON report")


def check_fixes(binary, kinds, findings, problems):
    """Each broken document has one defect, so its fix must make it valid."""
    pairs = []
    with tempfile.TemporaryDirectory() as trash:
        for finding in findings:
            if "fix" not in finding:
                continue
            with open(os.path.join(ROOT, finding["file"]), "rb") as stream:
                data = stream.read()
            fix = finding["fix"]
            path = os.path.join(trash, os.path.basename(finding["file"]))
            with open(path, "wb") as stream:
                stream.write(data[: fix["startByte"]] + fix["text"].encode() + data[fix["endByte"]:])
            pairs.append((kinds[finding["file"]], path))
        for (_, path), verdict in zip(pairs, report(binary, pairs).splitlines()):
            if verdict != "valid":
                problems.append(f"fix of {os.path.basename(path)}: {verdict}")
    return len(pairs)


def main():
    binary = os.path.abspath(sys.argv[1])
    folder = os.path.join("tests", "schema", "corpus", "broken")
    pairs = [(next(kind for kind in KINDS if file.startswith(kind + "-")), os.path.join(folder, file)) for file in sorted(os.listdir(os.path.join(ROOT, folder)))]
    problems = []
    findings = json.loads(report(binary, pairs, "json"))["findings"]
    check_sarif(json.loads(report(binary, pairs, "sarif")), findings, problems)
    check_junit(report(binary, pairs, "junit"), findings, problems)
    check_github(report(binary, pairs, "github"), findings, problems)
    check_text(report(binary, pairs, "text"), findings, problems)
    fixes = check_fixes(binary, {path: kind for kind, path in pairs}, findings, problems)
    print(f"{len(pairs)} documents, {len(findings)} findings, {fixes} fixes")
    if len(findings) < len(pairs) or not fixes:
        problems.append("there should be a finding in every document, and some fixes")
    for problem in problems[:20]:
        print(problem)
    print(f"{len(problems)} problems" if problems else "all agree")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

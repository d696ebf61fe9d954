#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An overlay tree must give the objects of the finished tree: judged by an own reading of kustomizations and, with --kubectl, by kustomize itself."""
import copy, glob, os, re, subprocess, sys, yaml


def key(d):
    return d["apiVersion"], d["kind"], d["metadata"].get("namespace"), d["metadata"]["name"]


def apply(document, ops):
    for op in ops:
        *parents, last = [p.replace("~1", "/").replace("~0", "~") for p in op["path"].split("/")[1:]]
        at = document
        for p in parents:
            at = at[int(p) if isinstance(at, list) else p]
        value = copy.deepcopy(op.get("value"))
        if isinstance(at, list):
            assert op["op"] == "add" and last == "-", op
            at.append(value)
        elif op["op"] == "remove":
            del at[last]
        else:
            assert op["op"] == "add" or last in at, op
            at[last] = value


def build(folder):
    k = yaml.safe_load(open(os.path.join(folder, "kustomization.yaml")))
    found = []
    for r in k.get("resources", []):
        path = os.path.normpath(os.path.join(folder, r))
        if os.path.isdir(path):
            found += build(path)
            continue
        assert not r.startswith(".."), "kustomize reads no file above its folder"
        found += [d for d in yaml.safe_load_all(open(path)) if d]
    for p in k.get("patches", []):
        t = p["target"]
        hit = [d for d in found if re.fullmatch(t["kind"], d["kind"]) and re.fullmatch(t["name"], d["metadata"]["name"])
               and ("group" not in t or re.fullmatch(t["group"], d["apiVersion"].split("/")[0]))]
        assert len(hit) == 1, (t, len(hit))
        if "path" in p:
            apply(hit[0], yaml.safe_load(open(os.path.join(folder, p["path"]))))
        else:
            assert yaml.safe_load(p["patch"])["$patch"] == "delete"
            found.remove(hit[0])
    return found


full, overlays = sys.argv[1:3]
count = 0
assert sorted(os.listdir(full + "/clusters")) == sorted(os.listdir(overlays + "/clusters"))
for cluster in sorted(os.listdir(full + "/clusters")):
    want = {key(d): d for f in glob.glob(f"{full}/clusters/{cluster}/**/*.yaml", recursive=True) for d in yaml.safe_load_all(open(f)) if d}
    folder = f"{overlays}/clusters/{cluster}"
    if "--kubectl" in sys.argv:
        out = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True)
        assert out.returncode == 0, out.stderr
        got = [d for d in yaml.safe_load_all(out.stdout) if d]
    else:
        got = build(folder)
    names = {key(d): d for d in got}
    assert len(names) == len(got), cluster
    assert set(names) == set(want), (cluster, set(names) ^ set(want))
    for k in want:
        assert names[k] == want[k], (cluster, k, names[k], want[k])
    count += len(want)
print(count)

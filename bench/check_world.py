#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A world whose offer has SIDE * SIDE bindings: check_world.py DIRECTORY SIDE [same|own]

Pods run on 100 nodes of 10 clusters joined in a ring. same: rules tell clusters apart and nothing else. own: a value was measured of every pod, so that no two pods can be treated alike.
About a tenth of the ways is slower than the limit.
"""
import json
import os
import sys


def pod(name, app, node):
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "default", "uid": "uid-" + name, "labels": {"app": app}, "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": app, "uid": "x"}]},
            "spec": {"nodeName": node, "containers": [{"name": "c", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}]}, "status": {"phase": "Running"}}


def write(directory, name, *documents):
    with open(os.path.join(directory, name), "w") as out:
        for document in documents:
            out.write("---\n" + json.dumps(document) + "\n")


def ours(kind, name, spec):
    return {"apiVersion": "hkctl.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def theirs(kind, name, spec):
    return {"apiVersion": "constraint.ciena.com/v1alpha1", "kind": kind, "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def main():
    directory, side, how = sys.argv[1], int(sys.argv[2]), (sys.argv[3:] or ["same"])[0]
    os.makedirs(directory, exist_ok=True)
    clusters = [f"c{i}" for i in range(10)]
    links = [{"from": clusters[i], "to": clusters[(i + 1) % 10], "latency": "4ms", "jitter": "200us", "bandwidth": "10Gbps"} for i in range(10)]
    write(directory, "topology.yaml", ours("Topology", "ring", {
        "clusters": [{"name": c, "nodes": [{"name": f"{c}-n{k}", "allocatable": {"cpu": "64", "memory": "256Gi"}} for k in range(10)]} for c in clusters], "links": links}))
    measured = [{"from": a["from" if way else "to"], "to": a["to" if way else "from"], "latency": f"{3 + i % 4}ms", "jitter": "210us", "bandwidth": "9Gbps"} for i, a in enumerate(links) for way in (0, 1)]
    spec = {"observedAt": "2026-01-31T12:00:00Z", "links": measured}
    rules = [{"name": "latency", "request": "10ms", "limit": "20ms"}, {"name": "jitter", "request": "1ms", "limit": "5ms"}, {"name": "bandwidth", "request": "5Gbps", "limit": "1Gbps"}]
    if how == "own":
        spec["values"] = [{"name": "battery", "target": f"{app}-{i}", "value": str(100 - i % 90)} for app in ("client", "server") for i in range(side)]
        rules.append({"name": "battery", "request": "30", "limit": "10"})
    write(directory, "metrics.yaml", ours("Metrics", "now", spec))
    target = lambda name, app: {"name": name, "apiVersion": "v1", "kind": "Pod", "labelSelector": {"matchLabels": {"app": app}}}
    write(directory, "policies.yaml", theirs("ConstraintPolicy", "gold", {"rules": rules}), theirs("ConstraintPolicyOffer", "gold", {
        "targets": [target("source", "client"), target("destination", "server")], "policies": ["gold"], "period": "5s", "grace": "1m", "violationPolicy": "Evict"}))
    write(directory, "pipeline.yaml", ours("Pipeline", "app", {
        "inputs": [{"name": "users", "cluster": "c0", "rate": "1/s", "size": "1kB"}], "workloads": [{"name": "client", "requests": {"cpu": "100m"}}, {"name": "server", "requests": {"cpu": "100m"}}],
        "connections": [{"from": "users", "to": "client"}, {"from": "client", "to": "server", "size": "1kB"}]}))
    with open(os.path.join(directory, "pods.json"), "w") as out:
        json.dump({"apiVersion": "v1", "kind": "List", "items": [pod(f"{app}-{i}", app, f"c{i % 10}-n{i // 10 % 10}") for app in ("client", "server") for i in range(side)]}, out)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""render-decisions TREE: do what each system of decisions/ would do, and compare with what the clusters' own folders hold.

Karmada: divide by its weights, apply its overrides, and get the clusters' files again; KubeFed, OCM and KEP-5313: counts; Argo CD: every folder once; descheduler: strict schema, and the
pods it selects are ours. Objects are compared as data.
"""
import copy
import glob
import json
import os
import sys

import jsonschema
import yaml

tree = sys.argv[1]
KINDS = ("Deployment", "StatefulSet", "ReplicaSet", "DaemonSet", "Job", "CronJob", "Pod", "VirtualMachine")
failed = False


def wrong(*what):
    global failed
    failed = True
    print(*what)


def load(pattern):
    for path in sorted(glob.glob(os.path.join(tree, pattern), recursive=True)):
        with open(path, encoding="utf-8") as file:
            yield path, yaml.safe_load(file)


def key(value):
    return value["apiVersion"], value["kind"], value["metadata"].get("namespace"), value["metadata"]["name"]


clusters = {}          # cluster -> key -> object
for path, value in load("clusters/**/*.yaml"):
    clusters.setdefault(path.split(os.sep)[-3], {})[key(value)] = value


def divide(total, weights):
    """Webster's method, as Karmada divides by static weights."""
    parts = dict.fromkeys(weights, 0)
    for _ in range(total):
        parts[min(weights, key=lambda name: (-weights[name] / (2 * parts[name] + 1), name))] += 1
    return parts


def patch(value, operation):
    parts = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
    at = value
    for part in parts[:-1]:
        at = at[part]
    if operation["operator"] == "remove":
        del at[parts[-1]]
    elif operation["operator"] == "replace" and parts[-1] not in at:
        wrong("nothing to replace at", operation["path"])
    else:
        at[parts[-1]] = copy.deepcopy(operation["value"])


def check_karmada():
    templates, spread, overrides, made = {}, [], {}, {}
    for _, value in load("decisions/karmada/**/*.yaml"):
        if not value["apiVersion"].startswith("policy.karmada.io/"):
            templates[key(value)] = value
        elif value["kind"].endswith("PropagationPolicy"):
            spread.append(value)
        else:
            overrides[value["metadata"].get("namespace"), value["metadata"]["name"]] = value
    for policy in spread:
        space, name = policy["metadata"].get("namespace"), policy["metadata"]["name"]
        (selector,) = policy["spec"]["resourceSelectors"]
        found = selector["apiVersion"], selector["kind"], space, selector["name"]
        placement, template = policy["spec"]["placement"], templates[found]
        parts, field = None, "parallelism" if selector["kind"] == "Job" else "replicas"
        if placement["replicaScheduling"]["replicaSchedulingType"] == "Divided":
            weights = {w["targetCluster"]["clusterNames"][0]: w["weight"] for w in placement["replicaScheduling"]["weightPreference"]["staticWeightList"]}
            parts = divide(template["spec"][field], weights)
            if parts != weights or list(weights) != placement["clusterAffinity"]["clusterNames"]:
                wrong(name, "is divided into", parts, "instead of", weights)
        for cluster in placement["clusterAffinity"]["clusterNames"]:
            got = copy.deepcopy(template)
            for rule in overrides[space, name]["spec"]["overrideRules"] if (space, name) in overrides else []:
                if cluster in rule["targetCluster"]["clusterNames"]:
                    for operation in rule["overriders"]["plaintext"]:
                        patch(got, operation)
            if parts:
                got["spec"][field] = parts[cluster]
            want = copy.deepcopy(clusters[cluster][found])
            if parts and field not in want["spec"]:      # owned by an autoscaler there, which Karmada is told
                del got["spec"][field]
                if got["kind"] == "Deployment" and got["metadata"]["labels"].pop("resourcetemplate.karmada.io/retain-replicas") != "true":
                    wrong(name, "would set back its autoscaler")
                if not got["metadata"].get("labels", True) and "labels" not in want["metadata"]:
                    del got["metadata"]["labels"]
            if got != want:
                wrong(name, "in", cluster, "becomes", got, "instead of", want)
            made.setdefault(cluster, set()).add(found)
    for cluster, objects in clusters.items():
        missing = {found for found in objects if found[1] != "Namespace"} - made.get(cluster, set())
        if missing:
            wrong(cluster, "does not get", missing)


def counts_of(kind, name):
    found = {cluster: value["spec"]["replicas"] for cluster, objects in clusters.items() for value in objects.values()
             if value["kind"] == kind and value["metadata"]["name"] == name and "replicas" in value["spec"]}
    return found


def check_kubefed():
    for path, value in load("decisions/kubefed/**/*.yaml"):
        spec = value["spec"]
        want = counts_of(spec["targetKind"].removeprefix("Federated"), value["metadata"]["name"])
        got = {name: part["minReplicas"] for name, part in spec["clusters"].items()}
        sharded = not want                                # several objects of other names
        if not sharded and got != want or spec["totalReplicas"] != sum(got.values()) or any(p["minReplicas"] != p["maxReplicas"] for p in spec["clusters"].values()):
            wrong(path, got, want)


def check_decisions():
    ocm, kep = {}, {}
    for path, value in load("decisions/ocm/**/placementdecision-*.yaml"):
        labels = value["metadata"]["labels"]
        name = value["metadata"]["namespace"], labels["cluster.open-cluster-management.io/placement"]
        ocm.setdefault(name, {}).update({d["clusterName"]: d["score"] for d in value["status"]["decisions"]})
        if len(value["metadata"]["name"]) > 63 or len(name[1]) > 63 or len(value["status"]["decisions"]) > 100:
            wrong(path, "breaks a limit")
    for path, value in load("decisions/ocm/**/placement-*.yaml"):
        if value["metadata"]["annotations"]["cluster.open-cluster-management.io/experimental-scheduling-disable"] != "true":
            wrong(path, "would be decided by the hub")
        if value["spec"]["numberOfClusters"] != len(ocm[value["metadata"]["namespace"], value["metadata"]["name"]]):
            wrong(path, "has another number of clusters than its decision")
    for path, value in load("decisions/kep5313/**/*.yaml"):
        name = value["metadata"]["namespace"], value["metadata"]["labels"]["multicluster.x-k8s.io/decision-key"]
        counts = json.loads(value["metadata"]["annotations"]["hkctl.dev/replicas"])
        if [d["clusterProfileRef"]["name"] for d in value["decisions"]] != list(counts) or not 0 < len(counts) <= 100:
            wrong(path, "annotation and decisions differ")
        kep.setdefault(name, {}).update(counts)
        jsonschema.validate(value, KEP)
    if ocm != kep or not ocm:
        wrong("OCM and KEP-5313 differ", ocm, kep)


def check_argocd():
    seen = set()
    for path, value in load("decisions/argocd/**/*.yaml"):
        if set(value) != {"name", "cluster", "namespace", "manifests", "region", "zone", "tier", "provider"} or not all(isinstance(v, str) for v in value.values()):
            wrong(path, "has other keys")
        if value["name"] in seen or len(value["name"]) > 63 or not os.path.isdir(os.path.join(tree, value["manifests"])):
            wrong(path, "cannot be an Application")
        seen.add(value["name"])
        seen.add(value["manifests"])
    for folder in sorted(glob.glob(os.path.join(tree, "clusters/*/*"))):
        if os.path.relpath(folder, tree) not in seen:
            wrong(folder, "has no parameters")


STRINGS = {"type": "array", "items": {"type": "string"}}
LABELS = {"type": "object", "additionalProperties": {"type": "string"}}


def closed(required, **properties):
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


SELECTOR = closed([], matchLabels=LABELS, matchExpressions={"type": "array", "items": closed(["key", "operator"], key={"type": "string"}, operator={"enum": ["In"]}, values=STRINGS)})
SCOPE = {"namespaces": closed([], include=STRINGS, exclude=STRINGS), "labelSelector": SELECTOR}
PLUGINS = {
    "DefaultEvictor": closed([], nodeFit={"type": "boolean"}),
    "RemovePodsViolatingNodeAffinity": closed(["nodeAffinityType"], nodeAffinityType=STRINGS, **SCOPE),
    "RemovePodsViolatingTopologySpreadConstraint": closed([], constraints=STRINGS, **SCOPE),
}
SET = closed(["enabled"], enabled=STRINGS)
DESCHEDULER = closed(
    ["apiVersion", "kind", "profiles"], apiVersion={"const": "descheduler/v1alpha2"}, kind={"const": "DeschedulerPolicy"},
    maxNoOfPodsToEvictPerNamespace={"type": "integer", "minimum": 1},
    profiles={"type": "array", "minItems": 1, "items": closed(
        ["name", "pluginConfig", "plugins"], name={"type": "string"}, plugins=closed([], deschedule=SET, balance=SET),
        pluginConfig={"type": "array", "items": {"oneOf": [closed(["name", "args"], name={"const": name}, args=args) for name, args in PLUGINS.items()]}})})
META = closed(["name"], name={"type": "string"}, namespace={"type": "string"}, labels=LABELS, annotations=LABELS)
KEP = closed(
    ["apiVersion", "kind", "metadata", "decisions"], apiVersion={"const": "multicluster.x-k8s.io/v1alpha1"}, kind={"const": "PlacementDecision"}, metadata=META,
    schedulerName={"type": "string"}, decisions={"type": "array", "maxItems": 100, "items": closed(["clusterProfileRef"], reason={"type": "string"}, clusterProfileRef=closed(
        ["name"], apiVersion={"type": "string"}, kind={"const": "ClusterProfile"}, namespace={"type": "string"}, name={"type": "string"}))})
SPLIT = closed(
    ["apiVersion", "kind", "metadata", "spec"], apiVersion={"const": "split.smi-spec.io/v1alpha4"}, kind={"const": "TrafficSplit"}, metadata=META,
    spec=closed(["service", "backends"], service={"type": "string"}, backends={"type": "array", "minItems": 1, "items": closed(
        ["service", "weight"], service={"type": "string"}, weight={"type": "integer", "minimum": 1})}))


def selected(selector, labels):
    exact = all(labels.get(k) == v for k, v in selector.get("matchLabels", {}).items())
    return exact and all(labels.get(e["key"]) in e["values"] for e in selector.get("matchExpressions", []))


def check_descheduler():
    for path, value in load("decisions/descheduler/*/policy.yaml"):
        jsonschema.validate(value, DESCHEDULER)
        cluster = path.split(os.sep)[-2]
        for found in clusters[cluster].values():
            if found["kind"] not in ("Deployment", "StatefulSet", "ReplicaSet"):
                continue
            labels = found["spec"]["template"]["metadata"]["labels"]
            matching = [p for p in value["profiles"] if selected(p["pluginConfig"][1]["args"]["labelSelector"], labels)]
            if not matching:
                wrong(path, "does not look at", found["metadata"]["name"])
            if "topologySpreadConstraints" in found["spec"]["template"]["spec"] and not any("balance" in p["plugins"] for p in matching):
                wrong(path, "does not look at the spread of", found["metadata"]["name"])


def check_traffic():
    """Weights: whole, above 0, sum to 100, only to clusters with replicas; a backend is there or promised by the other cluster."""
    for cluster, objects in clusters.items():
        for value in objects.values():
            sums = []
            if value["kind"] == "TrafficSplit":
                jsonschema.validate(value, SPLIT)
                sums.append([b["weight"] for b in value["spec"]["backends"]])
            elif value["kind"] == "HTTPRoute":
                for rule in value["spec"]["rules"]:
                    sums.append([b["weight"] for b in rule["backendRefs"]])
                    for backend in rule["backendRefs"]:
                        here = any(k[1] == "Service" and k[3] == backend["name"] for k in objects)
                        there = any(k[1] == "ServiceExport" and k[3] == backend["name"] for name, others in clusters.items() if name != cluster for k in others)
                        if not (here if backend["kind"] == "Service" else there):
                            wrong(cluster, value["metadata"]["name"], "leads to", backend["name"], "which is nowhere")
            elif value["kind"] == "DestinationRule" and "loadBalancer" in value["spec"]["trafficPolicy"]:
                if "outlierDetection" not in value["spec"]["trafficPolicy"]:
                    wrong(value["metadata"]["name"], "has no outlierDetection, without which locality is not looked at")
                sums.extend(list(d["to"].values()) for d in value["spec"]["trafficPolicy"]["loadBalancer"]["localityLbSetting"]["distribute"])
            elif value["kind"] == "VirtualService":
                sums.extend([r["weight"] for r in route["route"]] for kind in ("http", "tcp") for route in value["spec"].get(kind, []))
            elif value["kind"] == "ServiceImport":
                if not any(k[1] == "ServiceExport" and k[3] == value["metadata"]["name"] for name, others in clusters.items() if name != cluster for k in others):
                    wrong(cluster, "imports", value["metadata"]["name"], "which nobody exports")
            for weights in sums:
                if sum(weights) != 100 or min(weights) < 1:
                    wrong(cluster, value["kind"], value["metadata"]["name"], weights)


for check in (check_karmada, check_kubefed, check_decisions, check_argocd, check_descheduler, check_traffic):
    check()
sys.exit(1 if failed or not clusters else 0)

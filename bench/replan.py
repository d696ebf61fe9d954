#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning again after a change, from the plan before and from nothing, in one run.

replan.py HKCTL GENERATE [RUNS [INSTANCE...]]: for each instance "family workloads clusters seed loose|tight" a first plan at a gap of 1 %, then three changes of the world: the busiest link
three times as slow, every 20th pipeline with 60 % more traffic, and the cluster with the most replicas lost. CPU seconds of the search and, in brackets, of the whole command (medians), the share of
the warm search, gaps, and replicas that leave their place.
"""
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

import yaml

INSTANCES = ["mec 1000 1000 1 loose", "retail 2000 1000 1 loose", "mec 1000 1000 1 tight"]
LIMIT = 120
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def run(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
        text = done.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired:
        text = "took more than %d s" % LIMIT
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, text


def load(path):
    with open(path) as file:
        return [document for document in yaml.load_all(file, Loader=Loader) if document]


def store(path, documents):
    with open(path, "w") as file:
        for document in documents:
            file.write("---\n" + json.dumps(document) + "\n")


def searched(path):
    with open(path + ".run") as file:
        return json.load(file)["solveSeconds"]


def placements(plan):
    found = {}
    for pipeline in plan["spec"]["pipelines"]:
        for workload in pipeline["workloads"]:
            for placement in workload.get("placements", []):
                found[pipeline["name"], workload["name"], placement["cluster"]] = placement["replicas"]
    return found


def scaled(text, factor):
    value, unit = re.fullmatch(r"([0-9.]+)(.*)", str(text)).groups()
    return "%.6f%s" % (float(value) * factor, unit)


def slow_link(documents, plan):
    busiest = max(plan["spec"]["links"], key=lambda link: link["used"])
    ends = {busiest["from"], busiest["to"]}
    for document in documents:
        for link in document["spec"].get("links", []) if document["kind"] == "Topology" else []:
            if {link["from"], link["to"]} == ends:
                link["latency"] = scaled(link["latency"], 3)


def more_traffic(documents, plan):
    pipelines = [document for document in documents if document["kind"] == "Pipeline"]
    for pipeline in pipelines[::20]:
        for entry in pipeline["spec"]["inputs"]:
            entry["rate"] = scaled(entry["rate"], 1.6)


def lost_cluster(documents, plan):
    held = {}
    for (_, _, cluster), replicas in placements(plan).items():
        held[cluster] = held.get(cluster, 0) + replicas
    limited = [cluster for document in documents if document["kind"] == "Topology" for cluster in document["spec"]["clusters"] if cluster.get("nodes")]
    lost = max(limited, key=lambda cluster: (held.get(cluster["name"], 0) if "edge" in cluster["name"] else -1, cluster["name"]))
    for node in lost["nodes"]:
        node["unschedulable"] = True


CHANGES = {"busiest link 3x slower": slow_link, "every 20th pipeline +60 %": more_traffic, "largest edge cluster lost": lost_cluster}


def gap_of(path):
    with open(path) as file:
        return float(re.search(r"^ *gap: (.*)$", file.read(4000), re.M).group(1))


def moved(before, path):
    after = placements(load(path)[0])
    return sum(max(0, replicas - after.get(place, 0)) for place, replicas in before.items())


def main():
    hkctl, generate = sys.argv[1:3]
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    print("%-24s %-26s %15s %15s %6s %8s %8s %14s" % ("instance", "change", "cold s", "warm s", "share", "gap cold", "gap warm", "moved w/c"))
    with tempfile.TemporaryDirectory() as work:
        world, changed, plan, cold, warm = (os.path.join(work, name) for name in ("world.yaml", "changed.yaml", "plan.yaml", "cold.yaml", "warm.yaml"))
        for instance in sys.argv[4:] or INSTANCES:
            with open(world, "w") as file:
                subprocess.run([generate, *instance.split()], stdout=file, check=True)
            _, text = run([hkctl, "plan", "--gap", "0.01", "-f", world, "-o", plan])
            if not os.path.exists(plan):
                print("%-24s no first plan: %s" % (instance, text.strip()[-100:]))
                continue
            first = load(plan)[0]
            before = placements(first)
            for name, change in CHANGES.items():
                documents = load(world)
                change(documents, first)
                store(changed, documents)
                times, search = {cold: [], warm: []}, {cold: [], warm: []}
                for path in (cold, warm):
                    if os.path.exists(path):
                        os.remove(path)
                for _ in range(runs):
                    for path, more in ((cold, []), (warm, ["--previous", plan])):
                        seconds, text = run([hkctl, "plan", "--gap", "0.01", *more, "-f", changed, "-o", path])
                        times[path].append(seconds)
                        if os.path.exists(path):
                            search[path].append(searched(path))
                if not os.path.exists(cold) or not os.path.exists(warm):
                    print("%-24s %-26s no plan: %s" % (instance, name, text.strip()[-100:]))
                    continue
                c, w = statistics.median(search[cold]), statistics.median(search[warm])
                print("%-24s %-26s %7.2f (%5.2f) %7.2f (%5.2f) %5.0f%% %7.2f%% %7.2f%% %6d /%6d" % (
                    instance, name, c, statistics.median(times[cold]), w, statistics.median(times[warm]), 100 * w / max(c, 1e-3), 100 * gap_of(cold), 100 * gap_of(warm),
                    moved(before, warm), moved(before, cold)))
                sys.stdout.flush()
            os.remove(plan)


main()

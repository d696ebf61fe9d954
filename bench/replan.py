#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning again after a change, from the plan before and from nothing, in one run.

replan.py HKCTL GENERATE [RUNS [INSTANCE...]]: for each instance "family workloads clusters seed loose|tight" a first plan at a gap of 1 %, then three changes of the world: the uplink of the busiest
metro three times as slow, every 20th pipeline with 60 % more traffic, and the edge cluster with the most replicas lost. Limits of the generated pipelines are narrow, so not every change leaves a
plan: then the next busiest uplink, another twentieth of the pipelines (in the end half of it, and so on) or the next largest edge cluster is changed; "tries" says which one it was.
CPU seconds of the search and, in brackets, of the whole command (medians), the shares of the warm ones, gaps, and replicas that leave their place.
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
LIMIT = 240  # seconds of CPU for one command
TRIES = 24
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def run(command):
    """CPU seconds and what it said. The limit is one of CPU: a busy machine is no reason to end it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT + 5)))
    text = done.stderr.decode(errors="replace") if done.returncode >= 0 else "took more than %d s" % LIMIT
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


def slow_link(documents, plan, attempt):
    """The uplink of a metro, busiest first; links of the same ends in both directions count together."""
    used = {}
    for link in plan["spec"]["links"]:
        ends = frozenset((link["from"], link["to"]))
        if any("metro" in end for end in ends) and not any("edge" in end for end in ends):
            used[ends] = used.get(ends, 0) + link["used"]
    slow = sorted(used, key=lambda ends: (-used[ends], sorted(ends)))
    for document in documents:
        for link in document["spec"].get("links", []) if document["kind"] == "Topology" and attempt < len(slow) else []:
            if frozenset((link["from"], link["to"])) == slow[attempt]:
                link["latency"] = scaled(link["latency"], 3)
    return attempt < len(slow)


def more_traffic(documents, plan, attempt):
    """Every 20th pipeline, from four starts; then every 40th, and so on."""
    pipelines = [document for document in documents if document["kind"] == "Pipeline"]
    step = 20 << attempt // 4
    for pipeline in pipelines[attempt % 4 * (step // 4)::step]:
        for entry in pipeline["spec"]["inputs"]:
            entry["rate"] = scaled(entry["rate"], 1.6)
    return step < len(pipelines)


def lost_cluster(documents, plan, attempt):
    held = {}
    for (_, _, cluster), replicas in placements(plan).items():
        held[cluster] = held.get(cluster, 0) + replicas
    limited = [cluster for document in documents if document["kind"] == "Topology" for cluster in document["spec"]["clusters"] if cluster.get("nodes") and "edge" in cluster["name"]]
    limited.sort(key=lambda cluster: (-held.get(cluster["name"], 0), cluster["name"]))
    if attempt >= len(limited):
        return False
    for node in limited[attempt]["nodes"]:
        node["unschedulable"] = True
    return held.get(limited[attempt]["name"], 0) > 0


CHANGES = {"uplink 3x slower": slow_link, "pipelines +60 %": more_traffic, "edge cluster lost": lost_cluster}


def gap_of(path):
    with open(path) as file:
        return float(re.search(r"^ *gap: (.*)$", file.read(4000), re.M).group(1))


def moved(before, path):
    after = placements(load(path)[0])
    return sum(max(0, replicas - after.get(place, 0)) for place, replicas in before.items())


def measured(command, path, plan):
    """CPU seconds of the command and of its search; None and what it said when there is no plan."""
    if os.path.exists(path):
        os.remove(path)
    seconds, text = run(command + (["--previous", plan] if plan else []) + ["-o", path])
    return ((seconds, searched(path)) if os.path.exists(path) else None), text


def find_change(command, paths, change, first):
    """The first change that leaves a plan; the cold run that found it. The last word of what failed is for the reader."""
    text = ""
    for attempt in range(TRIES):
        documents = load(paths["world"])
        if not change(documents, first, attempt):
            break
        store(paths["changed"], documents)
        found, text = measured(command, paths["cold"], None)
        if found:
            return attempt, found
    return None, text


def line(name, what, cold, warm, attempt, paths, before):
    c, w = (statistics.median(seconds[1] for seconds in runs) for runs in (cold, warm))
    whole_c, whole_w = (statistics.median(seconds[0] for seconds in runs) for runs in (cold, warm))
    print("%-24s %-18s %5d %7.2f (%6.2f) %7.2f (%5.2f) %5.0f%% (%3.0f%%) %7.2f%% %7.2f%% %6d /%6d" % (
        name, what, attempt + 1, c, whole_c, w, whole_w, 100 * w / max(c, 1e-3), 100 * whole_w / max(whole_c, 1e-3), 100 * gap_of(paths["cold"]), 100 * gap_of(paths["warm"]),
        moved(before, paths["warm"]), moved(before, paths["cold"])))
    sys.stdout.flush()


def compare(hkctl, instance, runs, paths):
    command = [hkctl, "plan", "--gap", "0.01", "-f"]
    found, text = measured(command + [paths["world"]], paths["plan"], None)
    if not found:
        print("%-24s no first plan: %s" % (instance, text.strip()[-100:]))
        return
    first = load(paths["plan"])[0]
    before = placements(first)
    command.append(paths["changed"])
    for name, change in CHANGES.items():
        attempt, found = find_change(command, paths, change, first)
        if attempt is None:
            print("%-24s %-18s no plan after any of these: %s" % (instance, name, found.strip()[-100:]))
            continue
        cold, warm = [found], []
        for i in range(runs):
            warm.append(measured(command, paths["warm"], paths["plan"])[0])
            if i > 0:
                cold.append(measured(command, paths["cold"], None)[0])
        if None in warm:
            print("%-24s %-18s %5d %7.2f (%6.2f) planned again there is no plan" % (instance, name, attempt + 1, cold[0][1], cold[0][0]))
            sys.stdout.flush()
            continue
        line(instance, name, cold, warm, attempt, paths, before)


def main():
    hkctl, generate = sys.argv[1:3]
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    print("%-24s %-18s %5s %16s %15s %13s %8s %8s %14s" % ("instance", "change", "tries", "cold s", "warm s", "share", "gap cold", "gap warm", "moved w/c"))
    with tempfile.TemporaryDirectory() as work:
        paths = {name: os.path.join(work, name + ".yaml") for name in ("world", "changed", "plan", "cold", "warm")}
        for instance in sys.argv[4:] or INSTANCES:
            with open(paths["world"], "w") as file:
                subprocess.run([generate, *instance.split()], stdout=file, check=True)
            compare(hkctl, instance, runs, paths)


main()

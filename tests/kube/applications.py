# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planned, rendered and applied: the examples of this repository, and applications made for the test."""
import os
import shutil

import yaml

import generate
import world
from prove import Failure, Site, compare, hkctl

SEED = int(os.environ.get("KUBE_SEED", "1"))


class Application:
    """Documents in a folder. `options` are hkctl plan's, `then` more documents that a second plan starts from the first with."""

    def __init__(self, name, folder, work, mesh, options=(), then=None):
        self.name, self.folder, self.mesh, self.options, self.then = name, folder, mesh, list(options), then
        self.work = os.path.join(work, name)

    def path(self, *names):
        return os.path.join(self.work, *names)

    def plan(self, name, *more):
        hkctl("plan", "-q", "-f", self.folder, *self.options, *more, "-o", self.path(name), cwd=self.work)
        with open(self.path(name), encoding="utf-8") as file:
            return yaml.safe_load(file)

    def render(self, plan, *more):
        hkctl("render", "-q", "--mesh", self.mesh, self.path(plan), "-d", self.path("tree"), *more, cwd=self.work)

    def prepare(self):
        os.makedirs(self.work, exist_ok=True)
        self.planned = self.plan("plan.yaml")
        self.render("plan.yaml")
        self.clusters = world.clusters(self.folder)
        self.together = world.tells_apart(self.clusters.values())
        unknown = set(os.listdir(self.path("tree", "clusters"))) - set(self.clusters)
        if unknown:
            raise Failure(f"rendered for clusters that are not in the topology: {', '.join(sorted(unknown))}")
        pipelines = self.planned["spec"]["pipelines"]
        replicas = sum(p["replicas"] for one in pipelines for w in one["workloads"] for p in w["placements"])
        return f"{sum(len(one['workloads']) for one in pipelines)} workloads, {replicas} replicas in {len(self.clusters)} clusters"

    def kinds(self):
        return {one["kind"] for one in world.flat(world.documents(self.path("tree")))}

    def test(self, tally, binary, stored):
        for name in sorted(self.clusters):
            if os.path.isdir(self.path("tree", "clusters", name)):
                tally.run(f"{self.name}: {name}", lambda name=name: self.prove(binary, stored, name))

    def nodes(self, name):
        """All clusters' nodes where labels tell them apart: affinity has to find the right ones."""
        chosen = self.clusters.values() if self.together else [self.clusters[name]]
        return [node for one in chosen for node in world.nodes(one)]

    def prove(self, binary, stored, name):
        folder = self.path("plane-" + name)
        with Site(binary, folder, stored, self.clusters[name], self.nodes(name)) as site:
            verdict = self.first_time(site, name)
        shutil.rmtree(folder, ignore_errors=True)
        return verdict

    def first_time(self, site, name):
        tree = self.path("tree", "clusters", name)
        objects = list(world.flat(world.documents(tree)))
        site.make_namespaces(sorted({one["metadata"].get("namespace", "default") for one in objects}))
        site.apply(tree)
        verdict = self.judge(site, self.planned, name, objects)
        verdict.demand()
        before = site.stored(objects)
        site.apply(tree)
        after = site.stored(objects)
        changed = sorted("/".join(key) for key in before if before[key] != after[key])
        if changed:
            raise Failure(f"a second apply changed {', '.join(changed)}")
        return f"{len(objects)} objects, {verdict}"

    def judge(self, site, planned, name, objects):
        wanted = world.wanted(planned, name)
        world.leave_to_autoscalers(wanted, objects)
        for one in objects:
            if one["kind"] == "CronJob":
                site.run_now(one)
        pods = site.settle(sum(one.replicas for one in wanted.values()))
        return compare(self.clusters[name], wanted, pods)


def every(root, work, mesh):
    """Applications in the order of what they cost."""
    for name in sorted(os.listdir(os.path.join(root, "examples"))):
        folder = os.path.join(root, "examples", name)
        if os.path.isdir(folder) and world.clusters(folder) and any(one.get("kind") == "Pipeline" for one in world.documents(folder)):
            yield Application(name, folder, work, mesh)
    for name, make, options in (("kinds", generate.kinds, ()), ("shop", generate.shop, ("--node-limit", "200")), ("large", generate.large, ("--gap", "0.1"))):
        folder = os.path.join(work, "made", name)
        make(folder, SEED)
        yield Application(f"{name} (seed {SEED})" if name == "large" else name, folder, work, mesh, options)

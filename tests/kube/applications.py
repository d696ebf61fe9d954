# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planned, rendered and applied: the examples of this repository, and applications made for the test."""
import json
import os
import shutil

import yaml

import decisions
import drift
import fields
import generate
import world
from prove import Failure, Site, compare, hkctl

SEED = int(os.environ.get("KUBE_SEED", "1"))


ROOM_SECONDS = 20         # without anything becoming ready


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

    def render(self, plan, folder, *more):
        hkctl("render", "-q", "--mesh", self.mesh, self.path(plan), "-d", self.path(folder), *more, cwd=self.work)

    def prepare(self):
        os.makedirs(self.work, exist_ok=True)
        self.planned = self.plan("plan.yaml")
        self.render("plan.yaml", "tree")
        self.render("plan.yaml", "overlays", "--kustomize")
        self.render("plan.yaml", "decided", "--decisions", ",".join(decisions.SYSTEMS))
        self.clusters = world.clusters(self.folder)
        self.together = world.tells_apart(self.clusters.values())
        unknown = set(os.listdir(self.path("tree", "clusters"))) - set(self.clusters)
        if unknown:
            raise Failure(f"rendered for clusters that are not in the topology: {', '.join(sorted(unknown))}")
        pipelines = self.planned["spec"]["pipelines"]
        replicas = sum(p["replicas"] for one in pipelines for w in one["workloads"] for p in w["placements"])
        if self.then:
            self.prepare_second()
        seed = f", seed {SEED}" if self.name == "large" else ""
        return f"{sum(len(one['workloads']) for one in pipelines)} workloads, {replicas} replicas in {len(self.clusters)} clusters{seed}"

    def prepare_second(self):
        """The world has changed; what is rendered replaces the tree that was applied."""
        self.planned_second = self.plan("second.yaml", "-f", self.then, "--previous", self.path("plan.yaml"))
        shutil.copytree(self.path("tree"), self.path("second"))
        self.render("second.yaml", "second", "--prune", "--deletions", self.path("deletions.json"))
        with open(self.path("deletions.json"), encoding="utf-8") as file:
            self.deletions = json.load(file)["deletions"]

    def kinds(self):
        return {one["kind"] for one in world.flat(world.documents(self.path("decided")))}

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
            remark = self.first_time(site, name)
            if self.then and os.path.isdir(self.path("second", "clusters", name)):
                remark += f"; then {self.second_time(site, name)}"
        shutil.rmtree(folder, ignore_errors=True)
        return remark

    def second_time(self, site, name):
        """Over what runs: everything new is applied, and what has gone is deleted as soon as what render says replaces it is ready."""
        tree = self.path("second", "clusters", name)
        site.apply(tree)
        gone = [one for one in self.deletions if one["cluster"] == name]
        waiting, early = list(gone), 0
        while waiting:
            ready = site.within(ROOM_SECONDS, lambda: [one for one in waiting if self.is_replaced(site, name, one)])
            if not ready:               # both do not fit the nodes: somebody has to make room
                ready, early = waiting[:1], early + 1
            for one in ready:
                waiting.remove(one)
                path = site.path_of({"apiVersion": one["apiVersion"], "kind": one["kind"], "metadata": {"namespace": one["namespace"], "name": one["name"]}})
                site.api.request("DELETE", path, {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"})
        verdict = self.judge(site, self.planned_second, name, list(world.flat(world.documents(tree))))
        verdict.demand()
        return f"{len(gone)} deletions ({early} early, for want of room), {verdict}"

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
        self.same_by_kustomize(site, name)
        return f"{len(objects)} objects, {verdict}; {drift.test(site, self, name, objects)}"

    def same_by_kustomize(self, site, name):
        """The overlay of the same cluster must mean the same objects, to the server that has them already."""
        done = site.plane.kubectl("diff", "-k", self.path("overlays", "clusters", name), check=False)
        if done.returncode != 0:
            raise Failure(f"the kustomize overlay makes other objects (status {done.returncode})\n{done.stdout[:3000]}{done.stderr[:1000]}")

    def is_replaced(self, site, name, gone):
        """Everything in this cluster that has to be ready first is."""
        paths = [path for path in gone["after"] if path.startswith(f"clusters/{name}/")]
        return all(site.is_ready(one) for path in paths for one in world.documents_of(self.path("second", path)) if one["kind"] == "Deployment")

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
            later = os.path.join(root, "examples", "evening.yaml") if name == "online-boutique" else None
            yield Application(name, folder, work, mesh, then=later)
    for name, make, options in (("kinds", generate.kinds, ()), ("fields", fields.make, ()), ("shop", generate.shop, ("--node-limit", "200")), ("large", generate.large, ("--gap", "0.1"))):
        folder = os.path.join(work, "made", name)
        make(folder, SEED)
        yield Application(name, folder, work, mesh, options)

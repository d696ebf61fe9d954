# SPDX-License-Identifier: GPL-3.0-or-later
"""One cluster of a rendered tree, applied to a real control plane, and compared with the plan."""
import collections
import os
import subprocess
import time

from kubelet import Kubelet
from plane import ApiError, Plane
from world import flat, group_of

QUIET_SECONDS = 60        # without any pod being bound, before what is pending counts as never bound


class Failure(Exception):
    """What is not as the plan says."""


def hkctl(*arguments, cwd, statuses=(0,)):
    done = subprocess.run([os.environ["HKCTL"], *arguments], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode not in statuses:
        raise Failure(f"hkctl {' '.join(arguments)}: status {done.returncode}\n{done.stderr}{done.stdout}")
    return done


class Site:
    """A cluster of a topology as an API server with its nodes, and maybe the nodes of the other clusters beside them."""

    def __init__(self, binary, folder, stored, cluster, node_objects):
        self.cluster, self.plane = cluster, Plane(binary, folder, stored)
        self.node_objects = node_objects

    def __enter__(self):
        self.plane.__enter__()
        try:
            self.api = self.plane.client()
            for one in self.node_objects:
                self.api.request("POST", "/api/v1/nodes", one)
            self.kubelet = Kubelet(self.plane).__enter__()
            self.plane.wait("the nodes are ready", self.nodes_ready)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *ended):
        if hasattr(self, "kubelet"):
            self.kubelet.__exit__()
        self.plane.stop()

    def nodes_ready(self):
        """The admission of new nodes taints them until the node controller has seen them ready."""
        return all(not taint["key"].startswith("node.kubernetes.io/not-ready") for one in self.api.items("/api/v1/nodes") for taint in one["spec"].get("taints") or [])

    def make_namespaces(self, names):
        for name in names:
            try:
                self.api.request("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
            except ApiError as error:
                if error.status != 409:
                    raise
        for name in names:
            self.plane.wait(f"the service account of namespace {name}", lambda name=name: self.api.get(f"/api/v1/namespaces/{name}/serviceaccounts/default"))

    def apply(self, folder):
        """Lines of kubectl: one for each object, and what became of it."""
        return self.plane.kubectl("apply", "--recursive", "--validate=strict", "-f", folder).stdout.splitlines()

    def pods(self):
        return [one for one in self.api.items("/api/v1/pods?resourceVersion=0") if not one["metadata"].get("deletionTimestamp")]

    def settle(self, expected):
        """All pods, once there are as many as expected and all are bound, or once nothing has moved for a while."""
        seen, since = None, time.monotonic()
        while True:
            self.plane.check()
            pods = self.pods()
            bound = sum(1 for one in pods if one["spec"].get("nodeName"))
            running = sum(1 for one in pods if one.get("status", {}).get("phase") == "Running")
            if running == len(pods) == expected:
                return pods
            if (len(pods), bound, running) != seen:
                seen, since = (len(pods), bound, running), time.monotonic()
            if time.monotonic() - since > QUIET_SECONDS:
                return pods
            time.sleep(0.25)

    def stored(self, objects):
        """Each object that was applied, as the server has it, without what controllers go on writing: the status, and the numbers that count its writes."""
        found = {}
        for one in objects:
            meta = one["metadata"]
            kept = self.api.get(self.path_of(one))
            kept.pop("status", None)
            for name in ("resourceVersion", "managedFields"):
                kept["metadata"].pop(name, None)
            found[one["kind"], meta.get("namespace", "default"), meta["name"]] = kept
        return found

    def within(self, seconds, ready):
        """What ready() gives, or nothing when that is still nothing after a while."""
        end = time.monotonic() + seconds
        while True:
            self.plane.check()
            answer = ready()
            if answer or time.monotonic() > end:
                return answer
            time.sleep(0.25)

    def is_ready(self, like):
        one = self.api.get(self.path_of(like))
        status, replicas = one.get("status", {}), one["spec"]["replicas"]
        return status.get("observedGeneration", 0) >= one["metadata"]["generation"] and status.get("updatedReplicas", 0) == status.get("availableReplicas", 0) == replicas

    def run_now(self, cron):
        """What the schedule would do one day."""
        meta = cron["metadata"]
        job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": meta["name"] + "-now"}, "spec": cron["spec"]["jobTemplate"]["spec"]}
        self.api.request("POST", f"/apis/batch/v1/namespaces/{meta.get('namespace', 'default')}/jobs", job)

    def path_of(self, like):
        version, meta = like["apiVersion"], like["metadata"]
        plural, namespaced = self.resources(version)[like["kind"]]
        root = f"/api/{version}" if "/" not in version else f"/apis/{version}"
        return f"{root}/namespaces/{meta.get('namespace', 'default')}/{plural}/{meta['name']}" if namespaced else f"{root}/{plural}/{meta['name']}"

    def resources(self, version):
        self.known = getattr(self, "known", {})
        if version not in self.known:
            listed = self.api.get(f"/api/{version}" if "/" not in version else f"/apis/{version}")["resources"]
            self.known[version] = {one["kind"]: (one["name"], one["namespaced"]) for one in listed if "/" not in one["name"]}
        return self.known[version]


def condition(pod):
    for one in pod.get("status", {}).get("conditions") or []:
        if one["type"] == "PodScheduled" and one["status"] != "True":
            return one.get("message", "")
    return "no condition"


class Verdict:
    """How many pods were compared and how closely, and each difference in a sentence."""

    def __init__(self):
        self.exact, self.shaped, self.summed, self.wrong = 0, 0, 0, []

    def __str__(self):
        parts = [(self.exact, "on the node the plan names"), (self.shaped, "in the plan's numbers on interchangeable nodes"), (self.summed, "in the node group or cluster")]
        return "pods bound " + ", ".join(f"{count} {what}" for count, what in parts if count)

    def demand(self):
        if self.wrong:
            raise Failure("\n".join(self.wrong))


def can_be_said(counts, size):
    """A manifest cannot tell interchangeable nodes apart: only an even spread over all of them is something a scheduler can be asked for."""
    padded = counts + [0] * (size - len(counts))
    return max(padded) - min(padded) <= 1


def compare_workload(verdict, cluster, label, want, pods):
    per_node = collections.Counter(pod["spec"].get("nodeName") for pod in pods)
    pending = [pod for pod in pods if not pod["spec"].get("nodeName")]
    if pending:
        verdict.wrong.append(f"{label}: {len(pending)} of {len(pods)} pods pending: {condition(pending[0])}")
        return
    if len(pods) != want.replicas:
        verdict.wrong.append(f"{label}: {len(pods)} pods instead of {want.replicas}")
    got, sizes = collections.defaultdict(list), {group["name"]: group.get("count", 1) for group in cluster.get("nodes") or ()}
    for name, count in sorted(per_node.items()):
        got[group_of(cluster, name)].append(count)
    if want.groups is None or want.scaled:
        strangers = set(got) - (set(want.groups) if want.groups else {cluster["name"]})
        verdict.summed += len(pods)
        if strangers:
            verdict.wrong.append(f"{label}: on {say(got)}, the plan says {say(want.groups or {cluster['name']: [want.replicas]})}")
        return
    loose = {name for name, counts in want.groups.items() if not can_be_said(counts, sizes[name])}
    for name, counts in got.items():
        kind = "summed" if name in loose else "shaped" if sizes.get(name, 1) > 1 else "exact"
        setattr(verdict, kind, getattr(verdict, kind) + sum(counts))
    shapes = [{name: [sum(counts)] if name in loose else sorted(counts) for name, counts in one.items()} for one in (got, want.groups)]
    if shapes[0] != shapes[1]:
        verdict.wrong.append(f"{label}: on {say(got)}, the plan says {say(want.groups)}")


def say(groups):
    return "; ".join(f"{name or 'another cluster'}: {'+'.join(map(str, counts))}" for name, counts in sorted(groups.items(), key=lambda item: item[0] or ""))


def compare(cluster, plan_of_cluster, pods):
    """Pods are told apart by the label `app`, which is the name of their workload's manifest in every application here."""
    verdict, left = Verdict(), list(pods)
    for (pipeline, workload), want in sorted(plan_of_cluster.items()):
        mine = [pod for pod in left if pod["metadata"].get("labels", {}).get("app") == want.name]
        left = [pod for pod in left if pod not in mine]
        compare_workload(verdict, cluster, f"{pipeline}/{workload} in {cluster['name']}", want, mine)
    if left:
        verdict.wrong.append(f"{len(left)} pods in {cluster['name']} that the plan does not know, {left[0]['metadata']['name']} for one")
    return verdict

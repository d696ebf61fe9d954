# SPDX-License-Identifier: GPL-3.0-or-later
"""What a topology and a plan say, as a Kubernetes cluster would see it: Node objects, and how many pods of which workload on which node."""
import collections
import glob
import os

import yaml

HOSTNAME = "kubernetes.io/hostname"
SPARE_NODES = 4           # of a cluster without a node list: a cloud that grows as needed


def documents_of(path):
    with open(path, encoding="utf-8") as file:
        return [one for one in yaml.safe_load_all(file) if isinstance(one, dict)]


def documents(folder):
    return [one for path in sorted(glob.glob(os.path.join(folder, "**", "*.yaml"), recursive=True)) for one in documents_of(path)]


def flat(objects):
    """Lists unpacked."""
    for one in objects:
        if one.get("kind") == "List":
            yield from flat(one.get("items") or [])
        else:
            yield one


def clusters(folder):
    """The clusters of all topologies below a folder, by name."""
    return {one["name"]: one for doc in documents(folder) if doc.get("kind") == "Topology" for one in doc["spec"]["clusters"]}


def node(name, labels, allocatable, taints=(), unschedulable=False):
    resources = {key: str(value) for key, value in {"pods": 110, **allocatable}.items()}
    status = {"capacity": resources, "allocatable": resources, "addresses": [{"type": "InternalIP", "address": "10.2.0.1"}],
              "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "as the topology says"}]}
    spec = {"taints": list(taints), "unschedulable": bool(unschedulable)}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {HOSTNAME: name, **labels}}, "spec": spec, "status": status}


def nodes(cluster):
    """Node objects of one cluster of a topology. A group with a count is that many nodes NAME-1, NAME-2 ... as plans name them."""
    own = cluster.get("nodeSelector") or {}
    made = []
    for group in cluster.get("nodes") or []:
        labels = {**{key: str(value) for key, value in (group.get("labels") or {}).items()}, **own}
        count = group.get("count", 1)
        names = [group["name"]] if count == 1 else [f"{group['name']}-{i}" for i in range(1, count + 1)]
        made += [node(name, labels, group.get("allocatable") or {}, group.get("taints") or (), group.get("unschedulable")) for name in names]
    if not cluster.get("nodes"):
        made = [node(f"{cluster['name']}-grown-{i}", own, {"cpu": 96, "memory": "384Gi", "ephemeral-storage": "2000Gi"}) for i in range(1, SPARE_NODES + 1)]
    return made


def tells_apart(every):
    """Do labels alone tell the nodes of these clusters apart? Then they may all be in one API server, and affinity has to choose."""
    return all(one.get("nodeSelector") for one in every) and len({tuple(sorted(one["nodeSelector"].items())) for one in every}) == len(every)


class Wanted:
    """One workload in one cluster: replicas, and per node group a list of counts (None in clusters without a node list)."""

    def __init__(self, workload, placement):
        manifest = workload["manifest"]
        self.kind, self.name = manifest["kind"], manifest["name"]
        self.replicas, self.scaled = placement["replicas"], False
        self.groups = None
        if placement.get("nodes"):
            self.groups = collections.defaultdict(list)
            for one in placement["nodes"]:
                self.groups[one.get("group") or one["name"]].append(one["replicas"])


def wanted(plan, cluster):
    """By (namespace, workload): what the plan says of one cluster. Nobody here makes pods of virtual machines."""
    found = {}
    for pipeline in plan["spec"]["pipelines"]:
        for workload in pipeline["workloads"]:
            for placement in workload["placements"]:
                if placement["cluster"] == cluster and placement["replicas"] > 0 and (workload.get("manifest") or {}).get("kind") not in (None, "VirtualMachine"):
                    found[pipeline["name"], workload["name"]] = Wanted(workload, placement)
    return found


def leave_to_autoscalers(found, objects):
    """Without metrics an autoscaler holds its minimum; where the replicas go is still the plan's."""
    for one in objects:
        if one["kind"] == "HorizontalPodAutoscaler":
            for want in found.values():
                if want.name == one["spec"]["scaleTargetRef"]["name"]:
                    want.replicas, want.scaled = one["spec"].get("minReplicas", 1), True


def group_of(cluster, name):
    """The node group a node of this cluster belongs to, the cluster where nodes come as needed, None for nodes of others."""
    if not cluster.get("nodes") and name.startswith(cluster["name"] + "-grown-"):
        return cluster["name"]
    for group in cluster.get("nodes") or []:
        count = group.get("count", 1)
        if name == group["name"] and count == 1 or count > 1 and name in {f"{group['name']}-{i}" for i in range(1, count + 1)}:
            return group["name"]
    return None

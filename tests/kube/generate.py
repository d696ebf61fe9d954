# SPDX-License-Identifier: GPL-3.0-or-later
"""Applications that are not in the repository: a shop with databases and queues, and one of two hundred services. The same seed gives the same files."""
import os
import random

import yaml

EDGE = {"cpu": "8", "memory": "32Gi"}


def write_text(folder, name, text):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)


def write(folder, name, documents):
    write_text(folder, name, yaml.safe_dump_all(documents, sort_keys=False))


def topology(name, clusters, sites, links):
    return {"apiVersion": "hkctl.dev/v1alpha1", "kind": "Topology", "metadata": {"name": name}, "spec": {"clusters": clusters, "sites": sites, "links": links}}


def pipeline(name, namespace, spec):
    return {"apiVersion": "hkctl.dev/v1alpha1", "kind": "Pipeline", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def cluster(name, tier, price, nodes):
    made = {"name": name, "tier": tier, "region": "r-" + name, "zone": "z-" + name, "prices": {"cpu": f"{price}/h"}, "nodeSelector": {"example.org/site": name}}
    return {**made, "reserve": {"cpu": "10%", "memory": "10%"}, "nodes": nodes} if nodes else made


def node(name, allocatable, count=None, **labels):
    made = {"name": name, "allocatable": allocatable, "labels": {"example.org/" + key: value for key, value in labels.items()}}
    return {**made, "count": count} if count else {**made, "labels": {**made["labels"], "kubernetes.io/hostname": name + ".example.org"}}


def pods(name, cpu, memory):
    container = {"name": "server", "image": f"registry.example.org/{name}:1.0", "ports": [{"name": "http", "containerPort": 8080}],
                 "resources": {"requests": {"cpu": f"{cpu}m", "memory": f"{memory}Mi"}}}
    return {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}


def workload(kind, name, namespace, cpu, memory, **spec):
    version = {"Job": "batch/v1", "CronJob": "batch/v1", "Pod": "v1"}.get(kind, "apps/v1")
    meta, template = {"name": name, "namespace": namespace}, pods(name, cpu, memory)
    if kind == "Pod":
        return {"apiVersion": version, "kind": kind, "metadata": {**meta, **template["metadata"]}, "spec": template["spec"]}
    if kind in ("Job", "CronJob"):
        template["spec"]["restartPolicy"] = "Never"
        body = {"template": template, **spec}
        return {"apiVersion": version, "kind": kind, "metadata": meta, "spec": {"schedule": "0 3 1 1 *", "jobTemplate": {"spec": body}} if kind == "CronJob" else body}
    return {"apiVersion": version, "kind": kind, "metadata": meta, "spec": {"selector": {"matchLabels": {"app": name}}, "template": template, **spec}}


def service(name, namespace):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace},
            "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}}


def budget(name, namespace):
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name, "namespace": namespace},
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": name}}}}


def autoscaler(name, namespace, least, most):
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name, "namespace": namespace},
            "spec": {"scaleTargetRef": target, "minReplicas": least, "maxReplicas": most, "metrics": [metric]}}


def planned(kind, name, file, capacity, **more):
    return {"name": name, "manifest": {"file": file, "kind": kind, "name": name}, "capacity": f"{capacity}/s", **more}


# name, kind, mCPU, MiB, messages/s of one replica, and what is called with which fan-out
SHOP = (
    ("front-end", "Deployment", 300, 256, 120, {"catalogue": 1.4, "carts": 0.6, "user": 0.5, "orders": 0.1, "session-db": 1.0}),
    ("catalogue", "Deployment", 200, 128, 160, {"catalogue-db": 1.0}),
    ("carts", "Deployment", 300, 384, 90, {"carts-db": 1.2}),
    ("user", "Deployment", 200, 128, 110, {"user-db": 1.0}),
    ("orders", "Deployment", 400, 512, 30, {"payment": 1.0, "shipping": 1.0, "orders-db": 2.0}),
    ("payment", "Deployment", 100, 64, 60, {}),
    ("shipping", "Deployment", 200, 256, 60, {"rabbitmq": 1.0}),
    ("queue-master", "DaemonSet", 100, 128, 500, {}),
    ("rabbitmq", "StatefulSet", 400, 512, 400, {"queue-master": 1.0}),
    ("session-db", "StatefulSet", 200, 256, 900, {}),
    ("catalogue-db", "StatefulSet", 300, 512, 700, {}),
    ("carts-db", "StatefulSet", 300, 512, 300, {}),
    ("user-db", "ReplicaSet", 300, 512, 300, {}),
    ("orders-db", "StatefulSet", 300, 512, 120, {}),
)


def shop(folder, seed):
    """A shop much like a well-known one made of socks: thirteen services and a daemon, with every kind of workload a cluster schedules."""
    del seed
    space = "sock-shop"
    nodes = {"store": [node(f"store-{i}", EDGE, rack=f"r{i}") for i in range(1, 4)],
             "metro": [node("metro-a", {"cpu": "16", "memory": "64Gi"}, 3, pool="a"), node("metro-b", {"cpu": "8", "memory": "64Gi"}, 2, pool="b")], "cloud": None}
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
    objects, planned_all = [], []
    for name, kind, cpu, memory, capacity, _ in SHOP:
        extra = {"serviceName": name, "volumeClaimTemplates": [claim]} if kind == "StatefulSet" else {}
        objects += [workload(kind, name, space, cpu, memory, **extra), service(name, space)]
        more = {"availability": "99.9%"} if name in ("front-end", "catalogue", "carts") else {}
        if kind == "DaemonSet":
            more = {"placement": {"require": {"matchLabels": {"tier": "edge"}}}, "replicas": {"min": 2}}
        planned_all.append(planned(kind, name, "app.yaml", capacity, **more))
    objects += [budget("orders", space), budget("carts", space), autoscaler("catalogue", space, 2, 40)]
    connections = [{"from": "shoppers", "to": "front-end", "size": "2kB", "latency": {"limit": "15ms"}}]
    connections += [{"from": name, "to": to, "fanout": fanout, "size": "2kB", "latency": {"limit": "40ms"}} for name, *_, calls in SHOP for to, fanout in calls.items()]
    spec = {"inputs": [{"name": "shoppers", "site": "streets", "rate": "700/s", "size": "2kB"}], "workloads": planned_all, "connections": connections}
    write(folder, "app.yaml", objects)
    write(folder, "pipeline.yaml", [pipeline("sock-shop", space, spec)])
    every = [cluster("store", "edge", 0.06, nodes["store"]), cluster("metro", "metro", 0.045, nodes["metro"]), cluster("cloud", "cloud", 0.03, None)]
    for one in every[:2]:
        one.update(availability="99.9%", nodeAvailability="99.9%")
    links = [{"from": "store", "to": "metro", "latency": "3ms", "bandwidth": "10Gbps", "price": "0.005/GB"},
             {"from": "metro", "to": "cloud", "latency": "20ms", "bandwidth": "10Gbps", "price": "0.02/GB"}]
    write(folder, "topology.yaml", [topology("high-street", every, [{"name": "streets", "cluster": "store", "latency": "1ms"}], links)])


KINDS = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod")


def kinds(folder, seed):
    """Each kind of workload, with more load than one node takes, on nodes of different sizes: one has a taint that only some tolerate, one is cordoned."""
    del seed
    space, names = "kinds", {kind: kind.lower() for kind in KINDS}
    small, big = {"cpu": "4", "memory": "16Gi"}, {"cpu": "8", "memory": "32Gi"}
    site = [node("n1", big, rack="a"), node("n2", small, rack="b"), node("n3", small, rack="c"), node("n4", big, rack="d"), node("n5", big, rack="e")]
    site[3]["taints"] = [{"key": "example.org/reserved", "value": "batch", "effect": "NoSchedule"}]
    site[4]["unschedulable"] = True
    del site[2]["labels"]["kubernetes.io/hostname"]              # its host label is its name, which the topology does not say
    objects, planned_all, connections = [], [], []
    for kind, name in names.items():
        one = workload(kind, name, space, 400, 256, **({"serviceName": name} if kind == "StatefulSet" else {}))
        if kind in ("Job", "CronJob"):
            body = one["spec"] if kind == "Job" else one["spec"]["jobTemplate"]["spec"]
            body["template"]["spec"]["tolerations"] = [{"key": "example.org/reserved", "operator": "Exists"}]
        objects += [one] if kind in ("Job", "CronJob") else [one, service(name, space)]
        planned_all.append(planned(kind, name, "app.yaml", 20, replicas={"min": 2}))
        connections.append({"from": "feed", "to": name, "size": "1kB", "fanout": {"Deployment": 1.4, "StatefulSet": 1.0, "Pod": 0.6}.get(kind, 0.5), "latency": {"limit": "5ms"}})
    objects.append({"apiVersion": "v1", "kind": "List", "items": [budget(names["Deployment"], space), budget(names["StatefulSet"], space)]})
    write(folder, "app.yaml", objects)
    write(folder, "pipeline.yaml", [pipeline("kinds", space, {"inputs": [{"name": "feed", "site": "plant", "rate": "75/s", "size": "1kB"}], "workloads": planned_all,
                                                              "connections": connections})])
    every = [cluster("plant-a", "edge", 0.03, site), cluster("plant-b", "metro", 0.04, [node("b1", big, rack="a"), node("b2", big, rack="b")])]
    links = [{"from": "plant-a", "to": "plant-b", "latency": "1ms", "bandwidth": "10Gbps", "price": "0.001/GB"}]
    write(folder, "topology.yaml", [topology("works", every, [{"name": "plant", "cluster": "plant-a", "latency": "1ms"}], links)])


def large(folder, seed, services=200):
    """Layers of services that call later ones, over four edge sites, a metro site with two pools and a cloud. Traffic enters at every edge."""
    draw = random.Random(seed)
    space, edges = "large", [f"edge-{i}" for i in range(1, 5)]
    every = [cluster(name, "edge", round(0.03 + 0.002 * i, 3), [node(f"{name}-n{j}", {"cpu": str(draw.choice((8, 12))), "memory": "32Gi"}, rack=f"k{j}")
                                                      for j in range(1, 4 + draw.randrange(3))]) for i, name in enumerate(edges)]
    every += [cluster("metro", "metro", 0.04, [node(f"metro-{j}", {"cpu": "12", "memory": "64Gi"}, rack=f"m{j}") for j in range(1, 5)] +
                      [node("metro-pool", {"cpu": "8", "memory": "32Gi"}, 4, pool="shared")]),
              cluster("cloud", "cloud", 0.07, None)]
    links = [{"from": name, "to": "metro", "latency": f"{draw.randrange(2, 8)}ms", "bandwidth": "40Gbps", "price": "0.005/GB"} for name in edges]
    links.append({"from": "metro", "to": "cloud", "latency": "18ms", "bandwidth": "100Gbps", "price": "0.02/GB"})
    names = [f"s{i:03}" for i in range(services)]
    objects, planned_all, connections, called = [], [], [], set()
    inputs = [{"name": f"in-{name}", "site": f"users-{name}", "rate": f"{draw.randrange(400, 900)}/s", "size": "1kB"} for name in edges]
    for one in inputs:
        for to in draw.sample(names[:12], 3):
            connections.append({"from": one["name"], "to": to, "fanout": 0.5, "size": "1kB", "latency": {"limit": "12ms"}})
            called.add(to)
    for i, name in enumerate(names):
        if name not in called:              # by one of the services before it, so that there is something to do
            connections.append({"from": names[draw.randrange(max(0, i - 15), i)] if i else inputs[0]["name"], "to": name, "fanout": 0.6, "size": "1kB", "latency": {"limit": f"{draw.choice((3, 9, 30))}ms"}})
        for to in set(draw.choices(names[i + 1:i + 25], k=draw.randrange(0, 2))) if i + 1 < services else ():
            connections.append({"from": name, "to": to, "fanout": round(draw.uniform(0.1, 0.5), 2), "size": "1kB", "latency": {"limit": f"{draw.choice((3, 9, 30))}ms"}})
            called.add(to)
        kind = draw.choices(("Deployment", "StatefulSet", "ReplicaSet"), (8, 1, 1))[0]
        extra = {"serviceName": name} if kind == "StatefulSet" else {}
        objects += [workload(kind, name, space, draw.choice((100, 200, 250, 400)), draw.choice((64, 128, 256)), **extra), service(name, space)]
        planned_all.append(planned(kind, name, "app.yaml", draw.randrange(15, 60)))
    write(folder, "app.yaml", objects)
    unique = {(one["from"], one["to"]): one for one in connections}
    write(folder, "pipeline.yaml", [pipeline("large", space, {"inputs": inputs, "workloads": planned_all, "connections": list(unique.values())})])
    write(folder, "topology.yaml", [topology("country", every, [{"name": f"users-{name}", "cluster": name, "latency": "1ms"} for name in edges], links)])

# SPDX-License-Identifier: GPL-3.0-or-later
"""Would a difference be noticed? The comparison itself, with pods that nobody scheduled."""
from prove import Failure, compare
from world import Wanted

SITE = {"name": "site", "nodes": [{"name": "a"}, {"name": "b"}, {"name": "pool", "count": 3}]}


def pods(*nodes):
    return [{"metadata": {"name": f"web-{i}", "labels": {"app": "web"}}, "spec": {"nodeName": node} if node else {}} for i, node in enumerate(nodes)]


def wanted(**counts):
    nodes = [{"name": name.replace("_", "-"), "group": "pool" if name.startswith("pool") else name, "replicas": count} for name, count in counts.items()]
    return {("p", "web"): Wanted({"manifest": {"kind": "Deployment", "name": "web"}}, {"replicas": sum(counts.values()), "nodes": nodes})}


# the plan, where the pods are, and what has to be said ("": nothing)
CASES = (
    (wanted(a=2, b=1), pods("a", "b", "a"), ""),
    (wanted(a=2, b=1), pods("a", "b", "b"), "a: 1; b: 2, the plan says a: 2; b: 1"),
    (wanted(a=2, b=1), pods("a", "b", None), "1 of 3 pods pending"),
    (wanted(a=2, b=1), pods("a", "b"), "2 pods instead of 3"),
    (wanted(a=2, b=1), pods("a", "a", "b", "b"), "4 pods instead of 3"),
    (wanted(a=2, b=1), pods("a", "a", "elsewhere"), "another cluster: 1"),
    (wanted(pool_1=1, pool_2=1), pods("pool-3", "pool-1"), ""),
    (wanted(pool_1=1, pool_2=1), pods("pool-3", "pool-3"), "pool: 2, the plan says pool: 1+1"),
    (wanted(pool_1=4), pods("pool-1", "pool-2", "pool-2", "pool-3"), ""),      # four on one of three nameless nodes cannot be asked for
    (wanted(pool_1=4), pods("pool-1", "pool-2", "pool-2", "a"), "pool: 1+2"),
    (wanted(a=1), pods("a") + [{"metadata": {"name": "other", "labels": {}}, "spec": {"nodeName": "a"}}], "that the plan does not know"),
)


def test():
    for plan, found, said in CASES:
        wrong = "\n".join(compare(SITE, plan, found).wrong)
        if bool(said) != bool(wrong) or said not in wrong:
            raise Failure(f"expected {said!r}, got {wrong!r}")
    return f"{len(CASES)} comparisons end as they should"

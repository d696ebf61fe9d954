# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects for other systems: what hkctl decided, in the kinds of Karmada, Open Cluster Management and KubeFed, and the bindings of constraint policies."""
import os

import yaml

import world
from plane import ApiError
from prove import Failure, Site, hkctl

SYSTEMS = ("karmada", "ocm", "kubefed")


def put(site, one):
    """Create, and then the status, which the API server takes by a request of its own only. Unknown fields are errors in both."""
    path = site.path_of(one)
    try:
        site.api.request("POST", path.rsplit("/", 1)[0] + "?fieldValidation=Strict", one)
        if "status" in one:
            site.api.request("PATCH", path + "/status?fieldValidation=Strict", {"status": one["status"]}, "application/merge-patch+json")
            if site.api.get(path).get("status") != one["status"]:
                raise Failure(f"{one['kind']} {one['metadata']['name']}: the server keeps another status")
    except ApiError as error:
        raise Failure(f"{one['kind']} {one['metadata']['name']}: {error}") from error


def known(site, one):
    try:
        return one["kind"] in site.resources(one["apiVersion"])
    except ApiError:
        return False


def put_all(site, objects):
    chosen = [one for one in objects if known(site, one)]
    site.make_namespaces(sorted({one["metadata"].get("namespace", "default") for one in chosen}))
    for one in chosen:
        put(site, one)
    return chosen


def bindings(application):
    """What hkctl check says of the plan itself, when the application has constraint policies."""
    if not any(one.get("kind") == "ConstraintPolicyOffer" for one in world.documents(application.folder)):
        return []
    done = hkctl("check", application.path("plan.yaml"), "--all", "--declared", "-o", "bindings", cwd=application.work, statuses=(0, 6, 7))
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def test(binary, folder, stored, application):
    counts = {}
    with Site(binary, folder, stored, None, []) as site:
        for system in SYSTEMS:
            objects = put_all(site, world.flat(world.documents(application.path("decided", "decisions", system))))
            counts[system] = len(objects)
        found = bindings(application)
        counts["turnbuckle"] = len(put_all(site, world.flat(found)))
        if found and not counts["turnbuckle"]:
            raise Failure("bindings were written, but the API server does not know their kind")
    if not all(counts[system] for system in SYSTEMS):
        raise Failure(f"nothing was applied for some system: {counts}")
    return "taken: " + ", ".join(f"{count} for {system}" for system, count in counts.items() if count)


def kinds():
    return {"ConstraintPolicyBinding"}


def folder_of(application):
    return os.path.join(application.work, "plane-decisions")

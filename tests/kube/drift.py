# SPDX-License-Identifier: GPL-3.0-or-later
"""hkctl diff against what the server has after an apply: its defaults are no drift, and one field that somebody sets is."""
import json
import os

from prove import Failure, hkctl

# One field of each kind that the server has filled in, set to something else, and what is missing from a list of named things.
EDITS = {
    "Deployment": {"spec": {"progressDeadlineSeconds": 601}}, "ReplicaSet": {"spec": {"minReadySeconds": 7}}, "StatefulSet": {"spec": {"revisionHistoryLimit": 3}},
    "DaemonSet": {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 31}}}}, "CronJob": {"spec": {"suspend": True}}, "Job": {"spec": {"backoffLimit": 2}},
    "Service": {"spec": {"publishNotReadyAddresses": True}}, "HorizontalPodAutoscaler": {"spec": {"maxReplicas": 99}}, "PodDisruptionBudget": {"spec": {"unhealthyPodEvictionPolicy": "AlwaysAllow"}},
    "Pod": {"metadata": {"labels": {"app": "another"}}},
}

# What controllers make of what was rendered, often with its labels, and what every cluster has.
BYSTANDERS = {"pods", "replicasets.apps", "controllerrevisions.apps", "jobs.batch", "endpoints", "endpointslices.discovery.k8s.io", "persistentvolumeclaims", "configmaps", "serviceaccounts",
              "services"}


def resource(site, one):
    group = one["apiVersion"].rpartition("/")[0]
    return site.resources(one["apiVersion"])[one["kind"]][0] + (f".{group}" if group else "")


def compare(application, name, files):
    lives = [argument for file in files for argument in ("--live", f"{name}={file}")]
    done = hkctl("diff", application.path("plan.yaml"), *lives, "--mesh", application.mesh, "-o", "json", "--detailed-exitcode", cwd=application.work, statuses=(0, 6))
    return json.loads(done.stdout), done


def say(drift):
    return "\n".join(f"  {one['action']} {one['kind']} {one['name']}: " + (one["note"] or "") +
                     "; ".join(f"{field['path']}: {field['before']} -> {field['after']}" for field in one["fields"]) for one in drift[:40])


def leaves(value, path=()):
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, path + (key,))]
    return [".".join(path)]


def demand_none(site, application, name, objects):
    """Saved as kubectl prints them, in both formats."""
    kinds = sorted({resource(site, one) for one in objects} | BYSTANDERS)
    for form in ("yaml", "json"):
        file = application.path(f"live-{name}.{form}")
        with open(file, "w", encoding="utf-8") as saved:
            saved.write(site.plane.kubectl("get", ",".join(kinds), "--all-namespaces", "-o", form).stdout)
        answer, done = compare(application, name, [file])
        summary = answer["summary"]
        if answer["drift"] or done.returncode != 0 or "warning" in done.stderr:
            raise Failure(f"hkctl diff finds drift in what was just applied ({form}, status {done.returncode}):\n{say(answer['drift'])}\n{done.stderr[:2000]}")
        if summary["liveCompared"] != len(objects) or summary["liveUnknown"]:
            raise Failure(f"hkctl diff compared {summary['liveCompared']} of {len(objects)} objects; of {summary['liveUnknown']} nothing is known")
    return file


def demand_edits(site, application, name, objects, file):
    """What the server would have after an edit, of one object of each kind at a time."""
    with open(file, encoding="utf-8") as saved:
        live = json.load(saved)
    tried = set()
    for one in objects:
        kind, meta = one["kind"], one["metadata"]
        if kind in tried or kind not in EDITS:
            continue
        tried.add(kind)
        patch = EDITS[kind]
        edited = site.api.request("PATCH", site.path_of(one) + "?dryRun=All&fieldValidation=Strict", patch, "application/merge-patch+json")
        path = application.path(f"edited-{name}.json")
        with open(path, "w", encoding="utf-8") as saved:
            items = [edited if (it["kind"], it["metadata"]["name"]) == (kind, meta["name"]) else it for it in live["items"]]
            json.dump({**live, "items": items}, saved)
        answer, done = compare(application, name, [path])
        want = [(kind, meta["name"], leaves(patch))]
        got = [(found["kind"], found["name"], [field["path"] for field in found["fields"]]) for found in answer["drift"]]
        if got != want or done.returncode != 6:
            raise Failure(f"somebody edits {want}; hkctl diff says (status {done.returncode}) {got}")
        os.remove(path)
    return len(tried)


def test(site, application, name, objects):
    file = demand_none(site, application, name, objects)
    return f"no drift in what was applied, one edit of {demand_edits(site, application, name, objects, file)} kinds found"

# SPDX-License-Identifier: GPL-3.0-or-later
"""The custom resource definitions of others, installed once; and whether the API server is strict at all."""
import glob
import os

import yaml

from plane import ApiError, Plane
from prove import Failure

GOOD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: strict}
spec:
  replicas: 0
  selector: {matchLabels: {app: strict}}
  template:
    metadata: {labels: {app: strict}}
    spec: {containers: [{name: c, image: registry.example.org/strict:1.0}]}
"""
BAD = (("spec.replcas", GOOD.replace("replicas:", "replcas:")), ("nodeAfinity", GOOD.replace("    spec: {", "    spec: {affinity: {nodeAfinity: {}}, ")),
       ("already set", GOOD.replace("  replicas: 0", "  replicas: 0\n  replicas: 1")))
PATH = "/apis/apps/v1/namespaces/default/deployments?fieldValidation=Strict"


# Kinds whose definitions are not among the contracts: taken with whatever they hold, so that what is rendered beside them can be applied as it is.
STAND_INS = (("networkservicemesh.io", "v1", "NetworkService", "networkservices"), ("k8s.cni.cncf.io", "v1", "NetworkAttachmentDefinition", "network-attachment-definitions"),
             ("kubevirt.io", "v1", "VirtualMachine", "virtualmachines"))


def stand_in(group, version, kind, plural):
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.{group}"},
            "spec": {"group": group, "scope": "Namespaced", "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
                     "versions": [{"name": version, "served": True, "storage": True, "schema": schema}]}}


def established(plane, names):
    found = {one["metadata"]["name"]: one.get("status", {}).get("conditions") or [] for one in plane.client().items("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")}
    return all(any(c["type"] == "Established" and c["status"] == "True" for c in found.get(name, ())) for name in names)


def install(binary, folder, crds, wanted):
    """The definitions of the kinds that were rendered. Leaves folder/etcd, from which other planes start."""
    names = []
    with Plane(binary, folder) as plane:
        for path in sorted(glob.glob(os.path.join(crds, "*", "*.yaml"))):
            with open(path, encoding="utf-8") as file:
                documents = [one for one in yaml.safe_load_all(file) if isinstance(one, dict) and one.get("kind") == "CustomResourceDefinition"]
            for one in documents:
                if one["apiVersion"] != "apiextensions.k8s.io/v1":      # the server that knew v1beta1 is long gone
                    continue
                if one["spec"]["names"]["kind"] not in wanted:
                    continue
                one.pop("status", None)
                plane.client().request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", one)
                names.append(one["metadata"]["name"])
        for group, version, kind, plural in STAND_INS:
            if kind in wanted:
                plane.client().request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", stand_in(group, version, kind, plural))
                names.append(f"{plural}.{group}")
        plane.wait("the definitions are established", lambda: established(plane, names))
    return f"{len(names)} custom resource definitions"


def refusal(plane, text):
    """What the API server says to an object; "" when it takes it. kubectl drops repeated fields before it asks, so this asks directly."""
    try:
        plane.client().request("POST", PATH, text, "application/yaml")
        return ""
    except ApiError as error:
        return str(error)


def strictness(binary, folder, stored):
    with Plane(binary, folder, stored) as plane:
        for what, text in BAD:
            if what not in refusal(plane, text):
                raise Failure(f"the API server took an object with a fault ({what})")
        path = os.path.join(folder, "object.yaml")
        for what, text in (BAD[0], ("", GOOD)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            done = plane.kubectl("apply", "--validate=strict", "-f", path, check=False)
            if bool(done.returncode) != bool(what) or what not in done.stderr:
                raise Failure(f"kubectl ended with status {done.returncode} for an object {'with a fault (' + what + ')' if what else 'without fault'}\n{done.stderr}")
    return "unknown, misspelt and repeated fields are refused by the API server itself"

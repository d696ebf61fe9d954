# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kubelet would report, without one: bound pods are running and ready, deleted pods are gone, volumes that the scheduler chose a node for exist.

Nothing here binds a pod: that is the scheduler's, and what the test is about.
"""
import http.client
import threading

from plane import ApiError

STORAGE_CLASS = "test"


def storage_class():
    return {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "hkctl.dev/test", "volumeBindingMode": "WaitForFirstConsumer",
            "metadata": {"name": STORAGE_CLASS, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}}


def running(pod):
    now = pod["metadata"]["creationTimestamp"]
    conditions = [{"type": name, "status": "True", "lastTransitionTime": now} for name in ("PodScheduled", "Initialized", "ContainersReady", "Ready")]
    containers = [{"name": one["name"], "image": one.get("image", ""), "imageID": "", "containerID": "test://" + one["name"], "ready": True, "started": True,
                   "restartCount": 0, "state": {"running": {"startedAt": now}}} for one in pod["spec"]["containers"]]
    return {"status": {"phase": "Running", "conditions": conditions, "containerStatuses": containers, "startTime": now, "podIP": "10.1.0.1", "podIPs": [{"ip": "10.1.0.1"}]}}


def volume(claim):
    meta = claim["metadata"]
    node = meta["annotations"]["volume.kubernetes.io/selected-node"]
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv-" + meta["uid"], "annotations": {"pv.kubernetes.io/provisioned-by": "hkctl.dev/test"}},
            "spec": {"capacity": claim["spec"]["resources"]["requests"], "accessModes": claim["spec"]["accessModes"], "storageClassName": STORAGE_CLASS,
                     "persistentVolumeReclaimPolicy": "Retain", "local": {"path": "/data/" + meta["uid"]}, "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}},
                     "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}}}


class Kubelet:
    """with Kubelet(plane): ..."""

    def __init__(self, plane):
        self.plane, self.stopped, self.connections, self.threads, self.problem = plane, False, [], [], None

    def on_pod(self, client, pod):
        meta = pod["metadata"]
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
        if meta.get("deletionTimestamp"):
            client.request("DELETE", path + "?gracePeriodSeconds=0")
        elif pod["spec"].get("nodeName") and pod.get("status", {}).get("phase") == "Pending":
            client.request("PATCH", path + "/status", running(pod), "application/strategic-merge-patch+json")

    def on_claim(self, client, claim):
        if claim["spec"].get("volumeName") or "volume.kubernetes.io/selected-node" not in claim["metadata"].get("annotations", {}):
            return
        client.request("POST", "/api/v1/persistentvolumes", volume(claim))

    def follow(self, path, act):
        client = self.plane.client()
        while not self.stopped:
            try:
                listed = client.get(path)
                for item in listed.get("items") or []:
                    self.carry_out(act, client, item)
                connection, events = self.plane.client().watch(f"{path}?watch=1&resourceVersion={listed['metadata']['resourceVersion']}")
                self.connections.append(connection)
                for event in events:
                    if event["type"] == "ERROR":
                        break
                    if event["type"] != "DELETED":
                        self.carry_out(act, client, event["object"])
            except (OSError, ValueError, AttributeError, ApiError, http.client.HTTPException) as error:
                if not self.stopped:
                    self.problem = error

    def carry_out(self, act, client, item):
        try:
            act(client, item)
        except ApiError as error:
            if error.status not in (404, 409):      # gone, or changed since: the next event says what it is now
                raise

    def __enter__(self):
        self.plane.client().request("POST", "/apis/storage.k8s.io/v1/storageclasses", storage_class())
        for path, act in (("/api/v1/pods", self.on_pod), ("/api/v1/persistentvolumeclaims", self.on_claim)):
            thread = threading.Thread(target=self.follow, args=(path, act), daemon=True)
            thread.start()
            self.threads.append(thread)
        return self

    def __exit__(self, *ended):
        self.stopped = True
        for connection in self.connections:
            try:
                connection.sock and connection.sock.shutdown(2)
            except OSError:
                pass

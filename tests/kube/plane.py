# SPDX-License-Identifier: GPL-3.0-or-later
"""A control plane on loopback: etcd, kube-apiserver, kube-scheduler and kube-controller-manager, in a folder of their own, gone when the block ends."""
import ctypes
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import time

START_SECONDS = 120


def end_with_parent():
    """In a new process: nothing may outlive the runner, not even when it is killed without a chance to clean up."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class ApiError(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body[:600]}")
        self.status = status


class Client:
    """One connection to the API server. Not shared between threads."""

    def __init__(self, port, ca, token):
        self.port, self.ca, self.token, self.connection = port, ca, token, None

    def connect(self):
        context = ssl.create_default_context(cafile=self.ca)
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=60)

    def request(self, method, path, body=None, kind="application/json"):
        headers = {"Authorization": "Bearer " + self.token, "Content-Type": kind, "Accept": "application/json"}
        data = body if body is None or isinstance(body, str) else json.dumps(body)
        for attempt in (1, 2):
            try:
                self.connection = self.connection or self.connect()
                self.connection.request(method, path, data, headers)
                answer = self.connection.getresponse()
                text = answer.read().decode()
                break
            except (http.client.HTTPException, ConnectionError, ssl.SSLError):      # a server that is busy drops connections
                self.connection = None
                if attempt == 2:
                    raise
        if answer.status >= 300:
            raise ApiError(answer.status, text)
        return json.loads(text) if text[:1] in "{[" else text

    def get(self, path):
        return self.request("GET", path)

    def items(self, path):
        return self.get(path).get("items") or []

    def watch(self, path):
        """Events from now on; the connection is its own."""
        connection = self.connect()
        connection.timeout = None
        connection.request("GET", path, headers={"Authorization": "Bearer " + self.token})
        answer = connection.getresponse()
        if answer.status >= 300:
            raise ApiError(answer.status, answer.read().decode())
        return connection, (json.loads(line) for line in answer)


def free_ports(count):
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


class Plane:
    """with Plane(binary, folder) as plane: ...

    `stored`, when given, is a folder of etcd's that a plane stopped before left: its objects (custom resource definitions) are there from the start.
    """

    def __init__(self, binary, folder, stored=None):
        self.binary, self.folder, self.stored = binary, folder, stored
        self.processes, self.token = [], secrets.token_hex(16)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def client(self):
        return Client(self.port, self.path("pki", "apiserver.crt"), self.token)

    def start(self, program, *flags):
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": self.folder, "TMPDIR": self.folder, "NO_PROXY": "127.0.0.1"}
        with open(self.path(program + ".log"), "ab") as log:
            process = subprocess.Popen([self.binary, program, *flags], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=end_with_parent)
        self.processes.append((program, process))

    def check(self):
        for program, process in self.processes:
            if process.poll() is not None:
                with open(self.path(program + ".log"), encoding="utf-8", errors="replace") as log:
                    raise RuntimeError(f"{program} ended with status {process.returncode}:\n{''.join(log.readlines()[-15:])}")

    def wait(self, what, ready, seconds=START_SECONDS):
        end = time.monotonic() + seconds
        while True:
            self.check()
            try:
                answer = ready()
                if answer:
                    return answer
            except (OSError, ApiError, http.client.HTTPException):
                pass
            if time.monotonic() > end:
                raise RuntimeError(f"{what}: not within {seconds} s")
            time.sleep(0.1)

    def start_etcd(self):
        store, peers = free_ports(2)
        if self.stored:
            shutil.copytree(self.stored, self.path("etcd"))
        url = f"http://127.0.0.1:{store}"
        peer = f"http://127.0.0.1:{peers}"
        # Nothing here outlives the test, so nothing waits for the disk.
        self.start("etcd", "--data-dir=" + self.path("etcd"), "--listen-client-urls=" + url, "--advertise-client-urls=" + url, "--listen-peer-urls=" + peer,
                   "--initial-advertise-peer-urls=" + peer, "--initial-cluster=default=" + peer, "--force-new-cluster=" + str(bool(self.stored)).lower(),
                   "--unsafe-no-fsync=true", "--log-level=error")
        return url

    def start_apiserver(self, store):
        self.port, = free_ports(1)
        with open(self.path("signing.key"), "wb") as file:
            subprocess.run([self.binary, "signing-key"], stdout=file, check=True)
        with open(self.path("tokens.csv"), "w", encoding="utf-8") as file:
            file.write(f"{self.token},admin,admin,system:masters\n")
        self.start("kube-apiserver", "--etcd-servers=" + store, "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", f"--secure-port={self.port}",
                   "--cert-dir=" + self.path("pki"), "--token-auth-file=" + self.path("tokens.csv"), "--authorization-mode=RBAC",
                   "--service-account-issuer=https://kubernetes.default.svc", "--service-account-signing-key-file=" + self.path("signing.key"),
                   "--service-account-key-file=" + self.path("signing.key"), "--service-cluster-ip-range=10.0.0.0/16", "--endpoint-reconciler-type=none",
                   "--watch-cache=true", "--allow-privileged=true", "--max-requests-inflight=800", "--v=0")

    def write_kubeconfig(self):
        config = {"apiVersion": "v1", "kind": "Config", "current-context": "test",
                  "clusters": [{"name": "test", "cluster": {"server": f"https://127.0.0.1:{self.port}", "certificate-authority": self.path("pki", "apiserver.crt")}}],
                  "users": [{"name": "admin", "user": {"token": self.token}}], "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}]}
        with open(self.path("kubeconfig"), "w", encoding="utf-8") as file:
            json.dump(config, file)

    def start_controllers(self):
        common = ("--kubeconfig=" + self.path("kubeconfig"), "--leader-elect=false", "--secure-port=0", "--kube-api-qps=400", "--kube-api-burst=800", "--v=0")
        self.start("kube-scheduler", *common)
        # No kubelet renews a lease here: the nodes are as the topology says for as long as the test runs.
        self.start("kube-controller-manager", *common, "--node-monitor-grace-period=24h", "--service-account-private-key-file=" + self.path("signing.key"),
                   "--concurrent-deployment-syncs=10", "--concurrent-replicaset-syncs=10")

    def __enter__(self):
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        try:
            self.start_apiserver(self.start_etcd())
            self.wait("the API server is ready", lambda: os.path.exists(self.path("pki", "apiserver.crt")) and self.client().get("/readyz") == "ok")
            self.write_kubeconfig()
            self.start_controllers()
            self.wait("the default service account", lambda: self.client().get("/api/v1/namespaces/default/serviceaccounts/default"))
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *ended):
        self.stop()

    def stop(self):
        """The store last, so that what it holds is whole."""
        for _, process in reversed(self.processes):
            try:
                os.killpg(process.pid, signal.SIGTERM if process is self.processes[0][1] else signal.SIGKILL)
            except ProcessLookupError:
                pass
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes = []

    def kubectl(self, *arguments, check=True):
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": self.folder, "KUBECONFIG": self.path("kubeconfig"), "NO_PROXY": "127.0.0.1"}
        done = subprocess.run([self.binary, "kubectl", *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"kubectl {' '.join(arguments[:6])}: status {done.returncode}\n{done.stderr.strip()[:4000]}")
        return done

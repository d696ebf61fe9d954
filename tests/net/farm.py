#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network devices for tests: farm.py DIRECTORY KIND... starts, for each KIND (candidate, running, startup, old, shapes, shapes-running), a netconfd behind an sshd on a free
loopback port, writes DIRECTORY/topology.yaml that names them dev-0, dev-1 ... with what it takes to log in, says "ready", and stops everything when
its standard input ends. Ends with status 77 and the reason where the programs are missing. Commands on standard input: "kill N" and "start N"
(sshd and its sessions), "value N LINK LEAF" (what the server's running configuration holds, read behind hkctl's back), "shapes N" (all of that module), "hold N DATASTORE" and "dirty N
VALUE" (somebody else's session takes a lock, or leaves an edit in the candidate), "leave N" (that session ends)."""
import ctypes
import getpass
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

MODULE = """module hk-wan {
  namespace "urn:example:hk-wan"; prefix wan; revision 2026-01-01;
  container links { list link { key name;
    leaf name { type string; }
    leaf bandwidth { type uint64; }
    leaf latency { type decimal64 { fraction-digits 3; } }
    leaf-list tag { type string; } } }
}
"""
# What wan links do not have: several keys, cases of a choice, presence, items of leaf-lists, and what another module adds.
SHAPES = """module hk-shapes {
  namespace "urn:example:hk-shapes"; prefix sh; revision 2026-01-01;
  container shapes { list tunnel { key "site vlan";
    leaf site { type string; } leaf vlan { type uint16; } leaf rate { type uint32; } leaf on { type boolean; } leaf dec { type decimal64 { fraction-digits 2; } }
    choice mode { case shape { leaf shaper { type string; } leaf burst { type uint32; } } case drop { leaf policer { type string; } } }
    leaf-list dscp { type uint8; } container guard { presence "on"; leaf limit { type uint32; } } } }
}
"""
MORE = """module hk-more {
  namespace "urn:example:hk-more"; prefix mo; import hk-shapes { prefix sh; } revision 2026-01-01;
  augment "/sh:shapes/sh:tunnel" { leaf colour { type string; } list hop { key "address port"; leaf address { type string; } leaf port { type uint16; } leaf weight { type uint8; } } }
}
"""
OPTIONS = {
    "candidate": ["--target=candidate", "--with-startup=false"],
    "running": ["--target=running", "--with-startup=false"],
    "startup": ["--target=running", "--with-startup=true"],
    "shapes": ["--target=candidate", "--with-startup=false"],
    "shapes-running": ["--target=running", "--with-startup=false"],
    "old": ["--target=candidate", "--protocols=netconf1.0"],
}
NETCONFD, SUBSYSTEM, SSHD = "/usr/sbin/netconfd", "/usr/sbin/netconf-subsystem", "/usr/sbin/sshd"


def end_with_us():
    """PR_SET_PDEATHSIG: a test that is killed leaves nothing behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, test):
    for _ in range(1000):
        if test():
            return
        time.sleep(0.01)
    raise SystemExit(f"farm: {what} did not come up")


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def family(pid):
    """A process, its children, theirs ..."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as f:
                parents.setdefault(int(f.read().rpartition(")")[2].split()[1]), []).append(int(name))
        except OSError:
            pass
    found = [pid]
    for one in found:
        found.extend(parents.get(one, []))
    return found


class Session:
    """A NETCONF session of our own, beside SSH."""
    BASE = 'xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"'

    def __init__(self, device):
        self.process = subprocess.Popen([SUBSYSTEM, f"--ncxserver-sockname={device.port}@{device.socket}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env={"SSH_CONNECTION": f"127.0.0.1 1 127.0.0.1 {device.port}", "USER": getpass.getuser()})
        self.exchange(f"<hello {self.BASE}><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>")
        time.sleep(0.1)

    def exchange(self, text):
        """One message at a time: what comes behind another in the same read is dropped by the subsystem program."""
        self.process.stdin.write((text + "]]>]]>").encode())
        self.process.stdin.flush()
        reply = b""
        while not reply.rstrip().endswith(b"]]>]]>"):
            if not select.select([self.process.stdout], [], [], 5)[0]:
                break
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                break
            reply += more
        return reply.decode()

    def ask(self, body):
        return self.exchange(f'<rpc message-id="1" {self.BASE}>{body}</rpc>')

    def close(self):
        self.process.kill()
        self.process.wait()


class Device:
    def __init__(self, farm, number, kind):
        self.farm, self.number, self.kind, self.port = farm, number, kind, free_port()
        self.directory = os.path.join(farm, f"dev-{number}")
        os.mkdir(self.directory)
        # a socket's path has room for 100 letters, and a test's directory may be longer
        self.socket = f"/tmp/hk-farm-{os.getpid()}-{number}"
        self.sshd = self.other = None
        self.serve()
        self.configure()
        self.listen()

    def serve(self):
        modules = {"hk-wan": MODULE, **({"hk-shapes": SHAPES, "hk-more": MORE} if self.kind.startswith("shapes") else {})}
        for name, text in modules.items():
            with open(os.path.join(self.directory, f"{name}.yang"), "w") as f:
                f.write(text)
        self.netconfd = subprocess.Popen(
            [NETCONFD, *(f"--module={name}" for name in modules), f"--modpath={self.directory}:/usr/share/yuma/modules", "--no-startup", *OPTIONS[self.kind],
             f"--superuser={getpass.getuser()}", f"--port={self.port}", "--access-control=off", f"--ncxserver-sockname={self.socket}",
             f"--log={self.directory}/log"], cwd=self.directory, env={"HOME": self.directory}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, preexec_fn=end_with_us)
        wait_for("netconfd", lambda: os.path.exists(self.socket))

    def configure(self):
        key = os.path.join(self.directory, "host_key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        with open(os.path.join(self.directory, "sshd_config"), "w") as f:
            f.write(f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {key}\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n"
                    f"AuthorizedKeysFile {self.farm}/user_key.pub\nPasswordAuthentication no\nMaxStartups 100\nMaxSessions 100\n"
                    f"SetEnv HOME={self.directory}\n"       # what the account's shell reads when it starts is nothing a test wants to wait for
                    f"Subsystem netconf {SUBSYSTEM} --ncxserver-sockname={self.port}@{self.socket}\n")       # quotes would reach the shell since OpenSSH 9.5
        with open(key + ".pub") as f:
            self.host_key = " ".join(f.read().split()[:2])

    def listen(self):
        with open(os.path.join(self.directory, "sshd.log"), "a") as log:
            self.sshd = subprocess.Popen([SSHD, "-D", "-e", "-f", os.path.join(self.directory, "sshd_config")], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                         start_new_session=True, preexec_fn=end_with_us)
        wait_for("sshd", lambda: listens(self.port))

    def cut(self):
        """Stop listening and end every session, as a device does that loses its power supply or its link."""
        for pid in family(self.sshd.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        self.sshd.wait()

    def greets(self):
        """Whether the server says hello to its own program."""
        process = subprocess.Popen([SUBSYSTEM, f"--ncxserver-sockname={self.port}@{self.socket}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env={"SSH_CONNECTION": f"127.0.0.1 1 127.0.0.1 {self.port}", "USER": getpass.getuser()})
        ready = select.select([process.stdout], [], [], 10)[0]
        said = ready and os.read(process.stdout.fileno(), 10)
        process.kill()
        process.wait()
        return bool(said)

    def running(self):
        """What runs, without SSH and without a line of hkctl."""
        reply = ""
        session = Session(self)
        for _ in range(5):
            time.sleep(0.1)
            reply = session.ask("<get-config><source><running/></source></get-config>")
            if "</data>" in reply or "<data/>" in reply or "<data " in reply:
                break
        session.close()
        return reply

    def shapes(self):
        found = re.search(r"<shapes.*</shapes>", self.running(), re.S)
        return re.sub(r">\s+<", "><", found.group()).replace("\n", " ") if found else "none"

    def value(self, link, leaf):
        reply = self.running()
        entry = re.search(rf"<(?:\w+:)?link[^>]*>\s*<(?:\w+:)?name>{re.escape(link)}</.*?</(?:\w+:)?link>", reply, re.S)
        found = entry and re.search(rf"<(?:\w+:)?{leaf}>([^<]*)<", entry.group())
        return found.group(1) if found else "absent"

    def hold(self, datastore):
        """Somebody else's session that has a lock."""
        self.other = Session(self)
        return self.other.ask(f"<lock><target><{datastore}/></target></lock>")

    def dirty(self, value):
        """Somebody else's edit that nobody committed."""
        self.other = Session(self)
        return self.other.ask("<edit-config><target><candidate/></target><config><links xmlns='urn:example:hk-wan'><link><name>theirs</name>"
                              f"<bandwidth>{value}</bandwidth></link></links></config></edit-config>")

    def leave(self):
        self.other.close()

    def stop(self):
        self.cut()
        self.netconfd.kill()
        self.netconfd.wait()
        if os.path.exists(self.socket):
            os.unlink(self.socket)


def write_topology(farm, devices):
    with open(os.path.join(farm, "known_hosts"), "w") as f:
        f.writelines(f"[127.0.0.1]:{d.port} {d.host_key}\n" for d in devices)
    with open(os.path.join(farm, "topology.yaml"), "w") as f:
        f.write("apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: farm}\nspec:\n  clusters: [{name: edge, tier: edge}, {name: cloud, tier: cloud}]\n  controllers:\n")
        for d in devices:
            more = ", sh: 'urn:example:hk-shapes', mo: 'urn:example:hk-more'" if d.kind.startswith("shapes") else ""
            f.write(f"  - name: dev-{d.number}\n    protocol: netconf\n    ssh: {{host: 127.0.0.1, port: {d.port}, user: {getpass.getuser()}, "
                    f"identityFile: {farm}/user_key, knownHosts: {farm}/known_hosts}}\n    models: {{wan: 'urn:example:hk-wan'{more}}}\n    link:\n      settings:\n"
                    "      - {object: \"/wan:links/link[name='{from}--{to}']/bandwidth\", value: {of: bandwidth, unit: kbit/s}}\n"
                    "      - {object: \"/wan:links/link[name='{from}--{to}']/latency\", value: {of: latency, unit: ms, decimals: 3}}\n")


def main():
    farm, kinds = os.path.abspath(sys.argv[1]), sys.argv[2:]
    for program, package in ((NETCONFD, "netconfd"), (SUBSYSTEM, "netconfd"), (SSHD, "openssh-server")):
        if not os.access(program, os.X_OK):
            print(f"{package} is not installed (sh scripts/setup.sh test)")
            return 77
    if os.getuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    os.makedirs(farm, exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(farm, "user_key")], check=True)
    devices = []
    try:
        for number, kind in enumerate(kinds):
            devices.append(Device(farm, number, kind))
        if devices and not devices[0].greets():
            print("netconfd is installed, and does not say hello to its own subsystem program")
            return 77
        write_topology(farm, devices)
        print("ready", flush=True)
        for line in sys.stdin:
            words = line.split()
            if words[0] == "kill":
                devices[int(words[1])].cut()
                print("done", flush=True)
            elif words[0] == "start":
                devices[int(words[1])].listen()
                print("done", flush=True)
            elif words[0] in ("hold", "dirty"):
                device = devices[int(words[1])]
                print("done" if "<ok/>" in (device.hold if words[0] == "hold" else device.dirty)(words[2]) else "refused", flush=True)
            elif words[0] == "leave":
                devices[int(words[1])].leave()
                print("done", flush=True)
            elif words[0] == "shapes":
                print(devices[int(words[1])].shapes(), flush=True)
            elif words[0] == "value":
                print(devices[int(words[1])].value(words[2], words[3]), flush=True)
    finally:
        for device in devices:
            device.stop()
    return 0


if __name__ == "__main__":
    if shutil.which("ssh-keygen") is None:
        print("openssh-client is not installed (sh scripts/setup.sh test)")
        sys.exit(77)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())

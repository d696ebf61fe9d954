#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices that are spoken to by commands, for tests: cli_farm.py DIRECTORY KIND... starts, for each KIND, the real thing, with an sshd of its own on a free loopback port in front of it:

  linux      tc and ip in a network namespace: htb classes on one end of a veth pair
  frr        zebra, staticd and ospfd in a network namespace, with sockets and files of their own
  ovs        ovsdb-server and ovs-vswitchd without kernel module (datapath of type dummy)
  delayed    the same, with two links to a server in another namespace, whose delays can be set: over `first` it goes unless a route says otherwise, `second` has an htb class
  box        a shell script that keeps values in files, and fails or lies when it is told to (protocol generic)
  candidate  netconfd, as farm.py starts it

Writes DIRECTORY/topology.yaml with controllers of these names, says "ready", and stops everything when its standard input ends. Ends with status 77 and the reason where something is
missing. Commands on standard input: "cut KIND" and "start KIND" (sshd and its sessions; what runs in them goes on), "ask KIND WORD..." (a program on the device, behind hkctl's back: its
output in one line), "delay KIND LINK MILLISECONDS" and "rtt KIND" (in milliseconds), "flows" (of ovs), "states" (changes that wait to be confirmed)."""
import getpass
import glob
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

import farm as netconf
from delay_link import DelayLinks, Echo
from farm import SSHD, end_with_us, free_port, listens, wait_for

FRR = "/usr/lib/frr"
BOX = """#!/bin/sh
# box get NAME | box set NAME VALUE | box unset NAME, with values in files beside it. A file `fault` says what is wrong with it.
d=${0%/*}
fault=$(cat "$d/fault" 2>/dev/null) || :
case $1 in
get) if [ -e "$d/value.$2" ]; then printf 'the value of %s is "%s"\\n' "$2" "$(cat "$d/value.$2")"; else echo "nothing of that name"; fi; exit 0 ;;
esac
case $fault in
fail) echo 'it is broken' >&2; exit 7 ;;
fail-"$2") echo "$2 is broken" >&2; exit 7 ;;
lie) exit 0 ;;
complain) echo '% will not do that'; exit 0 ;;
slow) sleep 3 ;;
esac
case $1 in
set) printf %s "$3" >"$d/value.$2" ;;
unset) rm -f "$d/value.$2" ;;
esac
"""
TABLE = """
    dialect:
      strategy: values of a box
      failed: "^%"
      objects:
      - object: "value/{name}"
        value: {type: text, pattern: "^[ -~]+$"}
        read: [box, get, "{name}"]
        line: 'the value of {name} is {value}'
        set: [[box, set, "{name}", "{value}"]]
        delete: [[box, unset, "{name}"]]
"""
OWN_TABLE = """
    dialect:
      failed: "^line [0-9]+: %"
      together: {first: [vtysh, -c, configure terminal], each: [-c]}
      rehearse: [vtysh, -C, -f]
      objects:
      - object: "interface/{interface}/hello"
        value: {type: integer}
        read: [vtysh, -c, show running-config]
        within: "interface {interface}"
        line: "ip ospf hello-interval {value}"
        set: [["interface {interface}"], ["ip ospf hello-interval {value}"], [exit]]
        delete: [["interface {interface}"], [no ip ospf hello-interval], [exit]]
"""
FLOWS = """
    dialect:
      strategy: bundles of ovs-ofctl
      failed: "^Error "
      lines: [ovs-ofctl, -O, OpenFlow14, --bundle, add-flows, BRIDGE]
      objects:
      - object: "in-port/{port}/queue"
        where: {port: integer}
        value: {type: integer, max: 65535}
        read: [ovs-ofctl, -O, OpenFlow14, --no-stats, dump-flows, BRIDGE, "in_port={port}"]
        line: "... priority=100,in_port={port} actions=set_queue:{value},NORMAL"
        set: [[add, "priority=100,in_port={port},actions=set_queue:{value},normal"]]
        delete: [[delete_strict, "priority=100,in_port={port}"]]
      - object: "in-port/{port}/meter"
        where: {port: integer}
        value: {type: integer}
        read: [ovs-ofctl, -O, OpenFlow14, --no-stats, dump-flows, BRIDGE, "in_port={port}"]
        line: "... priority=200,in_port={port} actions=meter:{value},NORMAL"
        set: [[add, "priority=200,in_port={port},actions=meter:{value},normal"]]
        delete: [[delete_strict, "priority=200,in_port={port}"]]
"""


def run(words, **more):
    done = subprocess.run(words, capture_output=True, text=True, check=False, **more)
    if done.returncode:
        raise SystemExit(f"cli_farm: {' '.join(words)}: {done.stderr or done.stdout}")
    return done.stdout


class Device:
    """An sshd, and what a test wants to have behind it."""
    protocol, extra = "generic", ""

    def __init__(self, farm, kind):
        self.farm, self.kind, self.port = farm, kind, free_port()
        self.directory = os.path.join(farm, kind)
        os.mkdir(self.directory)
        self.processes = []
        self.programs = {}
        self.sshd = None
        self.serve()
        self.configure()
        self.listen()

    def start(self, words, **more):
        with open(os.path.join(self.directory, "log"), "a") as log:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=end_with_us, **more)
        self.processes.append(process)
        return process

    def serve(self):
        raise NotImplementedError

    configure = netconf.Device.configure
    listen = netconf.Device.listen

    @property
    def socket(self):
        return "none"

    def cut(self):
        """The listener and every session of it: their programs lose their connection and go on, as when a cable is pulled."""
        children = {}
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/stat") as f:
                    name, rest = f.read().rsplit(") ", 1)
            except (OSError, ValueError):
                continue
            children.setdefault(int(rest.split()[1]), []).append((int(entry), name.split("(", 1)[1]))
        doomed, todo = [], [self.sshd.pid]
        while todo:
            for pid, name in children.get(todo.pop(), []):
                if name.startswith("sshd"):
                    doomed.append(pid)
                    todo.append(pid)
        self.sshd.kill()
        for pid in doomed:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        self.sshd.wait()

    def ask(self, words):
        words = self.programs.get(words[0], words[:1]) + words[1:]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        return " | ".join(line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip())

    def stop(self):
        if self.sshd:
            self.cut()
        for process in self.processes:
            process.kill()
            process.wait()

    def entry(self):
        programs = "".join(f"      {name}: {words}\n" for name, words in self.programs.items())
        return (f"  - name: {self.kind}\n    protocol: {self.protocol}\n    ssh: {{host: 127.0.0.1, port: {self.port}, user: {getpass.getuser()}, "
                f"identityFile: {self.farm}/user_key, knownHosts: {self.farm}/known_hosts}}\n    stateDirectory: {self.farm}/states\n" + ("    programs:\n" + programs if programs else "") + self.extra)


class Box(Device):
    extra = TABLE

    def serve(self):
        path = os.path.join(self.directory, "box")
        with open(path, "w") as f:
            f.write(BOX)
        self.programs = {"box": ["sh", path]}


class InNamespace(Device):
    """Something in a network namespace that lives as long as one process does."""

    def enter(self):
        holder = self.start(["unshare", "--net", "sleep", "infinity"])
        own = os.readlink("/proc/self/ns/net")
        wait_for("the network namespace", lambda: os.readlink(f"/proc/{holder.pid}/ns/net") != own)
        inside = ["nsenter", f"--net=/proc/{holder.pid}/ns/net"]
        run([*inside, "ip", "link", "set", "lo", "up"])
        return inside


class Linux(InNamespace):
    protocol = "linux"
    extra = ("    link:\n      settings:\n      - {object: dev/wan0/class/1:10/rate, value: {of: bandwidth, unit: bit/s}}\n"
             "      - {object: dev/wan0/class/1:10/ceil, value: {of: bandwidth, unit: bit/s}}\n")

    def serve(self):
        inside = self.enter()
        for words in ("ip link add wan0 type veth peer name wan1", "ip addr add 10.9.0.1/24 dev wan0", "ip link set wan0 up", "ip link set wan1 up",
                      "tc qdisc add dev wan0 root handle 1: htb default 10", "tc class add dev wan0 parent 1: classid 1:1 htb rate 100mbit",
                      "tc class add dev wan0 parent 1:1 classid 1:10 htb rate 5mbit ceil 5mbit prio 2 burst 20k"):
            run([*inside, *words.split()])
        self.programs = {"tc": [*inside, "tc"], "ip": [*inside, "ip"]}


class Delayed(InNamespace):
    protocol = "linux"
    extra = ("    link:\n      settings:\n      - {object: route/10.7.7.7/32/via, value: {of: latency, choose: [{gives: 50ms, value: 10.7.1.2}, {gives: 5ms, value: 10.7.2.2}]}}\n"
             "      - {object: dev/second/class/1:10/rate, value: '40000000'}\n      - {object: dev/second/class/1:10/ceil, value: '40000000'}\n")

    def serve(self):
        here, there = self.enter(), self.enter()
        one, other = (process.pid for process in self.processes)
        self.links = DelayLinks(one, other, ("first", "second"))
        for words in ("ip link set first up", "ip link set second up", "ip addr add 10.7.1.1/24 dev first", "ip addr add 10.7.2.1/24 dev second", "ip route add 10.7.7.7/32 via 10.7.1.2",
                      "tc qdisc add dev second root handle 1: htb default 10", "tc class add dev second parent 1: classid 1:10 htb rate 2mbit ceil 2mbit"):
            run([*here, *words.split()])
        for words in ("ip link set first up", "ip link set second up", "ip addr add 10.7.1.2/24 dev first", "ip addr add 10.7.2.2/24 dev second", "ip addr add 10.7.7.7/32 dev lo"):
            run([*there, *words.split()])
        # answers come back without a delay, whichever way the question took
        run([*there, *"ip route replace 10.7.1.1/32 via 10.7.2.1".split()])
        for inside in (here, there):
            run([*inside, "sh", "-c", "for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >$f; done"])
        self.programs = {"tc": [*here, "tc"], "ip": [*here, "ip"]}
        self.echo = Echo(one, other, "10.7.7.7")


class Frr(InNamespace):
    protocol = "frr"
    # from FRR 10 on, static routes are told to mgmtd
    daemons = tuple(daemon for daemon in ("mgmtd", "zebra", "staticd", "ospfd") if daemon != "mgmtd" or os.path.exists(os.path.join(FRR, daemon)))

    def serve(self):
        inside = self.enter()
        # FRR's own way of having several on one machine: a name under /etc/frr and /run/frr
        self.space = f"hk-farm-{os.getpid()}"
        self.places = [os.path.join(place, self.space) for place in ("/etc/frr", "/run/frr")]
        for place in self.places:
            if not os.path.exists(os.path.dirname(place)):
                os.mkdir(os.path.dirname(place))
                shutil.chown(os.path.dirname(place), "frr", "frr")
            os.mkdir(place, mode=0o755)
            shutil.chown(place, "frr", "frrvty")
        for name in (*(f"{daemon}.conf" for daemon in self.daemons), "frr.conf", "vtysh.conf"):
            with open(os.path.join(self.places[0], name), "w"):
                pass
            shutil.chown(os.path.join(self.places[0], name), "frr", "frr")
        for daemon in self.daemons:
            self.start([*inside, os.path.join(FRR, daemon), "-N", self.space, "-A", "127.0.0.1", "-P", "0"])
            wait_for(daemon, lambda path=f"{self.places[1]}/{daemon}.vty": os.path.exists(path))
        self.programs = {"vtysh": ["vtysh", "-N", self.space]}

    def entry(self):
        """And a second controller with a table of its own that knows no bounds: what FRR itself says to a value is seen then."""
        first = super().entry()
        return first + first.replace("name: frr", "name: frr-own").replace("protocol: frr", "protocol: generic") + OWN_TABLE

    def stop(self):
        super().stop()
        for place in self.places:
            shutil.rmtree(place, ignore_errors=True)


class Ovs(Device):
    protocol = "ovs"

    def serve(self):
        # a socket's path has room for 100 letters, and a test's directory may be longer
        self.home = tempfile.mkdtemp(prefix="hk-farm-ovs-")
        run(["ovsdb-tool", "create", f"{self.home}/conf.db", "/usr/share/openvswitch/vswitch.ovsschema"])
        environment = dict(os.environ, OVS_RUNDIR=self.home, OVS_LOGDIR=self.home)
        database = f"unix:{self.home}/db"
        self.start(["ovsdb-server", f"{self.home}/conf.db", f"--remote=punix:{self.home}/db", f"--unixctl={self.home}/c1", f"--pidfile={self.home}/p1"], env=environment)
        wait_for("ovsdb-server", lambda: os.path.exists(f"{self.home}/db"))
        run(["ovs-vsctl", f"--db={database}", "--no-wait", "init"])
        self.start(["ovs-vswitchd", database, "--enable-dummy", "--disable-system", f"--unixctl={self.home}/c2", f"--pidfile={self.home}/p2"], env=environment)
        self.programs = {"ovs-vsctl": ["ovs-vsctl", f"--db={database}"], "ovs-ofctl": ["ovs-ofctl"]}
        run([*self.programs["ovs-vsctl"], "--timeout=10", "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=dummy", "--", "add-port", "br0", "p1", "--", "set", "interface", "p1",
             "type=dummy"])

    def entry(self):
        """And a second controller for its flows, all of which change in one bundle."""
        first = super().entry()
        return first + first.replace("name: ovs", "name: flows").replace("protocol: ovs", "protocol: generic") + FLOWS.replace("BRIDGE", f"'unix:{self.home}/br0.mgmt'")

    def stop(self):
        super().stop()
        shutil.rmtree(self.home, ignore_errors=True)


class Candidate(netconf.Device):
    def __init__(self, farm, kind):
        super().__init__(farm, 0, kind)
        self.kind = kind

    def ask(self, words):
        return self.value(*words)

    def entry(self):
        return (f"  - name: {self.kind}\n    protocol: netconf\n    ssh: {{host: 127.0.0.1, port: {self.port}, user: {getpass.getuser()}, "
                f"identityFile: {self.farm}/user_key, knownHosts: {self.farm}/known_hosts}}\n    models: {{wan: 'urn:example:hk-wan'}}\n")


KINDS = {"linux": Linux, "delayed": Delayed, "frr": Frr, "ovs": Ovs, "box": Box, "candidate": Candidate}
LINUX = [("/usr/sbin/tc", "iproute2"), ("/usr/bin/nsenter", "util-linux")]
NEEDS = {"linux": LINUX, "delayed": LINUX, "frr": [(f"{FRR}/{daemon}", "frr") for daemon in Frr.daemons],
         "ovs": [("/usr/sbin/ovs-vswitchd", "openvswitch-switch"), ("/usr/sbin/ovsdb-server", "openvswitch-switch")], "box": [],
         "candidate": [(netconf.NETCONFD, "netconfd"), (netconf.SUBSYSTEM, "netconfd")]}


def why_not(kinds):
    for kind in kinds:
        for program, package in [(SSHD, "openssh-server"), *NEEDS[kind]]:
            if not os.access(program, os.X_OK):
                return f"{package} is not installed (sh scripts/setup.sh test)"
    if any(issubclass(KINDS[kind], InNamespace) for kind in kinds):
        if os.getuid() != 0:
            return "only root can make network namespaces"
        done = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True, check=False)
        if done.returncode:
            return f"no network namespaces here: {done.stderr.strip()}"
    if "delayed" in kinds and not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "there is no /dev/net/tun for TAP devices"
    if "linux" in kinds or "delayed" in kinds:
        done = subprocess.run(["unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", "handle", "1:", "htb"], capture_output=True, text=True, check=False)
        if done.returncode:
            return f"the kernel has no htb: {done.stderr.strip()}"
    if "frr" in kinds and os.getuid() != 0:
        return "only root can start FRR"
    return None


def answer(farm, devices, words):
    if words[0] == "states":
        return " ".join(sorted(os.path.basename(p) for p in glob.glob(f"{farm}/states/hkctl-change-*") if os.path.exists(p) and glob.glob(p + "/pending*")))
    if words[0] == "flows":
        return devices["ovs"].ask(["ovs-ofctl", "-O", "OpenFlow14", "--no-stats", "dump-flows", f"unix:{devices['ovs'].home}/br0.mgmt"])
    device = devices[words[1]]
    if words[0] == "cut":
        device.cut()
    elif words[0] == "start":
        device.listen()
    elif words[0] == "delay":
        device.links.delays[words[2]] = float(words[3]) / 1000
    elif words[0] == "rtt":
        return f"{device.echo.round_trip():.3f}"
    elif words[0] == "ask":
        return device.ask(words[2:])
    return "done"


def main():
    farm, kinds = os.path.abspath(sys.argv[1]), sys.argv[2:]
    reason = why_not(kinds)
    if reason:
        print(reason)
        return 77
    if os.getuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    os.makedirs(os.path.join(farm, "states"), exist_ok=True)
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(farm, "user_key")])
    devices = {}
    try:
        for kind in kinds:
            devices[kind] = KINDS[kind](farm, kind)
        with open(os.path.join(farm, "known_hosts"), "w") as f:
            f.writelines(f"[127.0.0.1]:{d.port} {d.host_key}\n" for d in devices.values())
        with open(os.path.join(farm, "topology.yaml"), "w") as f:
            f.write("apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: farm}\nspec:\n  clusters: [{name: edge, tier: edge}, {name: cloud, tier: cloud}]\n  controllers:\n")
            f.writelines(d.entry() for d in devices.values())
        print("ready", flush=True)
        for line in sys.stdin:
            print(answer(farm, devices, shlex.split(line)), flush=True)
    finally:
        for device in devices.values():
            device.stop()
    return 0


if __name__ == "__main__":
    if shutil.which("ssh-keygen") is None:
        print("openssh-client is not installed (sh scripts/setup.sh test)")
        sys.exit(77)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())

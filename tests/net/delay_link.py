# SPDX-License-Identifier: GPL-3.0-or-later
"""Links with a delay between two network namespaces, for kernels without netem: each is a TAP device on either side, and a thread that hands every frame over when its time has come."""
import ctypes
import fcntl
import heapq
import os
import select
import socket
import struct
import threading
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI, CLONE_NEWNET = 0x400454CA, 0x0002, 0x1000, 0x40000000


def inside(namespace, work):
    """What `work` returns, done in the namespace of a process. In a thread of its own: a namespace is the thread's."""
    result = []

    def enter():
        fd = os.open(f"/proc/{namespace}/ns/net", os.O_RDONLY)
        if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        os.close(fd)
        result.append(work())

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if not result:
        raise SystemExit("delay_link: cannot work in the namespace")
    return result[0]


def open_tap(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return fd


class DelayLinks:
    """links: names of devices, the same on both sides. delays: seconds one way, by name; may be changed at any time."""

    def __init__(self, one, other, links):
        self.delays = dict.fromkeys(links, 0.0)
        self.peer, self.link = {}, {}
        for name in links:
            ends = [inside(namespace, lambda n=name: open_tap(n)) for namespace in (one, other)]
            for end, peer in zip(ends, reversed(ends)):
                self.peer[end], self.link[end] = peer, name
        threading.Thread(target=self.carry, daemon=True).start()

    def carry(self):
        waiting, order = [], 0
        while True:
            pause = max(0.0, waiting[0][0] - time.monotonic()) if waiting else 1.0
            for end in select.select(list(self.peer), [], [], pause)[0]:
                frame = os.read(end, 65536)
                order += 1
                heapq.heappush(waiting, (time.monotonic() + self.delays[self.link[end]], order, self.peer[end], frame))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, end, frame = heapq.heappop(waiting)
                try:
                    os.write(end, frame)
                except OSError:
                    pass


class Echo:
    """A server that sends back what it gets, in one namespace, and a client in the other that takes the time."""

    def __init__(self, client, server, address):
        self.address = (address, 7007)
        self.socket = inside(client, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.server = inside(server, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.server.bind(self.address)
        self.socket.settimeout(2)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            data, sender = self.server.recvfrom(100)
            self.server.sendto(data, sender)

    def round_trip(self):
        """Milliseconds, the least of some: what is more is not the way's but a busy machine's, or the first one's, which finds out addresses."""
        times = []
        for number in range(8):
            begun = time.monotonic()
            self.socket.sendto(b"%d" % number, self.address)
            try:
                while self.socket.recvfrom(100)[0] != b"%d" % number:
                    pass
            except TimeoutError:
                continue
            times.append((time.monotonic() - begun) * 1000)
        return min(times, default=9999.0)

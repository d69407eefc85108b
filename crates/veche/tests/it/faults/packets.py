"""Hosts in network namespaces of their own, and between them a line that loses, delays, reorders, repeats and cuts packets.

    packets.py NAME COUNT SEED

Host N (from 0) is the namespace NAME-N with the address 10.77.0.N+1; its desk, at 127.0.0.1:8080 there, is reached from outside
at one of the ports that the line `ready PORT..` names. What `tc netem` does in kernels that have it, this does with TUN devices: each
packet between the hosts passes here. Commands, a line each, answered `ok`:

    weather LOSS DELAY JITTER REORDER DUPLICATE     shares of packets, seconds
    part 0,1,2                                      these on one side of a cut, the others on the other
    heal

It ends, and takes its namespaces away, when its input ends. Exit code 3: this machine does not let it; it says why.
"""

import ctypes
import fcntl
import heapq
import itertools
import os
import random
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
CLONE_NEWNET = 0x40000000
DESK = ("127.0.0.1", 8080)
BYTES_AT_ONCE = 65536


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def host(name, index):
    """Makes a namespace with a TUN device, whose packets are read and written here."""
    space, device = f"{name}-{index}", f"vp{os.getpid() % 100000}-{index}"
    ip("netns", "add", space)
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    ip("link", "set", device, "netns", space)
    ip("-n", space, "addr", "add", f"10.77.0.{index + 1}/24", "dev", device)
    ip("-n", space, "link", "set", device, "mtu", "1400", "up")
    ip("-n", space, "link", "set", "lo", "up")
    return tun


def pump(source, sink):
    try:
        while data := source.recv(BYTES_AT_ONCE):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def relay(space, listener):
    """Carries connections to the desk inside a namespace: a thread is in one of its own."""
    with open(f"/run/netns/{space}") as inside:
        if ctypes.CDLL(None, use_errno=True).setns(inside.fileno(), CLONE_NEWNET):
            sys.exit(f"cannot enter {space}")
    while True:
        near, _ = listener.accept()
        far = socket.socket()
        try:
            far.connect(DESK)
        except OSError:
            near.close()
            continue
        for ends in ((near, far), (far, near)):
            threading.Thread(target=pump, args=ends, daemon=True).start()


class Line:
    def __init__(self, tuns, seed):
        self.tuns, self.random = tuns, random.Random(seed)
        self.weather, self.side, self.waiting, self.order = (0, 0, 0, 0, 0), None, [], itertools.count()
        self.seen = self.lost = self.cut = 0

    def take(self, source, packet):
        if packet[0] >> 4 != 4:
            return
        target = packet[19] - 1
        if not 0 <= target < len(self.tuns) or packet[16:19] != bytes([10, 77, 0]):
            return
        self.seen += 1
        if self.side is not None and (source in self.side) != (target in self.side):
            self.cut += 1
            return
        loss, delay, jitter, reorder, duplicate = self.weather
        chance = self.random.random
        if chance() < loss:
            self.lost += 1
            return
        for _ in range(2 if chance() < duplicate else 1):
            # As netem does it: one that is reordered goes at once, ahead of those that wait.
            wait = 0 if chance() < reorder else max(0, delay + jitter * (2 * chance() - 1))
            heapq.heappush(self.waiting, (time.monotonic() + wait, next(self.order), target, packet))

    def send_due(self):
        while self.waiting and self.waiting[0][0] <= time.monotonic():
            _, _, target, packet = heapq.heappop(self.waiting)
            try:
                os.write(self.tuns[target], packet)
            except OSError:
                # A device whose queue is full loses packets too.
                self.lost += 1

    def patience(self):
        return max(0, self.waiting[0][0] - time.monotonic()) if self.waiting else None

    def obey(self, words):
        if words[0] == "weather":
            self.weather = tuple(float(word) for word in words[1:6])
        elif words[0] == "part":
            self.side = {int(word) for word in words[1].split(",")}
        elif words[0] == "heal":
            self.side = None
        print("ok", self.seen, self.lost, self.cut, flush=True)


def run(line, tuns):
    selector = selectors.DefaultSelector()
    for index, tun in enumerate(tuns):
        selector.register(tun, selectors.EVENT_READ, index)
    selector.register(0, selectors.EVENT_READ, None)
    said = b""
    while True:
        for key, _ in selector.select(line.patience()):
            if key.data is None:
                data = os.read(0, BYTES_AT_ONCE)
                if not data:
                    return
                *whole, said = (said + data).split(b"\n")
                for words in whole:
                    line.obey(words.decode().split())
                continue
            try:
                while True:
                    line.take(key.data, os.read(key.fd, BYTES_AT_ONCE))
            except BlockingIOError:
                pass
        line.send_due()


def main():
    name, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    tuns = []
    try:
        try:
            for index in range(count):
                tuns.append(host(name, index))
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", None) or error
            print(f"cannot: {said}".strip().replace("\n", " "), flush=True)
            sys.exit(3)
        ports = []
        for index in range(count):
            listener = socket.create_server(("127.0.0.1", 0))
            ports.append(str(listener.getsockname()[1]))
            threading.Thread(target=relay, args=(f"{name}-{index}", listener), daemon=True).start()
        print("ready", *ports, flush=True)
        run(Line(tuns, seed), tuns)
    finally:
        for index in range(count):
            subprocess.run(["ip", "netns", "del", f"{name}-{index}"], capture_output=True)


main()

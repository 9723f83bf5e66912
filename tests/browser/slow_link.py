#!/usr/bin/env python3
"""A slow line between this machine and a network namespace: slow_link.py NAMESPACE HERE THERE BITS_PER_SECOND ROUND_TRIP_MS.

Two tunnels with real IP packets between them, each way at that pace and half the round trip late, and a queue of 64 kB: what `tc netem`
does, on kernels without it. Prints "ready", and ends when its standard input does; the tunnels end with it."""
import fcntl, heapq, os, select, struct, subprocess, sys, time

namespace, here, there, pace, round_trip = sys.argv[1:]
pace, delay = int(pace) / 8, int(round_trip) / 2000
name = namespace[-8:]


def tunnel(end):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", (name + end).encode(), 0x1001))  # TUNSETIFF: IFF_TUN, IFF_NO_PI
    return fd


def ip(*words):
    subprocess.run(["ip", *words], check=True)


fds = [tunnel("h"), tunnel("t")]
ip("link", "set", name + "t", "netns", namespace)
ip("addr", "add", here, "peer", there, "dev", name + "h")
ip("link", "set", name + "h", "mtu", "1500", "up")
ip("-n", namespace, "addr", "add", there, "peer", here, "dev", name + "t")
ip("-n", namespace, "link", "set", name + "t", "mtu", "1500", "up")
ip("-n", namespace, "link", "set", "lo", "up")
print("ready", flush=True)

on_the_way, free, count = [], [0.0, 0.0], 0  # what is late: (when, number, to, packet); when each direction can take the next one
while True:
    wait = max(0, on_the_way[0][0] - time.monotonic()) if on_the_way else None
    ready, _, _ = select.select([*fds, 0], [], [], wait)
    if 0 in ready and not os.read(0, 4096):
        break
    now = time.monotonic()
    for way, fd in enumerate(fds):
        if fd in ready:
            packet = os.read(fd, 2048)
            starts = max(now, free[way])
            if (starts - now) * pace < 65536:
                free[way] = starts + len(packet) / pace
                count += 1
                heapq.heappush(on_the_way, (free[way] + delay, count, fds[1 - way], packet))
    while on_the_way and on_the_way[0][0] <= time.monotonic():
        _, _, to, packet = heapq.heappop(on_the_way)
        try:
            os.write(to, packet)
        except OSError:
            pass

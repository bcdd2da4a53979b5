# SPDX-License-Identifier: LGPL-2.1-or-later
"""A network whose far end is the test itself, so that a connection stays in any state one likes.

The kernel's packets come out of a tun device and are read here; answers are sent or withheld. Far ends are handled in
batches: thousands of segments go out, then thousands of replies are collected, which keeps it fast in Python.
"""

import errno
import fcntl
import os
import select
import socket
import struct
import time

import deadline
import netns
from outcome import Failure, Skip

FIN, SYN, ACK = 1, 2, 16

_TUNSETIFF = 0x400454CA
_TUNSETVNETHDRSZ = 0x400454D8
_IFF_TUN, _IFF_NO_PI, _IFF_VNET_HDR = 0x0001, 0x1000, 0x4000
_TCP = 6


class End:
    """The far end of one connection: its port, the port it talks to, and where both sequences stand."""

    __slots__ = ("port", "to", "sequence", "expected")

    def __init__(self, port, to):
        self.port, self.to = port, to
        self.sequence, self.expected = 1000, 0


class Network:
    """A tun device with one address on the near side and the test as the host on the far side."""

    def __init__(self, near, far, device="tun0"):
        """NEAR, FAR: two addresses of one family, of a network that exists nowhere else."""
        self.near, self.far = near, far
        self.family = socket.AF_INET6 if ":" in near else socket.AF_INET
        try:
            self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise Skip("no tun device: %s" % error) from error
        # With this header the kernel takes a segment whose checksum is yet to be filled in, so nobody has to add it up.
        flags = _IFF_TUN | _IFF_NO_PI | _IFF_VNET_HDR
        fcntl.ioctl(self.fd, _TUNSETIFF, struct.pack("16sH22x", device.encode(), flags))
        fcntl.ioctl(self.fd, _TUNSETVNETHDRSZ, struct.pack("i", 10))
        netns.no_automatic_address(device)
        netns.ip("address", "add", near + ("/64" if ":" in near else "/24"), "dev", device,
                 *(["nodad"] if ":" in near else []))
        netns.ip("link", "set", device, "txqueuelen", "100000", "up")
        deadline.wait_until(self._takes_packets, 20, "%s to be an address of this host" % near)
        self._before_tcp = self._headers()

    def _takes_packets(self):
        """Does the near address get what is sent to it? IPv6 has its route made later (addrconf_dad_work)."""
        with socket.socket(self.family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as probe:
            try:
                probe.bind((self.near, 0))
                probe.sendto(b"?", probe.getsockname())
                return probe.recv(1) == b"?"
            except OSError as error:
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAGAIN, errno.ENETUNREACH, errno.EHOSTUNREACH):
                    raise
                return False

    def _headers(self):
        """Everything in front of the TCP header: the same for each bare segment of this network."""
        source, target = (socket.inet_pton(self.family, text) for text in (self.far, self.near))
        if self.family == socket.AF_INET6:
            packet = struct.pack("!IHBB", 6 << 28, 20, _TCP, 64) + source + target
        else:
            packet = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, _TCP, 0) + source + target
            packet = packet[:10] + struct.pack("!H", _checksum(packet)) + packet[12:]
        pseudo = source + target + struct.pack("!II", 20, _TCP)
        self._pseudo = ~_checksum(pseudo) & 0xFFFF
        # virtio_net_hdr: needs a checksum, no segmentation, from the TCP header on, stored 16 bytes into it.
        return struct.pack("=BBHHHH", 1, 0, 0, 0, len(packet), 16) + packet

    def send(self, ends, flags):
        """Let each far end send one bare segment."""
        for end in ends:
            tcp = struct.pack("!HHIIBBHHH", end.port, end.to, end.sequence, end.expected if flags & ACK else 0,
                              5 << 4, flags, 65535, self._pseudo, 0)
            os.write(self.fd, self._before_tcp + tcp)
            if flags & (SYN | FIN):
                end.sequence = end.sequence + 1 & 0xFFFFFFFF

    def hear(self, ends, flags, seconds=5, acknowledge=True):
        """Wait until each far end has got a segment with these FLAGS; its ACK covers that segment if so wished."""
        missing = {(end.to, end.port): end for end in ends}
        stop = time.monotonic() + seconds
        while missing:
            try:
                packet = os.read(self.fd, 4096)
            except BlockingIOError:
                if not select.select([self.fd], [], [], max(0, stop - time.monotonic()))[0]:
                    raise Failure("%d of %d connections sent no segment with flags %#x"
                                  % (len(missing), len(ends), flags)) from None
                continue
            segment = self._segment(packet)
            if segment is None:
                continue
            from_port, to_port, sequence, seen = segment
            if seen & flags == flags and (from_port, to_port) in missing:
                end = missing.pop((from_port, to_port))
                if acknowledge:
                    end.expected = sequence + 1 & 0xFFFFFFFF  # SYN and FIN each count as one byte

    def _segment(self, packet):
        """(source port, destination port, sequence, flags) of a TCP packet of this network, else None."""
        start = len(self._before_tcp)
        version = packet[10] >> 4
        if version == 4 and self.family == socket.AF_INET and packet[19] == _TCP:
            start = 10 + (packet[10] & 15) * 4
        elif not (version == 6 and self.family == socket.AF_INET6 and packet[16] == _TCP):
            return None
        from_port, to_port, sequence = struct.unpack_from("!HHI", packet, start)
        return from_port, to_port, sequence, packet[start + 13]

    def close(self):
        """Take the network down."""
        os.close(self.fd)


def _checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF

"""Takes the capture at the access point and writes it as a pcapng that names no machine.

A case may have its keys in the capture itself: `with_secrets` puts them before the packets.

tcpdump records pcap with nanoseconds; `to_pcapng` copies its packets into a pcapng with one section
header without options and one interface whose only options are a name and the time resolution.
"""

import pathlib
import signal
import struct
import time

from network import ACCESS_POINT

PCAP_NANOSECONDS = 0xA1B23C4D
# pcapng block types and options (draft-ietf-opsawg-pcapng sections 4.1, 4.2, 4.3)
SECTION_HEADER, INTERFACE, ENHANCED_PACKET = 0x0A0D0D0A, 1, 6
# A block of decryption secrets, here the lines of a TLS key log (section 4.7)
SECRETS, TLS_KEY_LOG = 10, 0x544C534B
OPTION_IF_NAME, OPTION_IF_TSRESOL = 2, 9


class Capture:
    """tcpdump between `__enter__` and `__exit__`; then `packets` has what it saw."""

    def __init__(self, network, folder, interface):
        self.network, self.interface = network, interface
        self.raw = pathlib.Path(folder) / f"raw-{interface}.pcap"

    def __enter__(self):
        self.raw.unlink(missing_ok=True)
        self.process = self.network.start(
            ACCESS_POINT,
            "tcpdump",
            "-i",
            self.interface,
            "-s",
            "0",
            "-U",
            "--immediate-mode",
            "-Z",
            "root",
            "--time-stamp-precision=nano",
            "-w",
            str(self.raw),
        )
        end = time.monotonic() + 10
        while not (self.raw.exists() and self.raw.stat().st_size >= 24):
            if time.monotonic() > end:
                raise TimeoutError("tcpdump did not start")
            time.sleep(0.02)
        time.sleep(0.2)
        return self

    def __exit__(self, *_):
        # Late packets: the last acknowledgements and resets are still under way.
        time.sleep(0.4)
        self.network.stop(self.process, signal.SIGINT)

    def write(self, path):
        pathlib.Path(path).write_bytes(to_pcapng(self.raw.read_bytes(), self.interface))


def to_pcapng(pcap, interface):
    (magic,) = struct.unpack_from("<I", pcap)
    if magic != PCAP_NANOSECONDS:
        raise ValueError(f"not a little-endian nanosecond pcap: magic {magic:#010x}")
    (link_type,) = struct.unpack_from("<I", pcap, 20)
    blocks = [
        block(SECTION_HEADER, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
        block(
            INTERFACE,
            struct.pack("<HHI", link_type, 0, 262144)
            + option(OPTION_IF_NAME, interface.encode())
            + option(OPTION_IF_TSRESOL, b"\x09")
            + option(0, b""),
        ),
    ]
    at = 24
    while at < len(pcap):
        seconds, nanoseconds, captured, length = struct.unpack_from("<IIII", pcap, at)
        stamp = seconds * 1_000_000_000 + nanoseconds
        data = pcap[at + 16 : at + 16 + captured]
        blocks.append(
            block(
                ENHANCED_PACKET,
                struct.pack("<IIIII", 0, stamp >> 32, stamp & 0xFFFFFFFF, captured, length)
                + padded(data),
            )
        )
        at += 16 + captured
    return b"".join(blocks)


def with_secrets(pcapng, lines):
    """The same capture with the lines of a key log, right behind its section header."""
    (length,) = struct.unpack_from("<I", pcapng, 4)
    log = "".join(f"{line}\n" for line in lines).encode()
    secrets = block(SECRETS, struct.pack("<II", TLS_KEY_LOG, len(log)) + padded(log))
    return pcapng[:length] + secrets + pcapng[length:]


def padded(data):
    return data + b"\x00" * (-len(data) % 4)


def option(code, value):
    return struct.pack("<HH", code, len(value)) + padded(value)


def block(kind, body):
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length

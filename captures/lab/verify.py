#!/usr/bin/env python3
"""Checks the committed captures: each folder has its parts, and tshark sees what cases/ says.

verify.py [CASE…]. Needs Python 3.10, tshark and openssl; nothing else, and no root.
"""

import json
import pathlib
import struct
import sys

import wire
from case import NOT_OBSERVABLE, Sees
from cases import CASES
from trust import PEM, fingerprint

CAPTURES = pathlib.Path(__file__).resolve().parent.parent
# All captures together: small enough for every clone.
TOTAL_LIMIT = 1_500_000
CAPTURED = ("capture.pcapng", "origin.pcapng")
PRIVATE_NET = ("192.168.50.", "198.51.100.", "224.0.0.", "239.", "255.255.255.255", "0.0.0.0")


def key_log(folder):
    path = folder / "keys.log"
    return path if path.exists() else None


def measured(folder):
    """The sessions as `expected.json` holds them: blind, with what a key log adds."""
    capture = folder / "capture.pcapng"
    blind = wire.sessions(capture)
    opened = wire.sessions(capture, key_log(folder)) if key_log(folder) else [None] * len(blind)
    for session, more in zip(blind, opened, strict=True):
        # Without a key log beside it, a capture may have the keys itself.
        own = session.pop("requests")
        session["requests_with_keys"] = (own if more is None else more["requests"]) or None
        if more is not None and more["certificates"] != session["certificates"]:
            session["certificates_with_keys"] = more["certificates"]
    return blind


def leaf_issuer(certificates):
    if isinstance(certificates, str) or not certificates:
        return certificates or None
    return certificates[0]["issuer"]


def shop(session):
    """A session with the shop's API, whose origin logs the keys; a resumed one has no chain."""
    issuer = "CN=LP E1" if session.get("certificates_with_keys") else None
    return Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, issuer_with_keys=issuer)


def differences(case, folder):
    """What in a folder is not as its case says; empty if all is well."""
    missing = [
        name
        for name in (
            "README.md",
            "capture.pcapng",
            "expected.json",
            *(["origin.pcapng"] if case.compare else []),
            *(["exchanges.har"] if case.har else []),
        )
        if not (folder / name).exists()
    ]
    if missing:
        return [f"{name} is missing" for name in missing]
    found = [*neutral(folder / "capture.pcapng")]
    expected = json.loads((folder / "expected.json").read_text())
    for mode, rule in case.modes.items():
        if expected.get(mode) != rule:
            found.append(f"expected.json: {mode} differs from cases/")
    if case.keys and not key_log(folder):
        found.append("keys.log is missing")
    sessions = measured(folder)
    if sessions != expected["sessions"]:
        found.append("expected.json: sessions differ from what tshark sees")
    sees = [shop(session) for session in sessions] if case.sees is None else case.sees
    if len(sessions) != len(sees):
        return [*found, f"{len(sessions)} sessions instead of {len(sees)}"]
    for number, (session, wanted) in enumerate(zip(sessions, sees, strict=True), 1):
        found += [f"session {number}: {problem}" for problem in against(session, wanted)]
    found += [*key_problems(folder)]
    for display_filter, least in case.filters:
        frames = wire.count(folder / "capture.pcapng", display_filter)
        if frames != 0 if least is None else frames < least:
            found.append(
                f"{frames} frames match {display_filter!r}, expected "
                f"{'none' if least is None else f'{least} or more'}"
            )
    return found


def key_problems(folder):
    """A key log must open what it has keys for: its sessions' Finished messages become readable."""
    log = key_log(folder)
    if log:
        randoms = {line.split()[1] for line in log.read_text().splitlines()}
        captures = [path for path in map(folder.joinpath, CAPTURED) if path.exists()]
        opened = sum(wire.count(path, "tls.handshake.type == 20", log) for path in captures)
        if opened < len(randoms):
            yield f"keys.log names {len(randoms)} sessions, but opens {opened} Finished messages"


def against(session, wanted):
    pairs = {
        "sni": wanted.sni,
        "version": wanted.version,
        "transport": wanted.transport,
        "client_alerts": list(wanted.alerts),
        "client_sent_data": wanted.data,
    }
    if wanted.requests is not None:
        pairs["requests_with_keys"] = wanted.requests
    for key, value in pairs.items():
        if session[key] != value:
            yield f"{key} is {session[key]!r} instead of {value!r}"
    for key, value in (
        ("certificates", wanted.issuer),
        ("certificates_with_keys", wanted.issuer_with_keys),
    ):
        issuer = leaf_issuer(session.get(key))
        if (issuer is None) != (value is None) or (value and value not in issuer):
            yield f"{key}: the leaf's issuer is {issuer!r} instead of {value!r}"


def neutral(path):
    """Problems of a pcapng that says where it was made: options and addresses."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 4)
    if length != 28:
        yield "the section header has options"
    for frame in wire.frames(path, fields=("ip.src", "ip.dst"), only="ip"):
        strange = [
            ip for ip in (*frame["ip.src"], *frame["ip.dst"]) if not ip.startswith(PRIVATE_NET)
        ]
        if strange:
            yield f"address {strange[0]} is none of the lab's"
            return


def trust_problems():
    text = (CAPTURES / "lab/trust/public-root.pem").read_text()
    roots = {fingerprint(pem) for pem in PEM.findall(text)}
    for name in CASES:
        expected = CAPTURES / name / "expected.json"
        if expected.exists() and json.loads(expected.read_text())["trust_root"] not in roots:
            yield f"{name}: its root is not in lab/trust/public-root.pem"


def main():
    names = sys.argv[1:] or list(CASES)
    problems = 0
    for name in names:
        found = differences(CASES[name], CAPTURES / name)
        problems += len(found)
        print(f"{'ok    ' if not found else 'WRONG '}{name}")
        for problem in found:
            print(f"      {problem}")
    total = sum(path.stat().st_size for path in CAPTURES.glob("*/*.pcapng"))
    rest = [*trust_problems()]
    if total > TOTAL_LIMIT:
        rest.append(f"the captures have {total} bytes, over the limit of {TOTAL_LIMIT}")
    for folder in CAPTURES.iterdir():
        if folder.is_dir() and folder.name not in (*CASES, "lab"):
            rest.append(f"{folder.name}: no case of that name")
    print(
        "\n".join(
            [
                *rest,
                f"{len(names)} cases, {total} bytes of captures, {problems + len(rest)} problems",
            ]
        )
    )
    return 1 if problems or rest else 0


if __name__ == "__main__":
    sys.exit(main())

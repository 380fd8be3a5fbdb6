"""Makes the captures: build.py [--list] [CASE…]. Run it by make.sh, which installs the programs.

For each case: a fresh network, the origin, the interceptor, then the capture around the clients.
What tshark sees in it must be what cases/ says, or the old capture stays and the run fails.
"""

import argparse
import contextlib
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

LAB = pathlib.Path(__file__).resolve().parent
sys.path += [str(LAB / "origins"), str(LAB / "interceptors")]

# isort: off
import network as net  # noqa: E402
import nginx  # noqa: E402
import noise  # noqa: E402
import phone  # noqa: E402
import readme  # noqa: E402
import steps  # noqa: E402
import start as interceptors  # noqa: E402
import trust  # noqa: E402
import wire  # noqa: E402
from capture import Capture, with_secrets  # noqa: E402
from cases import CASES  # noqa: E402
from pki import Pki  # noqa: E402
from verify import differences, key_log, measured  # noqa: E402

CAPTURES = LAB.parent
# Origins that note what they served, and where.
SERVERS_WITH_A_RECORD = ("contents", "http3")
SERVED = "served.jsonl"
# What the shop's origin logs: the JDK's TLS has no key log.
ORIGIN_KEYS = "origin.keys"
SETTINGS = {"legacy": nginx.LEGACY, "modern": nginx.MODERN, "small-key": nginx.SMALL_KEY}


class CaseFailed(Exception):
    """A capture that does not show what it should."""


def start_origin(case, network, folder, chain, key):
    if case.server == "nginx":
        nginx.start(network, folder, chain, key, SETTINGS[case.settings], case.http2)
        return
    script, port, kind = {
        "contents": ("contents_server.py", 443, "-t"),
        "mail": ("mail_server.py", 587, "-t"),
        "http3": ("http3_server.py", 443, "-u"),
        "shop": ("shop_server.py", 443, "-t"),
    }[case.server]
    words = [LAB / "origins" / script, chain, key]
    if case.server in SERVERS_WITH_A_RECORD:
        words.append(folder / SERVED)
    keys = {"SSLKEYLOGFILE": str(folder / ORIGIN_KEYS)} if case.server == "shop" else None
    network.start(net.ORIGIN, sys.executable, *words, env=keys)
    network.wait_for(net.ORIGIN, port, kind=kind)


def start_interceptor(case, network, folder, upstream_root, key_log):
    """Returns a file with the public root and the interceptor's CA: a phone that trusts both."""
    begin = interceptors.PROGRAMS[case.interceptor]
    _, ca = begin(network, folder, case.mode, upstream_root, key_log)
    if case.mode == "transparent" and "redirect" not in case.steps:
        network.redirect(interceptors.PORT)
    both = folder / "both-roots.pem"
    both.write_text(pathlib.Path(upstream_root).read_text() + ca.read_text())
    return both


def run_client(client, network, roots, pki, key_log):
    pin = pki.intermediate_pins()[0] if client.pinned else "none"
    words = phone.command(
        client.program, roots[client.trust], client.maximum, client.verify, pin, client.urls
    )
    code, said = phone.run(network, words, key_log)
    if (code == 0) != client.succeeds:
        raise CaseFailed(
            f"{client.program} ended with {code}, expected success: {client.succeeds}\n{said}"
        )


def interface(case):
    """Where the capture is taken at the access point."""
    if case.both_sides:
        return "any"
    alone = case.guest and not case.guest_is_seen
    return net.PHONE_PORT if alone else net.PHONE_SIDE


def kept_keys(captures, *logs):
    """The lines of the key logs that belong to sessions of the captures, each once."""
    randoms = {
        random.replace(":", "")
        for capture in captures
        for frame in wire.frames(
            capture, fields=("tls.handshake.random",), only="tls.handshake.type==1"
        )
        for random in frame["tls.handshake.random"]
    }
    lines = [line for log in logs if log.exists() for line in log.read_text().splitlines()]
    return [
        line
        for line in dict.fromkeys(lines)
        if len(line.split()) == 3 and line.split()[1] in randoms
    ]


def served(record):
    """What the origin says that it served, for `expected.json`."""
    if not record.exists():
        return {}
    return {"exchanges": [json.loads(line) for line in record.read_text().splitlines()]}


def make(case, pki, folder):
    """Makes one case in `folder`/out and, if it is right, puts it in its place."""
    out = folder / "out"
    out.mkdir()
    chain, key = pki.leaf(case.leaf, case.hosts)
    phone_keys, interceptor_keys = folder / "phone.keys", folder / "interceptor.keys"
    with net.Network(folder, case.guest, case.ipv6) as network:
        start_origin(case, network, folder, chain, key)
        roots = {"public": pki.root_file()}
        if case.interceptor:
            roots["interceptor"] = start_interceptor(
                case, network, folder, roots["public"], interceptor_keys
            )
        stage = steps.Stage(
            case=case,
            network=network,
            folder=folder,
            run_client=lambda client: run_client(client, network, roots, pki, phone_keys),
        )
        with contextlib.ExitStack() as captures:
            taken = captures.enter_context(Capture(network, folder, interface(case)))
            origin = None
            if case.compare:
                origin = captures.enter_context(Capture(network, folder, net.ORIGIN_SIDE))
            if case.noise:
                noise.before(network)
            for step in case.steps:
                steps.perform(stage, step)
            if case.noise:
                noise.after(network)
    taken.write(out / "capture.pcapng")
    if origin:
        origin.write(out / "origin.pcapng")
    taken_with = [out / "capture.pcapng"]
    if origin and case.compare.with_keys:
        taken_with.append(out / "origin.pcapng")
    keys = kept_keys(taken_with, phone_keys, interceptor_keys, folder / ORIGIN_KEYS)
    if case.embeds_keys:
        for path in taken_with:
            path.write_bytes(with_secrets(path.read_bytes(), keys))
    elif keys:
        (out / "keys.log").write_text("\n".join(keys) + "\n")
    if case.har:
        shutil.copy(folder / interceptors.HAR, out)
    expected = {
        "trust_root": trust.fingerprint(pki.root_pem),
        **case.modes,
        "sessions": measured(out),
        **served(folder / SERVED),
    }
    (out / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    (out / "README.md").write_text(readme.text(case, expected))
    problems = differences(case, out)
    if problems:
        print(
            "\n".join(wire.summary(out / "capture.pcapng", key_log(out))),
            file=sys.stderr,
        )
        raise CaseFailed("; ".join(problems))
    place = CAPTURES / case.name
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(out, place)


def relabel(case):
    """Brings the rules in a committed expected.json to what cases/ says."""
    place = CAPTURES / case.name
    old = json.loads((place / "expected.json").read_text())
    facts = {key: old[key] for key in ("sessions", "exchanges") if key in old}
    new = {"trust_root": old["trust_root"], **case.modes, **facts}
    (place / "expected.json").write_text(json.dumps(new, indent=1) + "\n")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--list", action="store_true", help="name the cases and end")
    arguments.add_argument(
        "--labels", action="store_true", help="write the rules of expected.json anew, and end"
    )
    arguments.add_argument("cases", nargs="*", metavar="CASE")
    chosen = arguments.parse_args()
    if chosen.list:
        print("\n".join(f"{case.name:34} {case.shows}" for case in CASES.values()))
        return 0
    if chosen.labels:
        for case in CASES.values():
            relabel(case)
        return 0
    unknown = [name for name in chosen.cases if name not in CASES]
    if unknown:
        arguments.error(f"no such case: {', '.join(unknown)}")
    # A termination becomes an exception, so that namespaces and processes are cleaned up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    failed = []
    with tempfile.TemporaryDirectory(prefix="interloper-lab-") as temporary:
        authority = pathlib.Path(temporary) / "pki"
        authority.mkdir()
        pki = Pki(authority)
        for name in chosen.cases or CASES:
            folder = pathlib.Path(temporary) / name
            folder.mkdir()
            try:
                make(CASES[name], pki, folder)
                print(f"made  {name}")
                for line in wire.summary(CAPTURES / name / "capture.pcapng"):
                    print(f"      {line}")
            except (CaseFailed, OSError, subprocess.SubprocessError) as problem:
                failed.append(name)
                print(f"FAILED {name}: {problem}", file=sys.stderr)
                for log in sorted(folder.glob("*.log")):
                    print(
                        f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}",
                        file=sys.stderr,
                    )
        trust.update(CAPTURES, pki)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

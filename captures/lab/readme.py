"""A case's README.md, from its entry in cases/, what was measured, and the programs' versions."""

import datetime

import shop
from steps import STEPS
from versions import version

TRUST = (
    "--trust-root captures/lab/trust/public-root.pem "
    "--ct-log-list captures/lab/trust/ct-logs.json"
)
PROGRAMS = {
    "contents": "contents-client",
    "curl-proxy": "curl",
    "curl-weak": "curl",
    "curl_cffi-h3": "curl_cffi",
    "mail": "mail-client",
}
FORMS = {
    "cbc": "HTTP/1.1, offers CBC suites only",
    "http1": "HTTP/1.1",
    "http2": "HTTP/2",
    "websocket": "a WebSocket",
}
TRANSPARENT = (
    "between phone and origin: the access point redirects the phone's port 443 to it "
    "(iptables `REDIRECT`, real transparent interception)"
)
EXPLICIT = "at the access point as an explicit proxy, which the app is told to use"
LEAVES = {
    "ec": "a genuine leaf of the lab's public CA, P-256",
    "alone": "a genuine leaf of the lab's public CA, without the intermediate",
    "rsa": "a genuine leaf of the lab's public CA, RSA 2048",
    "expired": "a leaf of the lab's public CA that has expired",
    "private": "a leaf of a company's private CA",
    "self-signed": "a self-signed certificate",
    "weak": "a leaf of the lab's public CA with RSA 1024",
}


def text(case, expected):
    made = datetime.datetime.now(datetime.timezone.utc).date()
    sections = [
        f"# {case.name}",
        case.shows,
        "## How it was made",
        "\n".join(how(case)),
        f"Captured on {made} at the access point, on the phone's side, by {version('tcpdump')}; "
        f"checked with {version('tshark')}. Made by `captures/lab/make.sh {case.name}`.",
        "## What to look at",
        "\n".join(f"* {line}" for line in case.look_at),
        *([table(expected["sessions"])] if expected["sessions"] else []),
        commands(case),
    ]
    return "\n\n".join(sections) + "\n"


def how(case):
    server = version(case.server)
    hosts = ", ".join(f"`{host}`" for host in case.hosts)
    yield f"* Origin: {server}, with {LEAVES[case.leaf]}, for {hosts}."
    if case.interceptor:
        place = TRANSPARENT if case.mode == "transparent" else EXPLICIT
        yield f"* Interceptor: {version(case.interceptor)}, {place}."
    for client in case.clients:
        yield f"* App: {app(client)}."
    for step in case.steps:
        said = STEPS[step][0] if step in STEPS else ""
        if shop.parsed(step):
            said = shop.said(*shop.parsed(step))
        if said:
            yield f"* {said[0].upper()}{said[1:]}."
    if case.noise:
        yield f"* Noise: {version('dig')}, `ping`, curl."


def app(client):
    program, _, profile = client.program.partition("/")
    words = [version(PROGRAMS.get(program, program)), f"TLS {client.maximum} at most"]
    if program == "contents":
        words.insert(1, FORMS[profile])
    elif profile:
        words.insert(1, f"with the handshake of `{profile}`")
    if client.trust == "interceptor":
        words.append("trusts the interceptor's CA")
    if client.pinned:
        words.append("pins the public intermediate's key")
    words += {"on": [], "off": ["checks no certificate"], "anyname": ["checks no host name"]}[
        client.verify
    ]
    return ", ".join(words)


def table(sessions):
    lines = [
        "| first packet | host | version | issuer of the leaf | client's alert "
        "| requests that the key log opens |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for session in sessions:
        chain = session["certificates"]
        issuer = (
            chain
            if isinstance(chain, str)
            else f"`{chain[0]['issuer']}`"
            if chain
            else "no certificate sent"
        )
        alert = ", ".join(map(str, session["client_alerts"])) or "none"
        requests = (
            "not counted"
            if session["requests_with_keys"] is None
            else session["requests_with_keys"]
        )
        lines.append(
            f"| {session['first_packet']} | {session['sni']} | {session['version']} "
            f"| {issuer} | {alert} | {requests} |"
        )
    return "\n".join(lines)


def keys(name, rules):
    """The option for a case's keys, where its rules ask for them."""
    return f" --keylog captures/{name}/keys.log" if rules.with_keys else ""


def commands(case):
    lines = [
        "```sh",
        f"interloper scan captures/{case.name}/capture.pcapng {TRUST}",
    ]
    if case.keys:
        lines.append(f"{lines[1]} --keylog captures/{case.name}/keys.log")
    if case.embeds_keys:
        # The one to look at rather than to check.
        lines.insert(1, lines[1].replace("interloper scan", "interloper").partition(" --ct-log")[0])
    if case.compare:
        lines.append(
            f"interloper compare captures/{case.name}/capture.pcapng "
            f"captures/{case.name}/origin.pcapng {TRUST}{keys(case.name, case.compare)}"
        )
    if case.har:
        lines.append(f"interloper scan captures/{case.name}/exchanges.har")
    if case.baseline:
        learned = " ".join(f"captures/{name}/capture.pcapng" for name in case.learned_from)
        logs = "".join(keys(name, case.baseline) for name in case.learned_from)
        app = f" --app {case.learned_as}" if case.learned_as else ""
        lines.append(f"interloper learn {learned} {TRUST}{logs}{app} -o baseline.toml")
        lines.append(f"{lines[1]}{keys(case.name, case.baseline)} --baseline baseline.toml")
    if case.pins:
        pinned = " ".join(f"captures/{name}/capture.pcapng" for name in case.pinned_by)
        lines.append(f"interloper pins {pinned} {TRUST} --export toml -o pins.toml")
        lines.append(f"{lines[1]} --pins pins.toml")
    return "\n".join([*lines, "```"])

"""Starts an interceptor at the access point; returns its process and its CA file."""

import os
import pathlib
import subprocess
import time

from network import ACCESS_POINT

PORT = 8443
HAR = "exchanges.har"
LAB = pathlib.Path(__file__).resolve().parent.parent


def mitmproxy(network, folder, mode, upstream_root, key_log, *settings_more):
    """`mode`: transparent or regular (an explicit proxy that the phone is told to use)."""
    tools = pathlib.Path(os.environ["LAB_TOOLS"])
    settings = folder / "mitmproxy"
    process = network.start(
        ACCESS_POINT,
        tools / "venv/bin/mitmdump",
        "--mode",
        mode,
        "--listen-port",
        PORT,
        "--quiet",
        "--set",
        f"confdir={settings}",
        "--set",
        f"ssl_verify_upstream_trusted_ca={upstream_root}",
        *(word for setting in settings_more for word in ("--set", setting)),
        env={"SSLKEYLOGFILE": str(key_log), "HOME": str(folder)},
    )
    network.wait_for(ACCESS_POINT, PORT)
    return process, wait_for_file(settings / "mitmproxy-ca-cert.pem")


def httptoolkit(network, folder, mode, upstream_root, key_log):
    """mockttp tells by itself whether a connection was redirected or is a proxy request."""
    tools = pathlib.Path(os.environ["LAB_TOOLS"])
    ca = folder / "httptoolkit-ca.pem"
    process = network.start(
        ACCESS_POINT,
        "node",
        LAB / "interceptors/mockttp.js",
        tools / "node/node_modules",
        PORT,
        ca,
        upstream_root,
        key_log,
        env={"HOME": str(folder)},
    )
    wait_for_file(ca)
    network.wait_for(ACCESS_POINT, PORT)
    return process, ca


def sslsplit(network, folder, mode, upstream_root, key_log):
    """sslsplit with a CA made for the case; it knows the target from the redirected connection."""
    ca, key = folder / "sslsplit-ca.pem", folder / "sslsplit-ca.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", ca]
        + ["-days", "3650", "-subj", "/O=Split Works/CN=Split Works Root"],
        check=True,
        capture_output=True,
    )
    process = network.start(
        ACCESS_POINT,
        "sslsplit",
        "-k",
        key,
        "-c",
        ca,
        "-M",
        key_log,
        "ssl",
        "0.0.0.0",
        PORT,
        env={"SSL_CERT_FILE": str(upstream_root)},
    )
    network.wait_for(ACCESS_POINT, PORT)
    return process, ca


def mitmproxy_tls12(network, folder, mode, upstream_root, key_log):
    """mitmproxy that offers the phone TLS 1.2 at most."""
    return mitmproxy(network, folder, mode, upstream_root, key_log, "tls_version_client_max=TLS1_2")


def mitmproxy_har(network, folder, mode, upstream_root, key_log):
    """mitmproxy that writes what it saw as HAR when it ends."""
    har = f"hardump={folder / HAR}"
    return mitmproxy(network, folder, mode, upstream_root, key_log, har)


def mitmproxy_tampers(network, folder, mode, upstream_root, key_log):
    """mitmproxy with an addon that changes transfers."""
    addon = f"scripts={LAB / 'interceptors/tamper.py'}"
    return mitmproxy(network, folder, mode, upstream_root, key_log, addon)


def wait_for_file(path, seconds=20):
    end = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > end:
            raise TimeoutError(f"{path.name} was not written")
        time.sleep(0.05)
    return path


PROGRAMS = {
    "httptoolkit": httptoolkit,
    "mitmproxy": mitmproxy,
    "mitmproxy-har": mitmproxy_har,
    "mitmproxy-tampers": mitmproxy_tampers,
    "mitmproxy-tls12": mitmproxy_tls12,
    "sslsplit": sslsplit,
}

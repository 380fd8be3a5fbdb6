"""Runs one client at the phone and says whether it got all its answers."""

import os
import pathlib

from network import PHONE

LAB = pathlib.Path(__file__).resolve().parent
JAVA = "/usr/share/java"


def command(client, ca, maximum, verify, pin, urls):
    """The words that start a client. `verify`: on, off, anyname (OkHttp alone)."""
    tools = pathlib.Path(os.environ["LAB_TOOLS"])
    rest = [str(ca), maximum, verify, pin, *urls]
    python = [tools / "venv/bin/python"]
    if client.startswith("curl_cffi"):
        program, profile = client.split("/")
        return [
            *python,
            LAB / "clients/curl_cffi_client.py",
            profile,
            "h3" if program == "curl_cffi-h3" else "h2",
            *rest,
        ]
    if client.startswith("contents/"):
        form = client.partition("/")[2]
        return [*python, LAB / "clients/contents_client.py", form, *rest]
    if client.startswith("curl"):
        return curl(client, ca, maximum, verify, urls)
    return {
        "go": [tools / "clients/go_client", *rest],
        "httpx": [*python, LAB / "clients/httpx_client.py", *rest],
        "mail": [*python, LAB / "clients/mail_client.py", *rest],
        "okhttp": [
            "java",
            "-cp",
            f"{tools / 'clients'}:{JAVA}/okhttp.jar:{JAVA}/okio.jar",
            "OkHttpApp",
            *rest,
        ],
        "requests": [*python, LAB / "clients/requests_client.py", *rest],
    }[client]


def curl(client, ca, maximum, verify, urls):
    words = [
        "curl",
        "--silent",
        "--show-error",
        "--fail",
        "--cacert",
        ca,
        "--max-time",
        "15",
        "--user-agent",
        "shop/4.2 curl",
        "--output",
        "/dev/null",
    ]
    if maximum != "1.3":
        words += ["--tlsv1.0" if maximum == "1.0" else "--tlsv1.2", "--tls-max", maximum]
    # OpenSSL allows neither TLS 1.0 nor keys below 2048 bits above security level 0.
    if maximum == "1.0" or client == "curl-weak":
        words += ["--ciphers", "DEFAULT:@SECLEVEL=0"]
    if verify == "off":
        words.append("--insecure")
    if client == "curl-proxy":
        words += ["--proxy", "http://192.168.50.1:8443"]
    return [*words, *urls]


def environment(home):
    """The environment of a program in the lab, without the machine's own proxies and roots."""
    made = {**os.environ, "HOME": str(home)}
    for name in (
        "http_proxy",
        "https_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
    ):
        made.pop(name, None)
    return made


def run(network, words, key_log):
    """Returns the client's exit code and what it said."""
    own = {**environment(network.folder), "SSLKEYLOGFILE": str(key_log)}
    done = network.inside(PHONE, *words, check=False, env=own, timeout=60)
    return done.returncode, (done.stdout + done.stderr).strip()

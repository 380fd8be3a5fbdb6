"""The versions of the programs that take part, as they say themselves."""

import importlib.metadata
import json
import os
import pathlib
import re
import ssl
import subprocess


def first_match(pattern, *words):
    done = subprocess.run(words, text=True, capture_output=True)
    found = re.search(pattern, done.stdout + done.stderr)
    if not found:
        raise ValueError(f"no version in what {words[0]} says")
    return found.group(1)


def version(program):
    """`program` as phone.py, case.py and build.py name it → "name version"."""
    package = importlib.metadata.version
    openssl = f"OpenSSL {python_openssl()}"
    if program == "curl":
        number, openssl = (
            first_match(pattern, "curl", "--version")
            for pattern in (r"^curl (\S+)", r"OpenSSL/(\S+)")
        )
        return f"curl {number} (OpenSSL {openssl})"
    if program == "okhttp":
        okhttp = first_match(r"([\d.]+)", "dpkg-query", "-W", "-f=${Version}", "libokhttp-java")
        return f"OkHttp {okhttp} on OpenJDK " + first_match(
            r'version "([^"]+)"', "java", "-version"
        )
    return {
        "contents": lambda: f"hypercorn {package('hypercorn')} ({openssl})",
        "contents-client": lambda: (
            f"Python httpx {package('httpx')} or websockets {package('websockets')} ({openssl})"
        ),
        "curl_cffi": lambda: f"curl_cffi {package('curl_cffi')} (BoringSSL)",
        "dig": lambda: "dig " + first_match(r"DiG ([\d.]+)", "dig", "-v"),
        "go": lambda: "Go " + first_match(r"go(\d[\w.]*)", "go", "version"),
        "http3": lambda: f"aioquic {package('aioquic')}",
        "httptoolkit": lambda: (
            f"mockttp {mockttp()} on Node.js " + first_match(r"v(\S+)", "node", "--version")
        ),
        "httpx": lambda: f"Python httpx {package('httpx')} ({openssl})",
        "mail": lambda: f"aiosmtpd {package('aiosmtpd')} ({openssl})",
        "mail-client": lambda: f"Python smtplib ({openssl})",
        "mitmproxy-har": lambda: f"mitmproxy {package('mitmproxy')}, which writes HAR",
        "mitmproxy-tampers": lambda: (
            f"mitmproxy {package('mitmproxy')}, whose addon changes the amount of transfers"
        ),
        "shop": lambda: f"hypercorn {package('hypercorn')} ({openssl})",
        "mitmproxy-tls12": lambda: f"mitmproxy {package('mitmproxy')}, TLS 1.2 at most",
        "sslsplit": lambda: "sslsplit " + first_match(r"SSLsplit (\S+)", "sslsplit", "-V"),
        "mitmproxy": lambda: f"mitmproxy {package('mitmproxy')}",
        "nginx": lambda: (
            "nginx "
            + first_match(r"nginx/(\S+)", "nginx", "-v")
            + " (OpenSSL "
            + first_match(r"OpenSSL (\S+)", "openssl", "version")
            + ")"
        ),
        "requests": lambda: f"Python requests {package('requests')} ({openssl})",
        "tcpdump": lambda: (
            "tcpdump " + first_match(r"tcpdump version (\S+)", "tcpdump", "--version")
        ),
        "tshark": lambda: (
            "tshark " + first_match(r"TShark \(Wireshark\) ([\d.]+\d)", "tshark", "--version")
        ),
    }[program]()


def python_openssl():
    return ssl.OPENSSL_VERSION.split()[1]


def mockttp():
    path = pathlib.Path(os.environ["LAB_TOOLS"]) / "node/node_modules/mockttp/package.json"
    return json.loads(path.read_text())["version"]

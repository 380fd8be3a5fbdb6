#!/usr/bin/env bash
# Installs the real programs that the captures are made with, into $LAB_TOOLS (outside the
# repository), and builds the clients that need a compiler. Does nothing that is done already.
# Needs Debian or Ubuntu, root, and the ordinary package registries.
set -euo pipefail

lab=$(cd "$(dirname "$0")" && pwd)
: "${LAB_TOOLS:?a folder outside the repository}"
mkdir -p "$LAB_TOOLS"

# Debian: the capture and network tools, the origin server, curl, OkHttp and the two compilers.
packages=(tcpdump tshark nginx-light iproute2 iptables ethtool dnsmasq-base bind9-dnsutils iputils-ping
    bettercap sslsplit udhcpc
    curl openssl golang-go default-jdk-headless libokhttp-java libokio-java nodejs npm python3-venv)
commands=(bettercap sslsplit udhcpc tcpdump tshark nginx ip iptables ethtool dnsmasq dig ping curl openssl go javac node npm)
missing=no
for command in "${commands[@]}"; do command -v "$command" >/dev/null || missing=$command; done
[ -e /usr/share/java/okhttp.jar ] || missing=okhttp
if [ "$missing" != no ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    # A node that is installed by other means brings its own npm; Debian's would conflict with it.
    if command -v node >/dev/null && command -v npm >/dev/null; then
        packages=("${packages[@]/nodejs/}"); packages=("${packages[@]/npm/}")
    fi
    # shellcheck disable=SC2046 # empty words must vanish
    apt-get install -q -y --no-install-recommends $(printf '%s ' "${packages[@]}")
fi

# Python: the newest that is there, for the newest mitmproxy wants one above Debian's.
if [ ! -x "$LAB_TOOLS/venv/bin/mitmdump" ]; then
    python=python3
    for candidate in python3.14 python3.13 python3.12 "$HOME"/.pyenv/versions/3.1[2-9]*/bin/python3; do
        if "$candidate" -c '' 2>/dev/null; then python=$candidate; break; fi
    done
    "$python" -m venv "$LAB_TOOLS/venv"
    "$LAB_TOOLS/venv/bin/pip" install -q mitmproxy curl_cffi 'httpx[http2]' requests aioquic aiosmtpd cryptography
fi
if ! "$LAB_TOOLS/venv/bin/python" -c 'import scapy, hypercorn, websockets, brotli, zstandard' 2>/dev/null; then
    "$LAB_TOOLS/venv/bin/pip" install -q scapy hypercorn websockets brotli zstandard
fi

# Node: the engine of HTTP Toolkit.
if [ ! -d "$LAB_TOOLS/node/node_modules/mockttp" ]; then
    mkdir -p "$LAB_TOOLS/node"
    npm install --silent --no-audit --no-fund --prefix "$LAB_TOOLS/node" mockttp
fi

# The compiled clients: built again whenever their source is newer.
mkdir -p "$LAB_TOOLS/clients"
if [ "$lab/clients/go_client.go" -nt "$LAB_TOOLS/clients/go_client" ]; then
    GO111MODULE=off GOFLAGS= go build -o "$LAB_TOOLS/clients/go_client" "$lab/clients/go_client.go"
fi
for app in OkHttpApp OkHttpShop; do
    if [ "$lab/clients/$app.java" -nt "$LAB_TOOLS/clients/$app.class" ]; then
        javac -cp /usr/share/java/okhttp.jar:/usr/share/java/okio.jar -d "$LAB_TOOLS/clients" "$lab/clients/$app.java"
    fi
done

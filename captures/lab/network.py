"""Network namespaces: phone — access point — origin, with names, delays and plain frames.

Where a case wants it, a guest shares the phone's link, as on a bridged access point.

The access point routes between both sides, answers DNS, and is where an interceptor stands and
where the capture is taken, on the phone's side. Segmentation offload is off on all links, so that
frames have the size and the checksums that they would have on the air.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import time

PREFIX = "ilab-"
PHONE, ACCESS_POINT, ORIGIN, GUEST = (PREFIX + part for part in ("phone", "ap", "origin", "guest"))
PHONE_IP, GATEWAY_IP, GUEST_IP = "192.168.50.20", "192.168.50.1", "192.168.50.66"
ORIGIN_GATEWAY_IP, ORIGIN_IP = "198.51.100.1", "198.51.100.10"
PHONE_SIDE, ORIGIN_SIDE = "wlan0", "wan0"
# The access point's port towards the phone, where a bridge joins it with the guest's.
PHONE_PORT = "port-phone"
HOSTS = (
    "api.shop.test",
    "www.shop.test",
    "cdn.shop.test",
    "mail.shop.test",
    "connectivity.shop.test",
    "pay.shop.test",
)
# One-way delays: a phone's radio link, and the way to a data centre in the same country.
RADIO_DELAY, BACKBONE_DELAY = "2ms", "8ms"
DISABLE_IPV6 = "net.ipv6.conf.{}.disable_ipv6={:d}"


def run(*words, check=True, **options):
    return subprocess.run(words, check=check, text=True, capture_output=True, **options)


class Network:
    """The namespaces, and the processes started in them, for as long as the `with` block lasts."""

    def __init__(self, folder, guest=False, ipv6=False):
        self.folder = pathlib.Path(folder)
        self.guest, self.ipv6 = guest, ipv6
        self.processes = []

    def __enter__(self):
        try:
            self.build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in list(self.processes):
            self.stop(process)
        remove_namespaces()

    def build(self):
        remove_namespaces()
        settings = [DISABLE_IPV6.format(word, not self.ipv6) for word in ("all", "default")]
        for namespace in (PHONE, ACCESS_POINT, ORIGIN, *([GUEST] if self.guest else [])):
            run("ip", "netns", "add", namespace)
            self.inside(namespace, "sysctl", "-q", "-w", *settings)
            self.inside(namespace, "ip", "link", "set", "lo", "up")
        if self.guest:
            self.shared_link()
        else:
            self.cable(
                PHONE, "wlan0", PHONE_IP, 20, ACCESS_POINT, PHONE_SIDE, GATEWAY_IP, 1, RADIO_DELAY
            )
        self.cable(
            ORIGIN,
            "eth0",
            ORIGIN_IP,
            30,
            ACCESS_POINT,
            ORIGIN_SIDE,
            ORIGIN_GATEWAY_IP,
            2,
            BACKBONE_DELAY,
        )
        self.inside(PHONE, "ip", "route", "add", "default", "via", GATEWAY_IP)
        self.inside(ORIGIN, "ip", "route", "add", "default", "via", ORIGIN_GATEWAY_IP)
        self.inside(ACCESS_POINT, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        self.names()

    def cable(self, a, a_link, a_ip, a_mac, b, b_link, b_ip, b_mac, delay):
        run(
            "ip",
            "link",
            "add",
            a_link,
            "netns",
            a,
            "type",
            "veth",
            "peer",
            "name",
            b_link,
            "netns",
            b,
        )
        for namespace, link, ip, mac in ((a, a_link, a_ip, a_mac), (b, b_link, b_ip, b_mac)):
            self.inside(
                namespace, "ip", "link", "set", link, "address", f"02:00:00:00:50:{mac:02x}", "up"
            )
            if ip:
                self.inside(namespace, "ip", "addr", "add", f"{ip}/24", "dev", link)
            self.inside(
                namespace,
                "ethtool",
                "-K",
                link,
                "tso",
                "off",
                "gso",
                "off",
                "gro",
                "off",
                "tx",
                "off",
            )
            # A kernel without netem has no delays: the captures then show a very near origin.
            self.inside(
                namespace,
                "tc",
                "qdisc",
                "add",
                "dev",
                link,
                "root",
                "netem",
                "delay",
                delay,
                check=False,
            )

    def shared_link(self):
        """Phone and guest on one link: the access point's PHONE_SIDE is a bridge of two ports."""
        inside = self.inside
        inside(ACCESS_POINT, "ip", "link", "add", PHONE_SIDE, "type", "bridge")
        inside(ACCESS_POINT, "ip", "link", "set", PHONE_SIDE, "address", "02:00:00:00:50:01", "up")
        inside(ACCESS_POINT, "ip", "addr", "add", f"{GATEWAY_IP}/24", "dev", PHONE_SIDE)
        self.cable(PHONE, "wlan0", PHONE_IP, 20, ACCESS_POINT, PHONE_PORT, None, 3, RADIO_DELAY)
        self.cable(GUEST, "wlan0", GUEST_IP, 66, ACCESS_POINT, "port-guest", None, 4, RADIO_DELAY)
        for port in (PHONE_PORT, "port-guest"):
            inside(ACCESS_POINT, "ip", "link", "set", port, "master", PHONE_SIDE)
        # Else the bridge rewrites addresses before the capture sees the frames, not behind it.
        inside(ACCESS_POINT, "sysctl", "-q", "-w", "net.bridge.bridge-nf-call-iptables=0", check=False)
        inside(GUEST, "ip", "route", "add", "default", "via", GATEWAY_IP)

    def names(self):
        """DNS by dnsmasq at the access point; a hosts file for what runs there itself."""
        lines = "127.0.0.1 localhost\n" + "".join(f"{ORIGIN_IP} {host}\n" for host in HOSTS)
        for namespace, resolver in (
            (PHONE, GATEWAY_IP),
            (ACCESS_POINT, "127.0.0.1"),
            (ORIGIN, ORIGIN_GATEWAY_IP),
            (GUEST, GATEWAY_IP),
        ):
            folder = pathlib.Path("/etc/netns") / namespace
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "hosts").write_text(
                lines if namespace == ACCESS_POINT else "127.0.0.1 localhost\n"
            )
            (folder / "resolv.conf").write_text(f"nameserver {resolver}\n")
        (self.folder / "hosts").write_text(lines)
        self.start(
            ACCESS_POINT,
            "dnsmasq",
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--no-resolv",
            "--no-hosts",
            f"--addn-hosts={self.folder / 'hosts'}",
            "--domain=test",
            "--local=/test/",
            "--pid-file=",
            "--user=root",
            "--local-ttl=120",
        )
        self.wait_for(ACCESS_POINT, 53)

    def redirect(self, port):
        """Sends what the phone means for port 443 to `port` at the access point instead."""
        self.inside(
            ACCESS_POINT,
            "iptables",
            "-t",
            "nat",
            "-A",
            "PREROUTING",
            "-i",
            PHONE_SIDE,
            "-s",
            PHONE_IP,
            "-p",
            "tcp",
            "--dport",
            "443",
            "-j",
            "REDIRECT",
            "--to-ports",
            str(port),
        )

    def inside(self, namespace, *words, **options):
        return run("ip", "netns", "exec", namespace, *map(str, words), **options)

    def start(self, namespace, *words, env=None):
        """Starts a process in its own session, so that it can be ended with its children."""
        log = open(
            self.folder / f"{pathlib.Path(str(words[0])).name}.{len(self.processes)}.log", "wb"
        )
        process = subprocess.Popen(
            ["ip", "netns", "exec", namespace, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, **(env or {})},
        )
        self.processes.append(process)
        return process

    def stop(self, process, how=signal.SIGTERM):
        if process.poll() is None:
            os.killpg(process.pid, how)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(5)
        self.processes.remove(process)

    def wait_for(self, namespace, port, seconds=20, kind="-t"):
        """Waits until something listens on a port."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.inside(
                namespace, "ss", "-H", "-l", "-n", kind, f"sport = :{port}"
            ).stdout.strip():
                return
            time.sleep(0.05)
        raise TimeoutError(f"nothing listens on port {port} in {namespace} after {seconds} s")


def remove_namespaces():
    present = run("ip", "netns", "list").stdout
    for namespace in (PHONE, ACCESS_POINT, ORIGIN, GUEST):
        if namespace in present:
            run("ip", "netns", "del", namespace, check=False)
        shutil.rmtree(pathlib.Path("/etc/netns") / namespace, ignore_errors=True)

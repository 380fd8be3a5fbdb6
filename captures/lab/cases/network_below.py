"""Somebody on the phone's link bends the way of its packets, without touching TLS."""

from case import API, Case, Client, Rules, Sees, all_but
from cases.clean import E1

APP = Client("curl", urls=API[:1])


def raised(*rules):
    return Rules(must=tuple((f"channel/{rule}",) for rule in rules), must_not=all_but())


CASES = (
    Case(
        "bettercap-arp-spoofed",
        shows="bettercap claims the gateway's address; TLS itself passes untouched.",
        look_at=(
            "The guest's link address answers for the gateway's, unasked, every second.",
            "The certificate is the genuine one: the attacker relays.",
        ),
        clients=(APP,),
        sees=(Sees(E1, requests=1),),
        blind=raised("arp-spoofed"),
        keys=raised("arp-spoofed"),
        steps=("meet-the-gateway", "arp-spoof", "clients"),
        guest=True,
        filters=(("arp.opcode == 2", 4),),
    ),
    Case(
        "bettercap-dns-spoofed",
        shows="bettercap answers a name with its own address.",
        look_at=("The answer's time to live is 1024, and its address is on the phone's own link.",),
        clients=(),
        sees=(),
        blind=raised("arp-spoofed", "dns-spoofed"),
        steps=("meet-the-gateway", "dns-spoof"),
        guest=True,
        filters=(("dns.a == 192.168.50.66", 1),),
    ),
    Case(
        "rogue-dhcp-server",
        shows="A guest answers DHCP beside the access point, with itself as router and resolver.",
        look_at=("Two server identifiers, two routers, two resolvers for one link.",),
        clients=(),
        sees=(),
        blind=raised("rogue-dhcp"),
        steps=("meet-the-gateway", "dhcp"),
        guest=True,
        filters=(
            ("dhcp.option.dhcp_server_id == 192.168.50.1", 1),
            ("dhcp.option.dhcp_server_id == 192.168.50.66", 1),
        ),
    ),
    Case(
        "rogue-router",
        shows="A guest advertises itself as an IPv6 router, with high preference and its own resolver.",
        look_at=("Two routers advertise on one link; the second came later and wants to be preferred.",),
        clients=(),
        sees=(),
        blind=raised("rogue-router"),
        steps=("router-advertisements",),
        guest=True,
        ipv6=True,
        filters=(("icmpv6.type == 134 && eth.src == 02:00:00:00:50:01", 1), ("icmpv6.type == 134 && eth.src == 02:00:00:00:50:42", 1)),
    ),
    Case(
        "icmp-redirected",
        shows="A guest sends the phone ICMP redirects in the gateway's name.",
        look_at=("The frames with the gateway's network address come from the guest's link address.",),
        clients=(),
        sees=(),
        blind=raised("icmp-redirect"),
        steps=("meet-the-gateway", "icmp-redirect"),
        guest=True,
        filters=(("icmp.type == 5", 3),),
    ),
)

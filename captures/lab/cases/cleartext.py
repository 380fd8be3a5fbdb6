"""What plain HTTP gives away: a portal, a set-up page, an API without TLS, a stripped login."""

from case import NOT_OBSERVABLE, Case, Rules, Sees, all_but
from cases.clean import QUIET

CASES = (
    Case(
        "captive-portal",
        shows="A guest network's portal answers the phone's connectivity check until somebody logs in.",
        look_at=(
            "`/generate_204` is answered by a redirect to the portal, later by the origin's 204.",
            "A portal is no interception: no certificate is touched.",
        ),
        clients=(),
        sees=(),
        blind=Rules(must=(("channel/captive-portal",),), quiet=True),
        steps=("portal",),
        filters=(("http.response.code == 302", 1), ("http.response.code == 204", 1)),
    ),
    Case(
        "cleartext-api",
        shows="An app logs in and uses its token over plain HTTP.",
        look_at=("The password and the bearer token can be read by everybody on the way.",),
        clients=(),
        sees=(),
        blind=Rules(
            must=(("channel/cleartext-api",), ("credentials/sent-in-cleartext",)),
            must_not=all_but(),
        ),
        steps=("cleartext-requests",),
        filters=(('http.authorization contains "Bearer"', 1), ("http.request.method == POST", 1)),
    ),
    Case(
        "mitmproxy-setup-page",
        shows="The phone fetches mitmproxy's set-up page and its CA through the proxy.",
        look_at=("The answer is a CA certificate, over plain HTTP, from a host that only mitmproxy has.",),
        clients=(),
        sees=(),
        blind=Rules(must=(("device/proxy-setup",), ("channel/explicit-proxy",))),
        interceptor="mitmproxy",
        mode="regular",
        steps=("setup-page",),
        filters=(('http.host == "mitm.it"', 2),),
    ),
    Case(
        "bettercap-ssl-stripped",
        shows="bettercap strips TLS: the phone was on https before, and is served over http now.",
        look_at=(
            "The first visit is https. After the ARP spoofing the same page comes over http.",
            "The genuine site answers http with a redirect to https; bettercap follows it itself.",
        ),
        clients=(),
        sees=(Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, sni="www.shop.test"),),
        blind=Rules(must=(("channel/ssl-stripped",), ("channel/arp-spoofed",))),
        steps=("meet-the-gateway", "ssl-strip"),
        guest=True,
        filters=(("http.response.code == 200", 1),),
    ),
)

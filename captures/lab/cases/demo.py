"""One story for who opens a capture for the first time: all that the terminal UI has to show."""

from case import Case, Rules, Sees
from cases.intercepted import MITMPROXY

GENUINE = "CN=LP E1"
PAY = "pay-app ../pki/ec.pem"

CASES = (
    Case(
        "demo",
        shows="Two apps, an interceptor that one of them lets in, and a transfer that is sent twice.",
        look_at=(
            "First both apps reach their API: the chains lead to the lab's public root.",
            "Then mitmproxy is in between. ShopApp accepts its certificate, logs in and transfers.",
            "PayApp pins its issuer's key, as Android's network security configuration does it, and "
            "refuses with the alert `certificate_unknown` (46).",
            "At last the transfer is sent again, byte for byte, by who stands in between: from a machine "
            "of the same network, past mitmproxy.",
            "The keys of all sessions are in the capture itself, as a block of decryption secrets.",
        ),
        clients=(),
        sees=(
            Sees(GENUINE, requests=4),
            Sees(GENUINE, requests=3, sni="pay.shop.test"),
            Sees(MITMPROXY, requests=6),
            Sees(MITMPROXY, alerts=(46,), data=False, sni="pay.shop.test"),
            Sees(MITMPROXY, alerts=(46,), data=False, sni="pay.shop.test"),
            Sees(GENUINE, "TLS 1.3", requests=1),
        ),
        blind=Rules(
            must=(
                ("channel/interception-accepted",),
                ("channel/known-interceptor",),
                ("channel/certificate-refused",),
                ("channel/issuer-changed",),
                ("channel/request-replayed",),
            ),
            must_not=("channel/hostname-mismatch", "channel/expired-certificate"),
        ),
        server="shop",
        hosts=("api.shop.test", "pay.shop.test"),
        steps=(
            "phone okhttp: old-shop-app; start; pause 1; login ada; get /v2/orders; pause 2",
            f"phone okhttp: {PAY}; start; pause 1; get /v1/feed; pause 3",
            "redirect",
            "phone okhttp: old-shop-app; start; pause 2; login ada; get /v2/orders; pause 2; "
            "get /v2/orders/4; pause 3; transfer /v1/transfer 1250; keep-request kept.curl; pause 2",
            f"phone okhttp: {PAY}; refused /v1/feed; pause 4; refused /v1/feed; pause 8",
            "guest curl: kept.curl",
        ),
        guest=True,
        guest_is_seen=True,
        interceptor="mitmproxy",
        embeds_keys=True,
    ),
)

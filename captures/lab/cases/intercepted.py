"""mitmproxy and HTTP Toolkit's engine stand in between, accepted or refused by the app."""

from case import API, NOT_OBSERVABLE, Case, Client, Rules, Sees, all_but

MITMPROXY, HTTP_TOOLKIT = "CN=mitmproxy, O=mitmproxy", "CN=HTTP Toolkit CA"
TRACES = (
    "channel/interception-accepted",
    "channel/issuer-changed",
    "channel/pin-mismatch",
)
MARKS = ("channel/known-interceptor", "channel/untrusted-issuer", "channel/forged-on-the-fly")
ACCEPTED = Rules(
    must=(("channel/known-interceptor",), ("channel/interception-accepted",)),
    must_not=(*all_but(*MARKS, "channel/interception-accepted"), "channel/certificate-refused"),
)
REFUSED = Rules(
    must=(("channel/known-interceptor",), ("channel/certificate-refused",)),
    must_not=all_but(*MARKS),
)
MIDWAY = Rules(
    must=(*ACCEPTED.must, ("channel/issuer-changed",)), must_not=all_but(*MARKS, *TRACES)
)
UNSEEN = Rules(must_not=(*all_but(), "channel/certificate-refused"))

CASES = (
    Case(
        "mitmproxy-accepted-tls12",
        shows="mitmproxy intercepts; its CA is installed on the phone, and both apps accept.",
        look_at=(
            "The leaf's issuer is mitmproxy's own CA, and that CA is not sent with it.",
            "Both apps finish the handshake and send requests: the interception succeeded.",
            "Compare `clean-tls12`: the same host there has a leaf of the public CA.",
        ),
        clients=(Client("curl", trust="interceptor"), Client("okhttp", trust="interceptor")),
        sees=(Sees(MITMPROXY, requests=3), Sees(MITMPROXY, requests=3)),
        blind=ACCEPTED,
        keys=ACCEPTED,
        pins=Rules((*ACCEPTED.must, ("channel/pin-mismatch",)), MIDWAY.must_not),
        pinned_by=("clean-tls12",),
        interceptor="mitmproxy",
    ),
    Case(
        "mitmproxy-accepted-tls13",
        shows="The same interception under TLS 1.3: without keys its certificate cannot be seen.",
        look_at=(
            (
                "Blind, the certificates are *not observable*: the right answer is to say so and "
                "what would help, not `clean`."
            ),
            "With `keys.log` mitmproxy's CA shows as the issuer.",
        ),
        clients=(Client("curl_cffi/chrome131_android", "1.3", trust="interceptor"),),
        sees=(Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=3, issuer_with_keys=MITMPROXY),),
        blind=UNSEEN,
        keys=ACCEPTED,
        baseline=Rules(must=(("channel/server-fingerprint-changed",),)),
        learned_from=("clean-chrome-android-tls13",),
        interceptor="mitmproxy",
    ),
    Case(
        "mitmproxy-explicit-connect-tls12",
        shows="mitmproxy as the proxy that the phone is told to use: TLS inside HTTP CONNECT.",
        look_at=(
            (
                "The TCP connection goes to the proxy's address; the host is in the CONNECT line "
                "and in the SNI."
            ),
            "The handshake starts behind `HTTP/1.1 200 Connection established`.",
        ),
        clients=(Client("curl-proxy", trust="interceptor"),),
        sees=(Sees(MITMPROXY, requests=3),),
        blind=Rules((*ACCEPTED.must, ("channel/explicit-proxy",)), ACCEPTED.must_not),
        keys=ACCEPTED,
        interceptor="mitmproxy",
        mode="regular",
        filters=(('http.request.method == "CONNECT"', 1), ("tcp.port == 443", None)),
    ),
    Case(
        "mitmproxy-refused-tls12",
        shows="mitmproxy intercepts, its CA is not installed: both apps refuse.",
        look_at=(
            (
                "Go says `bad_certificate` (42), curl with OpenSSL `unknown_ca` (48); neither "
                "sends a request."
            ),
        ),
        clients=(Client("go", succeeds=False), Client("curl", urls=API[:1], succeeds=False)),
        sees=(Sees(MITMPROXY, alerts=(42,), data=False), Sees(MITMPROXY, alerts=(48,), data=False)),
        blind=REFUSED,
        interceptor="mitmproxy",
    ),
    Case(
        "mitmproxy-refused-pinned-tls12",
        shows="mitmproxy's CA is installed, but the app pins its issuer's key: it refuses.",
        look_at=(
            (
                "OkHttp finishes the handshake, then compares pins, then closes: no alert but "
                "`close_notify`, and no request."
            ),
        ),
        clients=(Client("okhttp", trust="interceptor", pinned=True, succeeds=False),),
        sees=(Sees(MITMPROXY, data=False),),
        blind=REFUSED,
        keys=REFUSED,
        interceptor="mitmproxy",
    ),
    Case(
        "httptoolkit-accepted-tls12",
        shows="HTTP Toolkit's engine intercepts; its CA is installed, and both apps accept.",
        look_at=(
            (
                "The chain has the self-signed CA itself behind the leaf: the leaf is *not* "
                "self-signed."
            ),
            (
                "The leaf carries two certificate timestamps of logs that no list knows: mockttp "
                "invents them."
            ),
            "Both hosts' leaves have one key.",
        ),
        clients=(
            Client("okhttp", trust="interceptor"),
            Client("httpx", trust="interceptor", urls=(API[0], "https://www.shop.test/v1/orders")),
        ),
        sees=(
            Sees(HTTP_TOOLKIT, requests=3),
            Sees(HTTP_TOOLKIT, requests=1),
            Sees(HTTP_TOOLKIT, requests=1, sni="www.shop.test"),
        ),
        blind=ACCEPTED,
        keys=ACCEPTED,
        interceptor="httptoolkit",
    ),
    Case(
        "httptoolkit-refused-tls12",
        shows="HTTP Toolkit's engine intercepts, its CA is not installed: both apps refuse.",
        look_at=(
            (
                "OkHttp on the JDK says `certificate_unknown` (46), Python `unknown_ca` (48); "
                "neither sends a request."
            ),
        ),
        clients=(Client("okhttp", succeeds=False), Client("requests", succeeds=False)),
        sees=(
            Sees(HTTP_TOOLKIT, alerts=(46,), data=False),
            Sees(HTTP_TOOLKIT, alerts=(48,), data=False),
        ),
        blind=REFUSED,
        interceptor="httptoolkit",
    ),
    Case(
        "sslsplit-accepted-tls12",
        shows="sslsplit intercepts with a CA of any name; it is installed, and the app accepts.",
        look_at=(
            "No name gives it away: one key for two hosts, no timestamps, serial numbers near the genuine.",
        ),
        clients=(
            Client("curl", trust="interceptor", urls=API[:1]),
            Client("curl", trust="interceptor", urls=("https://www.shop.test/",)),
        ),
        sees=(
            Sees("CN=Split Works Root", requests=1),
            Sees("CN=Split Works Root", requests=1, sni="www.shop.test"),
        ),
        blind=Rules(
            must=(
                ("channel/forged-on-the-fly", "channel/known-interceptor"),
                ("channel/interception-accepted",),
            ),
            must_not=all_but(*MARKS, *TRACES[:1]),
        ),
        interceptor="sslsplit",
    ),
    Case(
        "mitmproxy-begins-midway",
        shows="The first session is genuine; then mitmproxy is switched on for the same host.",
        look_at=("Two issuers for one host within seconds, the second one private.",),
        clients=(Client("curl", trust="interceptor"), Client("curl", trust="interceptor")),
        sees=(Sees("CN=LP E1", requests=3), Sees(MITMPROXY, requests=3)),
        blind=MIDWAY,
        keys=MIDWAY,
        interceptor="mitmproxy",
        steps=("client 0", "redirect", "client 1"),
    ),
    Case(
        "mitmproxy-downgraded",
        shows="mitmproxy offers TLS 1.2 at most, where the origin speaks TLS 1.3.",
        look_at=(
            "With what `clean-tls13` shows of the host, the lower version alone is suspicious.",
        ),
        clients=(Client("curl", "1.3", trust="interceptor"),),
        sees=(Sees(MITMPROXY, requests=3),),
        blind=ACCEPTED,
        baseline=Rules((*ACCEPTED.must, ("channel/downgraded",)), ACCEPTED.must_not),
        learned_from=("clean-tls13",),
        interceptor="mitmproxy-tls12",
    ),
)

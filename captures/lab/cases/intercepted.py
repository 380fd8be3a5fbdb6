"""mitmproxy and HTTP Toolkit's engine stand in between, accepted or refused by the app."""

from case import API, NOT_OBSERVABLE, Case, Client, Rules, Sees, all_but

MITMPROXY, HTTP_TOOLKIT = "CN=mitmproxy, O=mitmproxy", "CN=HTTP Toolkit CA"
FORGED = Rules(
    must=(("channel/known-interceptor",),),
    must_not=all_but("channel/known-interceptor", "channel/untrusted-issuer"),
)
UNSEEN = Rules(must_not=all_but())

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
        blind=FORGED,
        keys=FORGED,
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
        keys=FORGED,
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
        blind=FORGED,
        keys=FORGED,
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
        blind=FORGED,
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
        blind=FORGED,
        keys=FORGED,
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
        blind=FORGED,
        keys=FORGED,
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
        blind=FORGED,
        interceptor="httptoolkit",
    ),
)

"""What is inside: exchanges of every form, which a key log opens."""

from case import NOT_OBSERVABLE, Case, Client, Rules, Sees
from cases.clean import E1, QUIET
from cases.intercepted import MITMPROXY

BASE = ("https://api.shop.test",)

CASES = (
    Case(
        "contents-http1",
        shows="One app's requests of every form over HTTP/1.1, in TLS 1.2 and 1.3, and a WebSocket.",
        look_at=(
            "The first session has a CBC suite with encrypt-then-MAC (RFC 7366).",
            "Codings gzip, deflate, br and zstd; chunked content both ways; HEAD, 204 and 304.",
            "The third session turns to a WebSocket with permessage-deflate.",
            "`expected.json` lists what the origin served: method, URL, status, content.",
        ),
        clients=(
            Client("contents/cbc", urls=BASE),
            Client("contents/http1", "1.3", urls=BASE),
            Client("contents/websocket", "1.3", urls=BASE),
        ),
        sees=(
            Sees(E1, requests=14),
            Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=14, issuer_with_keys=E1),
            Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=1, issuer_with_keys=E1),
        ),
        blind=QUIET,
        # The token that the clients show has no `exp`.
        keys=Rules(must=(("api/token-weak",),), must_not=QUIET.must_not),
        server="contents",
        filters=(("tls.handshake.ciphersuite == 0xc023 && tls.handshake.type == 2", 1),),
    ),
    Case(
        "contents-http2",
        shows="One app's requests of every form over HTTP/2, gRPC among them.",
        look_at=(
            "One connection, one stream for each request; header fields come compressed (HPACK).",
            "The gRPC call has its status in trailers.",
            "`expected.json` lists what the origin served: method, URL, status, content.",
        ),
        clients=(Client("contents/http2", "1.3", urls=BASE),),
        sees=(Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=15, issuer_with_keys=E1),),
        blind=QUIET,
        # The token that the clients show has no `exp`.
        keys=Rules(must=(("api/token-weak",),), must_not=QUIET.must_not),
        server="contents",
    ),
    Case(
        "mitmproxy-har",
        shows="A tester's mitmproxy, which writes what it saw as a HAR file.",
        look_at=(
            "`exchanges.har` has the requests as the proxy saw them: no packet, no certificate.",
            "One request was plain HTTP, with a bearer token.",
        ),
        clients=(Client("curl-proxy", "1.3", trust="interceptor"),),
        sees=(Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=3, issuer_with_keys=MITMPROXY),),
        blind=Rules(must=(("channel/explicit-proxy",), ("channel/cleartext-api",))),
        keys=Rules(must=(("channel/interception-accepted",),), must_not=()),
        har=Rules(must=(("channel/cleartext-api",),)),
        interceptor="mitmproxy-har",
        mode="regular",
        steps=("clients", "proxied-cleartext"),
    ),
    Case(
        "cleartext-http2",
        shows="An app uses its token over HTTP/2 without TLS.",
        look_at=(
            "The client knows that the server speaks HTTP/2 (prior knowledge, RFC 9113 section 3.3).",
            "The second connection asks for it: `Upgrade: h2c` (RFC 7540 section 3.2).",
        ),
        clients=(),
        sees=(),
        blind=Rules(must=(("channel/cleartext-api",),), must_not=("channel/known-interceptor",)),
        server="contents",
        steps=("cleartext-http2",),
        filters=(("http2.headers.status == 200", 2), ("http.response.code == 101", 1)),
    ),
)

"""The cases, one entry each: the table that build.py makes and verify.py checks."""

from case import API, NOT_OBSERVABLE, Case, Client, Rules, Sees, all_but

QUIET = Rules(quiet=True)
E1, R1 = "CN=LP E1", "CN=LP R1"
MITMPROXY, HTTP_TOOLKIT = "CN=mitmproxy, O=mitmproxy", "CN=HTTP Toolkit CA"
FORGED = Rules(
    must=(("channel/known-interceptor",),),
    must_not=all_but("channel/known-interceptor", "channel/untrusted-issuer"),
)
UNSEEN = Rules(must_not=all_but())

CLEAN = (
    Case(
        "clean-tls12",
        "Two apps talk to their API over TLS 1.2; nobody is in between.",
        (
            "Every handshake shows its chain: leaf and one intermediate, whose root is `lab/trust/public-root.pem`.",
            "OkHttp (JDK) writes no key log, so `keys.log` opens the second session only.",
        ),
        (Client("okhttp"), Client("httpx")),
        (Sees(E1), Sees(E1, requests=3)),
        QUIET,
        QUIET,
    ),
    Case(
        "clean-tls13",
        "Two apps talk to their API over TLS 1.3; nobody is in between.",
        (
            "Without `keys.log` no certificate can be seen (RFC 8446 section 4.4): nothing may be concluded from that.",
            "Go opens a new connection for each request and resumes the first session: no certificate in the later two.",
        ),
        (Client("curl", "1.3"), Client("go", "1.3")),
        (
            Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=3, issuer_with_keys=E1),
            *(
                Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=1, issuer_with_keys=issuer)
                for issuer in (E1, None, None)
            ),
        ),
        QUIET,
        QUIET,
    ),
    Case(
        "clean-chrome-android-tls13",
        "The handshake of Chrome 131 on Android.",
        (
            "GREASE values, shuffled extensions, ECH grease: fingerprints must be stable against all of them.",
        ),
        (Client("curl_cffi/chrome131_android", "1.3"),),
        (Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=3, issuer_with_keys=E1),),
        QUIET,
        QUIET,
        filters=(("tls.handshake.type == 1 && tls.handshake.extension.type == 65037", 1),),
    ),
    Case(
        "clean-post-quantum-tls13",
        "The handshakes of Chrome 146 and Firefox 147, with post-quantum key shares.",
        (
            "Each ClientHello carries X25519MLKEM768 (group 4588) and lies in more than one TCP segment.",
            "The origin does not know that group and takes the X25519 share of the same ClientHello.",
        ),
        (Client("curl_cffi/chrome146", "1.3"), Client("curl_cffi/firefox147", "1.3", urls=API[:1])),
        (
            Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=3, issuer_with_keys=E1),
            Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=1, issuer_with_keys=E1),
        ),
        QUIET,
        QUIET,
        filters=(
            ("tls.handshake.extensions_key_share_group == 4588", 2),
            ("tls.handshake.type == 1 && tcp.segment.count > 1", 2),
        ),
    ),
    Case(
        "clean-http3",
        "Two apps speak HTTP/3 over QUIC version 1; nobody is in between.",
        (
            "No TCP at all: the ClientHello lies in CRYPTO frames of Initial packets, whose keys are public (RFC 9001 section 5.2).",
            "The second ClientHello has a post-quantum key share and lies in several Initial packets, in pieces out of order.",
            "The certificate comes in Handshake packets, which only `keys.log` opens.",
        ),
        (Client("curl_cffi-h3/chrome131_android", "1.3"), Client("curl_cffi-h3/chrome146", "1.3")),
        (Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, transport="quic", issuer_with_keys=E1),) * 2,
        QUIET,
        QUIET,
        server="http3",
        filters=(
            ("quic.version == 1", 4),
            ("tcp.port == 443", None),
            ("tls.handshake.extensions_key_share_group == 4588", 1),
        ),
    ),
    Case(
        "clean-resumption-tls12",
        "One full TLS 1.2 handshake, then two that resume it by session ticket.",
        (
            "The second and third session have no Certificate message at all (RFC 5077 section 3.1): that is no sign of anything.",
        ),
        (Client("go"),),
        (Sees(R1, requests=1), Sees(None, requests=1), Sees(None, requests=1)),
        QUIET,
        QUIET,
        leaf="rsa",
        filters=(
            ("tls.handshake.type == 11", 1),
            (
                "tls.handshake.type == 1 && tls.handshake.extension.type == 35 && tls.handshake.extension.len == 192",
                2,
            ),
        ),
    ),
    Case(
        "clean-starttls-smtp",
        "An app sends a mail: TLS 1.2 begins inside an SMTP connection, with STARTTLS.",
        (
            "The TLS handshake starts in the middle of the TCP stream, after `220` to the client's `STARTTLS` (RFC 3207).",
        ),
        (Client("mail", urls=("smtp://mail.shop.test:587",)),),
        (Sees(R1, sni="mail.shop.test"),),
        QUIET,
        QUIET,
        server="mail",
        leaf="rsa",
        hosts=("mail.shop.test",),
        filters=(('smtp.command_line contains "STARTTLS"', 1),),
    ),
    Case(
        "clean-background-noise",
        "A phone's ordinary noise around one clean TLS 1.2 session.",
        (
            "DNS over UDP and TCP, names that do not exist, echo requests, a plain HTTP connectivity check, a refused TCP port.",
        ),
        (Client("requests"),),
        (Sees(E1, requests=3),),
        QUIET,
        QUIET,
        noise=True,
        filters=(
            ("dns.flags.rcode == 3", 1),
            ("dns && tcp", 1),
            ("icmp.type == 8", 3),
            ("http.response.code == 204", 1),
            ("tcp.srcport == 5228 && tcp.flags.reset == 1", 1),
        ),
    ),
)

INTERCEPTED = (
    Case(
        "mitmproxy-accepted-tls12",
        "mitmproxy intercepts; its CA is installed on the phone, and both apps accept.",
        (
            "The leaf's issuer is mitmproxy's own CA, and that CA is not sent with it.",
            "Both apps finish the handshake and send requests: the interception succeeded.",
            "Compare `clean-tls12`: the same host there has a leaf of the public CA.",
        ),
        (Client("curl", trust="interceptor"), Client("okhttp", trust="interceptor")),
        (Sees(MITMPROXY, requests=3), Sees(MITMPROXY, requests=3)),
        FORGED,
        FORGED,
        interceptor="mitmproxy",
    ),
    Case(
        "mitmproxy-accepted-tls13",
        "The same interception under TLS 1.3: without keys its certificate cannot be seen.",
        (
            "Blind, the certificates are *not observable*: the right answer is to say so and what would help, not `clean`.",
            "With `keys.log` mitmproxy's CA shows as the issuer.",
        ),
        (Client("curl_cffi/chrome131_android", "1.3", trust="interceptor"),),
        (Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=3, issuer_with_keys=MITMPROXY),),
        UNSEEN,
        FORGED,
        interceptor="mitmproxy",
    ),
    Case(
        "mitmproxy-explicit-connect-tls12",
        "mitmproxy as the proxy that the phone is told to use: TLS inside HTTP CONNECT.",
        (
            "The TCP connection goes to the proxy's address; the host is in the CONNECT line and in the SNI.",
            "The handshake starts behind `HTTP/1.1 200 Connection established`.",
        ),
        (Client("curl-proxy", trust="interceptor"),),
        (Sees(MITMPROXY, requests=3),),
        FORGED,
        FORGED,
        interceptor="mitmproxy",
        mode="regular",
        filters=(('http.request.method == "CONNECT"', 1), ("tcp.port == 443", None)),
    ),
    Case(
        "mitmproxy-refused-tls12",
        "mitmproxy intercepts, its CA is not installed: both apps refuse.",
        (
            "Go says `bad_certificate` (42), curl with OpenSSL `unknown_ca` (48); neither sends a request.",
        ),
        (Client("go", succeeds=False), Client("curl", urls=API[:1], succeeds=False)),
        (Sees(MITMPROXY, alerts=(42,), data=False), Sees(MITMPROXY, alerts=(48,), data=False)),
        FORGED,
        interceptor="mitmproxy",
    ),
    Case(
        "mitmproxy-refused-pinned-tls12",
        "mitmproxy's CA is installed, but the app pins its issuer's key: it refuses.",
        (
            "OkHttp finishes the handshake, then compares pins, then closes: no alert but `close_notify`, and no request.",
        ),
        (Client("okhttp", trust="interceptor", pinned=True, succeeds=False),),
        (Sees(MITMPROXY, data=False),),
        FORGED,
        FORGED,
        interceptor="mitmproxy",
    ),
    Case(
        "httptoolkit-accepted-tls12",
        "HTTP Toolkit's engine intercepts; its CA is installed, and both apps accept.",
        (
            "The chain has the self-signed CA itself behind the leaf: the leaf is *not* self-signed.",
            "The leaf carries two certificate timestamps of logs that no list knows: mockttp invents them.",
            "Both hosts' leaves have one key.",
        ),
        (
            Client("okhttp", trust="interceptor"),
            Client("httpx", trust="interceptor", urls=(API[0], "https://www.shop.test/v1/orders")),
        ),
        (
            Sees(HTTP_TOOLKIT, requests=3),
            Sees(HTTP_TOOLKIT, requests=1),
            Sees(HTTP_TOOLKIT, requests=1, sni="www.shop.test"),
        ),
        FORGED,
        FORGED,
        interceptor="httptoolkit",
    ),
    Case(
        "httptoolkit-refused-tls12",
        "HTTP Toolkit's engine intercepts, its CA is not installed: both apps refuse.",
        (
            "OkHttp on the JDK says `certificate_unknown` (46), Python `unknown_ca` (48); neither sends a request.",
        ),
        (Client("okhttp", succeeds=False), Client("requests", succeeds=False)),
        (
            Sees(HTTP_TOOLKIT, alerts=(46,), data=False),
            Sees(HTTP_TOOLKIT, alerts=(48,), data=False),
        ),
        FORGED,
        interceptor="httptoolkit",
    ),
)


def bad(rule, *also):
    """`rule` must be raised; `also` may be."""
    return Rules(
        must=((f"channel/{rule}",),),
        must_not=all_but(*(f"channel/{name}" for name in (rule, *also))),
    )


BAD_ORIGIN = (
    Case(
        "self-signed-origin",
        "The origin's own certificate is self-signed. One app refuses it, one accepts anything.",
        (
            "curl answers `unknown_ca` (48); requests with `verify=False` goes on and sends its requests.",
        ),
        (Client("curl", urls=API[:1], succeeds=False), Client("requests", verify="off")),
        (Sees("O=Example Works", alerts=(48,), data=False), Sees("O=Example Works", requests=3)),
        bad("self-signed-certificate", "untrusted-issuer"),
        bad("self-signed-certificate", "untrusted-issuer"),
        leaf="self-signed",
    ),
    Case(
        "expired-origin",
        "The origin forgot to renew: its certificate ended three days before the capture.",
        (
            "httpx answers `certificate_expired` (45); `curl --insecure` goes on.",
            "Chain, name and key are good: expiry is judged by the packet's time, never by today's.",
        ),
        (Client("httpx", succeeds=False), Client("curl", verify="off")),
        (Sees(E1, alerts=(45,), data=False), Sees(E1, requests=3)),
        bad("expired-certificate"),
        bad("expired-certificate"),
        leaf="expired",
    ),
    Case(
        "wrong-host-origin",
        "The origin shows a good certificate of another host, and the app does not compare names.",
        (
            "OkHttp with a host name verifier that always agrees: a classic fault of Android apps (CWE-297).",
            "SNI and certificate disagree; the chain itself is trusted.",
        ),
        (Client("okhttp", verify="anyname"),),
        (Sees(E1),),
        bad("hostname-mismatch"),
        hosts=("static.other.test", "other.test"),
    ),
    Case(
        "private-ca-origin",
        "The origin uses a company's own CA that the phone does not know; the app accepts anything.",
        (
            "Issuer and subject differ, no known product's marks: untrusted, neither self-signed nor a named interceptor.",
        ),
        (Client("go", verify="off", urls=API[:1]),),
        (Sees("CN=Example Works Device CA", requests=1),),
        bad("untrusted-issuer"),
        bad("untrusted-issuer"),
        leaf="private",
    ),
    Case(
        "weak-key-origin",
        "The origin's certificate has an RSA key of 1024 bits.",
        ("All else is good. `curl --insecure` accepts it.",),
        (Client("curl-weak", verify="off"),),
        (Sees(R1, requests=3),),
        bad("weak-certificate", "untrusted-issuer"),
        bad("weak-certificate", "untrusted-issuer"),
        leaf="weak",
        settings="small-key",
    ),
    Case(
        "weak-protocol-tls10",
        "An old origin and an old app agree on TLS 1.0.",
        ("ClientHello and ServerHello both say 0x0301. The certificate is good.",),
        (Client("curl", "1.0"),),
        (Sees(R1, "TLS 1.0", requests=3),),
        bad("weak-protocol"),
        bad("weak-protocol"),
        leaf="rsa",
        settings="legacy",
        http2=False,
        filters=(("tls.handshake.type == 2 && tls.handshake.version == 0x0301", 1),),
    ),
)

CASES = {case.name: case for case in (*CLEAN, *INTERCEPTED, *BAD_ORIGIN)}

"""Nobody is in between: nothing of medium severity or above may be raised."""

from case import API, NOT_OBSERVABLE, Case, Client, Rules, Sees

QUIET = Rules(quiet=True)
E1, R1 = "CN=LP E1", "CN=LP R1"

CASES = (
    Case(
        "clean-tls12",
        shows="Two apps talk to their API over TLS 1.2; nobody is in between.",
        look_at=(
            (
                "Every handshake shows its chain: leaf and one intermediate, whose root is "
                "`lab/trust/public-root.pem`."
            ),
            "OkHttp (JDK) writes no key log, so `keys.log` opens the second session only.",
        ),
        clients=(Client("okhttp"), Client("httpx")),
        sees=(Sees(E1), Sees(E1, requests=3)),
        blind=QUIET,
        keys=QUIET,
    ),
    Case(
        "clean-tls13",
        shows="Two apps talk to their API over TLS 1.3; nobody is in between.",
        look_at=(
            (
                "Without `keys.log` no certificate can be seen (RFC 8446 section 4.4): nothing "
                "may be concluded from that."
            ),
            (
                "Go opens a new connection for each request and resumes the first session: no "
                "certificate in the later two."
            ),
        ),
        clients=(Client("curl", "1.3"), Client("go", "1.3")),
        sees=(
            Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=3, issuer_with_keys=E1),
            *(
                Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=1, issuer_with_keys=issuer)
                for issuer in (E1, None, None)
            ),
        ),
        blind=QUIET,
        keys=QUIET,
    ),
    Case(
        "clean-chrome-android-tls13",
        shows="The handshake of Chrome 131 on Android.",
        look_at=(
            (
                "GREASE values, shuffled extensions, ECH grease: fingerprints must be stable "
                "against all of them."
            ),
        ),
        clients=(Client("curl_cffi/chrome131_android", "1.3"),),
        sees=(Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=3, issuer_with_keys=E1),),
        blind=QUIET,
        keys=QUIET,
        filters=(("tls.handshake.type == 1 && tls.handshake.extension.type == 65037", 1),),
    ),
    Case(
        "clean-post-quantum-tls13",
        shows="The handshakes of Chrome 146 and Firefox 147, with post-quantum key shares.",
        look_at=(
            (
                "Each ClientHello carries X25519MLKEM768 (group 4588) and lies in more than one "
                "TCP segment."
            ),
            (
                "The origin does not know that group and takes the X25519 share of the same "
                "ClientHello."
            ),
        ),
        clients=(
            Client("curl_cffi/chrome146", "1.3"),
            Client("curl_cffi/firefox147", "1.3", urls=API[:1]),
        ),
        sees=(
            Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=3, issuer_with_keys=E1),
            Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=1, issuer_with_keys=E1),
        ),
        blind=QUIET,
        keys=QUIET,
        filters=(
            ("tls.handshake.extensions_key_share_group == 4588", 2),
            ("tls.handshake.type == 1 && tcp.segment.count > 1", 2),
        ),
    ),
    Case(
        "clean-http3",
        shows="Two apps speak HTTP/3 over QUIC version 1; nobody is in between.",
        look_at=(
            (
                "No TCP at all: the ClientHello lies in CRYPTO frames of Initial packets, whose "
                "keys are public (RFC 9001 section 5.2)."
            ),
            (
                "The second ClientHello has a post-quantum key share and lies in several Initial "
                "packets, in pieces out of order."
            ),
            "The certificate comes in Handshake packets, which only `keys.log` opens.",
        ),
        clients=(
            Client("curl_cffi-h3/chrome131_android", "1.3"),
            Client("curl_cffi-h3/chrome146", "1.3"),
        ),
        sees=(Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, transport="quic", issuer_with_keys=E1),)
        * 2,
        blind=QUIET,
        keys=QUIET,
        server="http3",
        filters=(
            ("quic.version == 1", 4),
            ("tcp.port == 443", None),
            ("tls.handshake.extensions_key_share_group == 4588", 1),
        ),
    ),
    Case(
        "clean-resumption-tls12",
        shows="One full TLS 1.2 handshake, then two that resume it by session ticket.",
        look_at=(
            (
                "The second and third session have no Certificate message at all (RFC 5077 "
                "section 3.1): that is no sign of anything."
            ),
        ),
        clients=(Client("go"),),
        sees=(Sees(R1, requests=1), Sees(None, requests=1), Sees(None, requests=1)),
        blind=QUIET,
        keys=QUIET,
        leaf="rsa",
        filters=(
            ("tls.handshake.type == 11", 1),
            (
                (
                    "tls.handshake.type == 1 && tls.handshake.extension.type == 35 && "
                    "tls.handshake.extension.len == 192"
                ),
                2,
            ),
        ),
    ),
    Case(
        "clean-starttls-smtp",
        shows="An app sends a mail: TLS 1.2 begins inside an SMTP connection, with STARTTLS.",
        look_at=(
            (
                "The TLS handshake starts in the middle of the TCP stream, after `220` to the "
                "client's `STARTTLS` (RFC 3207)."
            ),
        ),
        clients=(Client("mail", urls=("smtp://mail.shop.test:587",)),),
        sees=(Sees(R1, sni="mail.shop.test"),),
        blind=QUIET,
        keys=QUIET,
        server="mail",
        leaf="rsa",
        hosts=("mail.shop.test",),
        filters=(('smtp.command_line contains "STARTTLS"', 1),),
    ),
    Case(
        "clean-background-noise",
        shows="A phone's ordinary noise around one clean TLS 1.2 session.",
        look_at=(
            (
                "DNS over UDP and TCP, names that do not exist, echo requests, a plain HTTP "
                "connectivity check, a refused TCP port."
            ),
        ),
        clients=(Client("requests"),),
        sees=(Sees(E1, requests=3),),
        blind=QUIET,
        keys=QUIET,
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

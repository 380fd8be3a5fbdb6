"""Nobody is in between, but the origin itself presents something bad."""

from case import API, Case, Client, Rules, Sees, all_but

E1, R1 = "CN=LP E1", "CN=LP R1"


def bad(rule, *also, accepted=False, refused=False):
    """`rule` must be raised, and what the apps made of it; `also` may be."""
    verdicts = ["bad-certificate-accepted"] * accepted + ["certificate-refused"] * refused
    return Rules(
        must=tuple((f"channel/{name}",) for name in (rule, *verdicts)),
        must_not=all_but(*(f"channel/{name}" for name in (rule, *verdicts, *also))),
    )


CASES = (
    Case(
        "self-signed-origin",
        shows="The origin's certificate is self-signed. One app refuses it, one accepts anything.",
        look_at=(
            (
                "curl answers `unknown_ca` (48); requests with `verify=False` goes on and sends "
                "its requests."
            ),
        ),
        clients=(Client("curl", urls=API[:1], succeeds=False), Client("requests", verify="off")),
        sees=(
            Sees("O=Example Works", alerts=(48,), data=False),
            Sees("O=Example Works", requests=3),
        ),
        blind=bad("self-signed-certificate", "untrusted-issuer", accepted=True, refused=True),
        keys=bad("self-signed-certificate", "untrusted-issuer", accepted=True, refused=True),
        leaf="self-signed",
    ),
    Case(
        "expired-origin",
        shows="The origin forgot to renew: its certificate ended three days before the capture.",
        look_at=(
            "httpx answers `certificate_expired` (45); `curl --insecure` goes on.",
            (
                "Chain, name and key are good: expiry is judged by the packet's time, never by "
                "today's."
            ),
        ),
        clients=(Client("httpx", succeeds=False), Client("curl", verify="off")),
        sees=(Sees(E1, alerts=(45,), data=False), Sees(E1, requests=3)),
        blind=bad("expired-certificate", accepted=True, refused=True),
        keys=bad("expired-certificate", accepted=True, refused=True),
        leaf="expired",
    ),
    Case(
        "wrong-host-origin",
        shows="A good certificate, but of another host, and an app that does not compare names.",
        look_at=(
            (
                "OkHttp with a host name verifier that always agrees: a classic fault of Android "
                "apps (CWE-297)."
            ),
            "SNI and certificate disagree; the chain itself is trusted.",
        ),
        clients=(Client("okhttp", verify="anyname"),),
        sees=(Sees(E1),),
        blind=bad("hostname-mismatch", accepted=True),
        hosts=("static.other.test", "other.test"),
    ),
    Case(
        "private-ca-origin",
        shows="The origin uses a company's own CA, unknown to the phone; the app accepts anything.",
        look_at=(
            (
                "Issuer and subject differ, no known product's marks: untrusted, neither "
                "self-signed nor a named interceptor."
            ),
        ),
        clients=(Client("go", verify="off", urls=API[:1]),),
        sees=(Sees("CN=Example Works Device CA", requests=1),),
        blind=bad("untrusted-issuer", "interception-accepted", "bad-certificate-accepted"),
        keys=bad("untrusted-issuer", "interception-accepted", "bad-certificate-accepted"),
        leaf="private",
    ),
    Case(
        "missing-intermediate-origin",
        shows="The origin forgot to send the intermediate; the app accepts anything.",
        look_at=(
            "One certificate only. It names a public issuer, carries two timestamps of known logs.",
            "A browser would fetch the intermediate; most apps fail, and some are told not to check.",
        ),
        clients=(Client("curl", verify="off", urls=API[:1]),),
        sees=(Sees(E1, requests=1),),
        blind=bad("incomplete-chain"),
        keys=bad("incomplete-chain"),
        leaf="alone",
    ),
    Case(
        "weak-key-origin",
        shows="The origin's certificate has an RSA key of 1024 bits.",
        look_at=("All else is good. `curl --insecure` accepts it.",),
        clients=(Client("curl-weak", verify="off"),),
        sees=(Sees(R1, requests=3),),
        blind=bad("weak-certificate", "untrusted-issuer", "bad-certificate-accepted"),
        keys=bad("weak-certificate", "untrusted-issuer", "bad-certificate-accepted"),
        leaf="weak",
        settings="small-key",
    ),
    Case(
        "weak-protocol-tls10",
        shows="An old origin and an old app agree on TLS 1.0.",
        look_at=("ClientHello and ServerHello both say 0x0301. The certificate is good.",),
        clients=(Client("curl", "1.0"),),
        sees=(Sees(R1, "TLS 1.0", requests=3),),
        blind=bad("weak-protocol"),
        keys=bad("weak-protocol"),
        leaf="rsa",
        settings="legacy",
        http2=False,
        filters=(("tls.handshake.type == 2 && tls.handshake.version == 0x0301", 1),),
    ),
)

"""What a case is made of: origin, interceptor, clients, and what must then be seen and found."""

from dataclasses import dataclass

NOT_OBSERVABLE = "not observable"
# Rules that a genuine certificate must not raise.
CERTIFICATE_RULES = (
    "channel/self-signed-certificate",
    "channel/untrusted-issuer",
    "channel/known-interceptor",
    "channel/hostname-mismatch",
    "channel/expired-certificate",
    "channel/weak-certificate",
)
API = tuple(f"https://api.shop.test/v1/{path}" for path in ("products", "login", "orders"))


def all_but(*raised):
    """The certificate rules and weak-protocol, without those that the case may raise."""
    return tuple(
        rule for rule in (*CERTIFICATE_RULES, "channel/weak-protocol") if rule not in raised
    )


@dataclass(frozen=True)
class Client:
    """One run of a client. `trust`: public, or interceptor (its CA is installed as well)."""

    program: str
    maximum: str = "1.2"
    verify: str = "on"
    trust: str = "public"
    pinned: bool = False
    urls: tuple = API
    succeeds: bool = True


@dataclass(frozen=True)
class Sees:
    """A session as tshark must see it.

    `issuer` is a part of the leaf's issuer, None where no certificate is sent. `alerts` are the
    client's, close_notify left out. `requests` counts those that the key log opens (None: not
    counted, for want of keys or of a tshark that decodes them).
    """

    issuer: str | None
    version: str = "TLS 1.2"
    alerts: tuple = ()
    data: bool | None = True
    requests: int | None = None
    sni: str = "api.shop.test"
    transport: str = "tcp"
    issuer_with_keys: str | None = None


@dataclass(frozen=True)
class Rules:
    """Rules that must be raised (each a tuple of alternatives) and that must not.

    `quiet`: nothing of medium severity or above.
    """

    must: tuple = ()
    must_not: tuple = all_but()
    quiet: bool = False

    def json(self):
        return {
            "must": [list(any_of) for any_of in self.must],
            "must_not": list(self.must_not),
            "quiet": self.quiet,
        }


@dataclass(frozen=True)
class Case:
    """One folder below captures/."""

    name: str
    shows: str
    look_at: tuple
    clients: tuple
    sees: tuple
    blind: Rules
    keys: Rules | None = None
    server: str = "nginx"
    leaf: str = "ec"
    hosts: tuple = ("api.shop.test", "www.shop.test")
    settings: str = "modern"
    http2: bool = True
    interceptor: str | None = None
    mode: str = "transparent"
    noise: bool = False
    # Display filters of tshark, each with how many frames must match at least; None: no frame may.
    filters: tuple = ()

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
    "channel/bad-certificate-accepted",
    "channel/forged-on-the-fly",
    "channel/incomplete-chain",
    "channel/interception-accepted",
    "channel/issuer-changed",
    "channel/pin-mismatch",
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
    # With the case's keys, in a mode that does not have them anyway.
    with_keys: bool = False

    def json(self, **more):
        return {
            **more,
            **({"with_keys": True} if self.with_keys else {}),
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
    # None: as many sessions with the API in TLS 1.3 as tshark finds.
    sees: tuple | None
    blind: Rules
    keys: Rules | None = None
    # What a scan must say with a baseline learned from the cases `learned_from` (their app's name is
    # `learned_as`), with the pins that
    # the cases `pinned_by` export, and what compare says of the origin's side.
    baseline: Rules | None = None
    learned_from: tuple = ()
    learned_as: str | None = None
    pins: Rules | None = None
    pinned_by: tuple = ()
    compare: Rules | None = None
    # What a scan of the interceptor's own HAR file must say.
    har: Rules | None = None
    server: str = "nginx"
    leaf: str = "ec"
    hosts: tuple = ("api.shop.test", "www.shop.test")
    settings: str = "modern"
    http2: bool = True
    interceptor: str | None = None
    mode: str = "transparent"
    noise: bool = False
    # What happens, in this order: names in steps.py; `client N` is the Nth client alone.
    steps: tuple = ("clients",)
    # Somebody else is on the phone's link, and whether the link has IPv6.
    guest: bool = False
    # The capture is taken where the guest's packets pass too.
    guest_is_seen: bool = False
    ipv6: bool = False
    # The keys are in the captures themselves, instead of a file beside them.
    embeds_keys: bool = False
    # The capture is taken on both sides of the access point at once.
    both_sides: bool = False
    # Display filters of tshark, each with how many frames must match at least; None: no frame may.
    filters: tuple = ()

    @property
    def modes(self):
        """What expected.json says in each mode."""
        modes = {"blind": self.blind.json()}
        if self.keys:
            modes["keys"] = self.keys.json()
        if self.baseline:
            app = {"learned_as": self.learned_as} if self.learned_as else {}
            modes["baseline"] = self.baseline.json(learned_from=list(self.learned_from), **app)
        if self.pins:
            modes["pins"] = self.pins.json(pinned_by=list(self.pinned_by))
        if self.compare:
            modes["compare"] = self.compare.json()
        if self.har:
            modes["har"] = self.har.json()
        return modes

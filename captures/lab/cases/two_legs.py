"""Both sides of a terminating proxy: two captures, or one that sees both legs."""

from case import API, NOT_OBSERVABLE, Case, Client, Rules, Sees, all_but
from cases.clean import E1, QUIET
from cases.intercepted import MITMPROXY, UNSEEN

PHONE = Client("curl", "1.3", trust="interceptor", urls=API[:1])
SEEN = Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=1, issuer_with_keys=MITMPROXY)

CASES = (
    Case(
        "clean-two-vantage-points",
        shows="The same session captured on the phone's side and on the origin's: end to end.",
        look_at=("`origin.pcapng` has the same ClientHello: the same random, the same key share.",),
        clients=(Client("curl", "1.3", urls=API[:1]),),
        sees=(Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=1, issuer_with_keys=E1),),
        blind=QUIET,
        keys=QUIET,
        compare=QUIET,
    ),
    Case(
        "mitmproxy-two-vantage-points",
        shows="mitmproxy between two captures: the phone's ClientHello never reaches the origin.",
        look_at=(
            "TLS 1.3 hides the certificates, but not that the two sides speak with somebody else.",
            "`origin.pcapng` has mitmproxy's own ClientHello, within the phone's handshake.",
        ),
        clients=(PHONE,),
        sees=(SEEN,),
        blind=UNSEEN,
        compare=Rules(must=(("channel/not-end-to-end",),)),
        interceptor="mitmproxy",
    ),
    Case(
        "mitmproxy-both-legs",
        shows="One capture on all interfaces of the access point sees both legs of an interception.",
        look_at=(
            "mitmproxy's handshake with the origin begins and ends within the phone's.",
            "Both hellos name the same host; their randoms and fingerprints differ.",
        ),
        clients=(PHONE,),
        sees=(SEEN, Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=1, issuer_with_keys=E1)),
        blind=Rules(must=(("channel/terminated-here",),), must_not=all_but()),
        interceptor="mitmproxy",
        both_sides=True,
    ),
    Case(
        "replayed-handshake",
        shows="Somebody sends a ClientHello that was captured before on a connection of his own.",
        look_at=(
            "Both hellos have the same random; the origin answers each with another one of its own.",
        ),
        clients=(Client("curl", "1.3", urls=API[:1]),),
        sees=(
            Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, requests=1, issuer_with_keys=E1),
            Sees(NOT_OBSERVABLE, "TLS 1.3", data=None),
        ),
        blind=Rules(must=(("channel/replayed-handshake",),), must_not=all_but()),
        steps=("clients", "replay-hello"),
    ),
)

"""Somebody abuses an API that the lab's shop offers to its app: replays, walks, guesses, scripts.

The origin logs the keys (the app's TLS, the JDK's, has no key log): every case is read with them.
"""

import dataclasses

from case import NOT_OBSERVABLE, Case, Rules, Sees
from cases.clean import QUIET
from cases.intercepted import MITMPROXY, UNSEEN

# What reads requests: none of it may be raised where the genuine app alone speaks.
OF_REQUESTS = (
    "api/object-id-walk",
    "api/object-of-another-user",
    "api/parameter-pollution",
    "api/secret-in-url",
    "api/static-api-key",
    "api/token-tampered-accepted",
    "api/token-weak",
    "app/call-sequence-broken",
    "app/impersonated-by-script",
    "app/unknown-client",
    "channel/freshness-reused",
    "channel/request-modified",
    "channel/request-replayed",
    "credentials/brute-force",
    "credentials/stuffing",
    "credentials/token-shared",
)
NOTHING = dataclasses.replace(QUIET, must_not=(*QUIET.must_not, *OF_REQUESTS))
SESSION = "start; login {0}; get /v1/me; get /v2/orders; get /v2/orders/{1}; get /v1/feed"


def raises(*rules, but=(), **more):
    """These rules, each, and none of the certificate rules; `but`: nor these."""
    return Rules(
        must=tuple((rule,) for rule in rules),
        must_not=(*QUIET.must_not, *but),
        **more,
    )


def case(name, steps, keys, **more):
    """A case with the shop as its origin; blind there is nothing to see."""
    guest = any(step.startswith("guest") for step in steps)
    usual = {"sees": None, "blind": QUIET, "guest": guest, "guest_is_seen": guest, **more}
    return Case(name, clients=(), keys=keys, server="shop", steps=steps, **usual)


CASES = (
    case(
        "shop-app",
        shows="The shop's genuine app in three sessions of three users: what a baseline learns from.",
        look_at=(
            "Each session begins with `/v1/config` and `/v1/attest`, then the login.",
            "OkHttp speaks HTTP/2, with settings and an order of pseudo-headers of its own.",
        ),
        steps=(
            f"phone okhttp: {SESSION.format('ada', 4)}; transfer /v2/transfer 1250",
            f"phone okhttp: {SESSION.format('grace', 5)}",
            f"second-phone okhttp: {SESSION.format('linus', 6)}; get /v2/orders?page=2",
        ),
        keys=NOTHING,
    ),
    case(
        "shop-app-repeats",
        shows="The genuine app repeats itself for good reasons: nothing of it is a replay or a walk.",
        look_at=(
            "It polls the feed, reads the orders that it was shown, and refreshes its token.",
            "Two equal transfers have nonces of their own: a double tap.",
            "grace's transfer takes too long, and is sent again with the same `Idempotency-Key`.",
            "ada mistypes her password twice; both users are behind one address.",
        ),
        steps=(
            "phone okhttp: start; login ada rihgt-of-ada; login ada right-of; login ada; "
            + "get /v2/orders?page=1; get /v2/orders/4; get /v2/orders/8; get /v2/orders/12; "
            + "get /v2/orders/16; get /v2/orders/20; get /v2/orders?page=2; get /v2/orders/24; "
            + "get /v1/feed; pause 0.5; " * 5
            + "refresh; get /v1/me; transfer /v2/transfer 1250; transfer /v2/transfer 1250; "
            + "get /v2/orders/4",
            "phone okhttp: start; login grace; get /v2/orders; patience 1; "
            "transfer /v2/transfer 700 3c9d1f0e77ab4c52 b4d0c5f2-6c0e-4b8e-9d51-5a3f5f6f1c11; "
            "reconnect; patience 9; "
            "transfer /v2/transfer 700 3c9d1f0e77ab4c52 b4d0c5f2-6c0e-4b8e-9d51-5a3f5f6f1c11",
        ),
        keys=NOTHING,
        baseline=dataclasses.replace(NOTHING, with_keys=True),
        learned_from=("shop-app",),
        learned_as="ShopApp",
    ),
    case(
        "shop-partner-script",
        shows="A partner's script reads its own orders, under its own name: nothing is wrong with it.",
        look_at=("The User-Agent says `python-requests`, and so do handshake and header order.",),
        steps=(
            "phone requests: login linus; get /v2/orders; get /v2/orders/2; get /v2/orders/6; "
            + "get /v2/orders/10; pause 0.5; " * 3
            + "get /v1/me",
        ),
        keys=NOTHING,
    ),
    case(
        "shop-request-replayed",
        shows="Two of the app's transfers are sent again from another machine, byte for byte.",
        look_at=(
            "`/v1/transfer` takes the same nonce twice (201); `/v2/transfer` refuses it (409).",
            "The second time address and handshake are those of the guest's curl.",
        ),
        steps=(
            "phone okhttp: start; login ada; get /v2/orders; transfer /v1/transfer 1250; "
            "keep-request old.curl; transfer /v2/transfer 1300; keep-request new.curl; pause 5",
            "guest curl: old.curl new.curl",
        ),
        keys=raises("channel/request-replayed", but=("channel/request-modified",)),
    ),
    case(
        "shop-freshness-reused",
        shows="What makes a request fresh is used twice, or for something else.",
        look_at=(
            "A nonce comes with two different transfers, and so does an `Idempotency-Key`.",
            "A DPoP proof (RFC 9449) was made for another URL: its `htu` is not the request's.",
        ),
        steps=(
            "guest requests: login ada; transfer /v1/transfer 1250 8f14e45fceea167a; pause 1; "
            "transfer /v1/transfer 9900 8f14e45fceea167a; "
            "transfer /v1/transfer 500 c9f0f895fb98ab91 b7c41d1e-3f0a-4c57-8a57-16f0fd1ab7a1; "
            "transfer /v1/transfer 800 45c48cce2e2d7fbd b7c41d1e-3f0a-4c57-8a57-16f0fd1ab7a1; "
            "dpop /v1/me /v1/feed",
        ),
        keys=raises("channel/freshness-reused"),
    ),
    case(
        "shop-request-modified",
        shows="mitmproxy changes the amount of a transfer on its way; two captures show both sides.",
        look_at=(
            "`cents` is 1250 in `capture.pcapng` and 125000 in `origin.pcapng`.",
            "The `Content-Digest` stays the app's: it does not match what the origin gets.",
        ),
        steps=("phone okhttp: start; login ada; get /v2/orders; transfer /v1/transfer 1250",),
        sees=(Sees(NOT_OBSERVABLE, "TLS 1.3", data=None, issuer_with_keys=MITMPROXY),),
        blind=UNSEEN,
        keys=Rules(
            must=(("channel/interception-accepted",),), must_not=("channel/request-modified",)
        ),
        compare=Rules(
            must=(("channel/request-modified",), ("channel/not-end-to-end",)),
            must_not=("channel/request-replayed",),
            with_keys=True,
        ),
        interceptor="mitmproxy-tampers",
    ),
    case(
        "shop-digest-wrong",
        shows="A transfer's `Content-Digest` is that of another content.",
        look_at=("The digest (RFC 9530) was made of 100 cents; the content asks for 9900.",),
        steps=("guest requests: login ada; transfer /v1/transfer 9900 d3d9446802a44259 - wrong",),
        keys=raises("channel/request-modified", but=("channel/request-replayed",)),
    ),
    case(
        "shop-orders-walked",
        shows="A script asks for the orders 1 to 40 with one user's token, and gets everybody's.",
        look_at=(
            "Both users' apps list their orders first: the others' were never shown to this user.",
            "`/v1/orders/5` is grace's, and the API gives it to ada.",
        ),
        steps=(
            "phone okhttp: start; login ada; get /v1/orders; get /v1/orders/4; get /v1/orders/8",
            "second-phone okhttp: start; login grace; get /v1/orders; get /v1/orders/5",
            "guest httpx: login ada; get /v1/orders; walk /v1/orders/ 1 40",
        ),
        keys=raises(
            "api/object-id-walk", "api/object-of-another-user", but=("channel/request-replayed",)
        ),
    ),
    case(
        "shop-parameters-polluted",
        shows="Requests that name two users at once, or an order in the path and another in the body.",
        look_at=(
            "`user_id=ada&user_id=grace`: the API takes the last.",
            "The path says order 4, the content order 5.",
        ),
        steps=(
            "guest requests: login ada; get /v1/me?user_id=ada; "
            "get /v1/me?user_id=ada&user_id=grace; "
            'post /v1/orders/4 {"order_id":5,"state":"cancelled"}',
        ),
        keys=raises("api/parameter-pollution"),
    ),
    case(
        "shop-weak-tokens",
        shows="Tokens without an end, signed with a word of the dictionary, or not signed at all.",
        look_at=(
            "The old login's token has no `exp`, an e-mail address, and the key `secret`.",
            "`/v1/profile` takes the same claims with `alg` `none` and no signature.",
        ),
        steps=(
            "guest requests: login ada right-of-ada /v1/login; get /v1/me; get /v1/profile; "
            "token-without-algorithm; get /v1/profile; get /v1/me",
        ),
        keys=raises("api/token-weak", "api/token-tampered-accepted"),
    ),
    case(
        "shop-exposed-secrets",
        shows="Three devices use one API key, and a token goes in the URL.",
        look_at=(
            "`X-Api-Key` is the same for three users at three addresses: it is the app's.",
            "`access_token` in a query ends up in logs, histories and `Referer` fields.",
        ),
        steps=(
            "phone okhttp: api-key k-3e8f2a91c7d64b05a1f7; start; login ada; get /v2/orders",
            "second-phone okhttp: api-key k-3e8f2a91c7d64b05a1f7; start; login grace; get /v2/orders",
            "guest httpx: api-key k-3e8f2a91c7d64b05a1f7; login mary; get /v2/orders; "
            "get-with-token-in-url /v1/me",
        ),
        keys=raises("api/static-api-key", "api/secret-in-url"),
    ),
    case(
        "shop-credentials-stuffed",
        shows="Sixty users' names with one password each, from a list: two of them are right.",
        look_at=("One machine, one connection, a name each time: 401, and twice 200.",),
        steps=("guest requests: stuff 60",),
        keys=raises(
            "credentials/stuffing", but=("credentials/brute-force", "channel/request-replayed")
        ),
    ),
    case(
        "shop-password-guessed",
        shows="Thirty passwords for one user.",
        look_at=("`summer1995`, `summer1996` and so on, each refused with 401.",),
        steps=("guest httpx: guess ada 30",),
        keys=raises(
            "credentials/brute-force", but=("credentials/stuffing", "channel/request-replayed")
        ),
    ),
    case(
        "shop-token-shared",
        shows="The app's token is used by a script on another machine at the same time.",
        look_at=(
            "The address *and* the handshake differ, and the two take turns: the user did not move.",
        ),
        steps=(
            "phone okhttp: start; login ada; keep-token a.token; get /v1/me; get /v2/orders",
            "guest requests: take-token a.token; get /v1/me; get /v2/orders/4; pause 1",
            "phone okhttp: take-token a.token; get /v2/orders; get /v2/orders/8",
            "guest requests: take-token a.token; get /v2/orders/12",
        ),
        keys=raises("credentials/token-shared"),
    ),
    case(
        "shop-app-impersonated",
        shows="A script under the app's name logs in and sends a transfer, without a start-up.",
        look_at=(
            "The User-Agent is the app's, letter for letter; the handshake is Python's.",
            "It speaks HTTP/1.1, in an order of header fields that OkHttp never has.",
            "Neither `/v1/config` nor `/v1/attest` comes before its login.",
        ),
        steps=(
            "guest requests: agent app; login ada; get /v1/me; get /v2/orders; "
            "transfer /v2/transfer 990 1679091c5a880faf",
        ),
        keys=raises("app/impersonated-by-script"),
        baseline=raises(
            "app/impersonated-by-script",
            "app/unknown-client",
            "app/call-sequence-broken",
            with_keys=True,
        ),
        learned_from=("shop-app",),
        learned_as="ShopApp",
    ),
)

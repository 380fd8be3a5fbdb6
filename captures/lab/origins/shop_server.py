"""A mobile shop's API with the usual mistakes in its old version. Usage: shop_server.py CHAIN KEY

hypercorn, TLS on port 443 with HTTP/1.1 and HTTP/2. What /v1 leaves out, /v2 checks: whose order is asked for,
and whether a transfer's nonce is fresh. $SSLKEYLOGFILE gets the secrets of every session.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import sys
import time
from urllib.parse import parse_qs

from hypercorn.asyncio import serve
from hypercorn.config import Config

USERS = ("ada", "grace", "linus", "mary")
ORDERS = range(1, 41)
HOUR = 3600
# A word of every list, as in many tutorials.
OLD_SECRET = b"secret"
SECRET = os.urandom(32)
# How long the API takes for grace's first transfer: longer than the app waits.
SLOW = 2.5


def owner(order):
    return USERS[order % len(USERS)]


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part(content):
    return base64url(json.dumps(content, separators=(",", ":")).encode())


def signature(text, secret):
    return base64url(hmac.new(secret, text.encode(), hashlib.sha256).digest())


def token(claims, secret):
    text = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}"
    return f"{text}.{signature(text, secret)}"


def claims_of(bearer, none_allowed=False):
    """Who asks: the token's claims, or None."""
    try:
        head, body, proof = bearer.split(".")
        pad = lambda word: base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
        header, claims = json.loads(pad(head)), json.loads(pad(body))
    except ValueError:
        return None
    if header["alg"] == "none" and none_allowed:
        return claims
    signed = any(signature(f"{head}.{body}", key) == proof for key in (SECRET, OLD_SECRET))
    return claims if signed and claims.get("exp", time.time() + 1) > time.time() else None


class Shop:
    """The answers, and what the API keeps in mind for them."""

    def __init__(self):
        self.nonces, self.answers, self.slow = set(), {}, {"grace"}

    async def answer(self, method, path, query, headers, body):
        open_to_all = {
            "/v1/config": {"features": ["orders", "transfer"], "minimum": "5.0.0"},
            "/v1/attest": {"verdict": "MEETS_DEVICE_INTEGRITY"},
            "/v1/telemetry": {"accepted": True},
            "/v1/feed": {"items": [{"id": f"lamp-{n}", "cents": 1990} for n in range(3)]},
        }
        if path in open_to_all:
            return 200, open_to_all[path]
        if path.endswith("/login"):
            return self.login(path, json.loads(body))
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        bearer = bearer or parse_qs(query).get("access_token", [""])[0]
        claims = claims_of(bearer, none_allowed=path == "/v1/profile")
        if claims is None:
            return 401, {"error": "unauthorized"}
        user = claims["sub"]
        if path == "/v2/refresh":
            return 200, self.session(user)
        if path.endswith("/transfer"):
            return await self.transfer(path, user, headers, body)
        return self.read(path, query, user)

    def login(self, path, asked):
        user = asked["username"]
        if user not in USERS or asked["password"] != f"right-of-{user}":
            return 401, {"error": "wrong user name or password"}
        if path == "/v1/login":
            claims = {"sub": user, "email": f"{user}@mail.test", "iat": int(time.time())}
            return 200, {"access_token": token(claims, OLD_SECRET)}
        return 200, self.session(user)

    def session(self, user):
        now = int(time.time())
        claims = {"sub": user, "iat": now, "exp": now + HOUR, "jti": os.urandom(8).hex()}
        return {"access_token": token(claims, SECRET), "expires_in": HOUR}

    async def transfer(self, path, user, headers, body):
        nonce, key = headers.get("x-nonce"), headers.get("idempotency-key")
        if key in self.answers:
            return self.answers[key]
        if path == "/v2/transfer" and nonce in self.nonces:
            return 409, {"error": "nonce was used"}
        self.nonces.add(nonce)
        done = 201, {"id": f"t-{os.urandom(4).hex()}", "from": user, **json.loads(body)}
        if key:
            self.answers[key] = done
        if user in self.slow:
            self.slow.discard(user)
            await asyncio.sleep(SLOW)
        return done

    def read(self, path, query, user):
        version, _, name = path[1:].partition("/")
        if name in ("me", "profile"):
            asked = parse_qs(query).get("user_id", [user])[-1]
            return 200, {"id": asked, "name": asked.title()}
        if name == "orders":
            own = [{"id": order, "owner": user} for order in ORDERS if owner(order) == user]
            page = int(parse_qs(query).get("page", ["1"])[0])
            return 200, {"orders": own[(page - 1) * 5 : page * 5], "next": page + 1}
        kind, _, number = name.partition("/")
        if kind == "orders" and number.isdigit() and int(number) in ORDERS:
            of = owner(int(number))
            if version == "v2" and of != user:
                return 403, {"error": "not your order"}
            return 200, {"id": int(number), "owner": of, "cents": 1990 * int(number)}
        return 404, {"error": "not found"}

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = scope["query_string"].decode()
        status, said = await self.answer(scope["method"], scope["path"], query, headers, body)
        content = json.dumps(said).encode()
        fields = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": content, "more_body": False})


def main():
    config = Config()
    config.bind = ["0.0.0.0:443"]
    config.certfile, config.keyfile = sys.argv[1:]
    config.alpn_protocols = ["h2", "http/1.1"]
    asyncio.run(serve(Shop(), config))


main()

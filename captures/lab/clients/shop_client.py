"""A script that talks to the shop's API. Usage: shop_client.py LIBRARY CA "STEP; STEP; …"

LIBRARY is requests (HTTP/1.1) or httpx (HTTP/2). The first word of a step is a function's name here,
with `-` for `_`; OkHttpShop.java knows some of them.
"""

import base64
import hashlib
import json
import os
import pathlib
import ssl
import sys
import time

LIBRARY, CA, STEPS = sys.argv[1:]
BASE = "https://api.shop.test"
AGENTS = {
    "app": "ShopApp/5.2.1 (Android 14; Pixel 8) okhttp/4.12.0",
    "own": {"requests": "python-requests/2.32", "httpx": "python-httpx/0.28"}[LIBRARY],
}
KIND = {"Content-Type": "application/json; charset=utf-8"}


def connected():
    """A client with no connection yet."""
    if LIBRARY == "httpx":
        import httpx

        return httpx.Client(http2=True, verify=ssl.create_default_context(cafile=CA), timeout=20)
    import requests

    session = requests.Session()
    session.verify = CA
    return session


class Script:
    """The steps, and what one leaves for the next."""

    def __init__(self):
        self.client, self.headers, self.token = connected(), {"User-Agent": AGENTS["own"]}, None

    def send(self, method, path, body=None, more=None):
        headers = {**self.headers, **(more or {})}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        content = None
        if body is not None:
            content, headers = body.encode(), {**headers, **KIND}
        named = {"content" if LIBRARY == "httpx" else "data": content}
        return self.client.request(method, BASE + path, headers=headers, **named)

    def agent(self, which):
        self.headers["User-Agent"] = AGENTS[which]

    def api_key(self, key):
        self.headers["X-Api-Key"] = key

    def pause(self, seconds):
        time.sleep(float(seconds))

    def reconnect(self):
        self.client.close()
        self.client = connected()

    def start(self):
        self.send("GET", "/v1/config")
        self.send("POST", "/v1/attest", '{"device":"pixel-8","integrity":"MEETS_DEVICE_INTEGRITY"}')

    def login(self, user, password=None, path="/v2/login"):
        self.token = None
        asked = {"username": user, "password": password or f"right-of-{user}"}
        self.token = self.send("POST", path, json.dumps(asked)).json().get("access_token")

    def stuff(self, users):
        """Pairs of a list from elsewhere: two of them are right here."""
        for number in range(int(users)):
            user = {21: "grace", 44: "mary"}.get(number, f"user{number * 7919 % 9973:04}")
            right = user in ("grace", "mary")
            self.login(user, f"right-of-{user}" if right else f"{user}-{number * 31 % 97}")

    def guess(self, user, passwords):
        for number in range(int(passwords)):
            self.login(user, f"summer{1995 + number}")

    def get(self, path):
        self.send("GET", path)

    def post(self, path, body):
        self.send("POST", path, body)

    def walk(self, path, first, last):
        for number in range(int(first), int(last) + 1):
            self.send("GET", path + str(number))

    def transfer(self, path, cents, nonce, key=None, digest="right"):
        body = json.dumps({"to": "DE02-4711", "cents": int(cents)})
        of = body if digest == "right" else body.replace(cents, "100")
        sha = base64.b64encode(hashlib.sha256(of.encode()).digest()).decode()
        more = {"X-Nonce": nonce, "Content-Digest": f"sha-256=:{sha}:"}
        if key not in (None, "-"):
            more["Idempotency-Key"] = key
        self.send("POST", path, body, more)

    def dpop(self, path, proved_path):
        """A DPoP proof (RFC 9449), made for a path that need not be the one it is sent with."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        url = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
        key = ec.generate_private_key(ec.SECP256R1())
        numbers = key.public_key().public_numbers()
        coordinates = {"x": numbers.x, "y": numbers.y}
        public = {name: url(value.to_bytes(32, "big")) for name, value in coordinates.items()}
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", **public}}
        claims = {
            "jti": os.urandom(8).hex(),
            "htm": "GET",
            "htu": BASE + proved_path,
            "iat": int(time.time()),
            "ath": url(hashlib.sha256(self.token.encode()).digest()),
        }
        text = ".".join(url(json.dumps(part).encode()) for part in (head, claims))
        r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        proof = f"{text}.{url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
        self.send("GET", path, more={"DPoP": proof})

    def token_without_algorithm(self):
        head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
        self.token = f"{head}.{self.token.split('.')[1]}."

    def get_with_token_in_url(self, path):
        token, self.token = self.token, None
        self.send("GET", f"{path}?access_token={token}")
        self.token = token

    def keep_token(self, name):
        pathlib.Path(name).write_text(self.token)

    def take_token(self, name):
        self.token = pathlib.Path(name).read_text()


script = Script()
for step in STEPS.split("; "):
    word, *rest = step.split()
    getattr(script, word.replace("-", "_"))(*rest)

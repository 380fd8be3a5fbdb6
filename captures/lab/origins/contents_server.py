"""An API whose messages have every form: hypercorn. Usage: contents_server.py CHAIN KEY SERVED

TLS on port 443 with HTTP/1.1, HTTP/2 and WebSocket; the same in the clear on port 80. SERVED gets a
line of JSON for each request that was answered: what a capture with keys must show.
"""

import asyncio
import gzip
import hashlib
import json
import sys
import zlib

import brotli
import zstandard
from hypercorn.asyncio import serve
from hypercorn.config import Config

from api import API

FEED = json.dumps(
    [{"id": number, "title": f"offer number {number}", "cents": 1990} for number in range(400)]
).encode()
CODINGS = {
    "br": brotli.compress,
    "deflate": zlib.compress,
    "gzip": lambda content: gzip.compress(content, mtime=0),
    "zstd": lambda content: zstandard.compress(content),
}
GRPC_REPLY = b"\0\0\0\0\x07\x0a\x05lamps"


async def content_of(receive):
    content = b""
    while True:
        message = await receive()
        content += message.get("body", b"")
        if not message.get("more_body"):
            return content


def answer(method, path, headers, content):
    """Status, headers, pieces of the content, and trailers."""
    json_type = (b"content-type", b"application/json")
    word = path.rpartition("/")[2]
    if path.startswith("/v1/coded/"):
        coded = CODINGS[word](FEED)
        return 200, [json_type, (b"content-encoding", word.encode())], [coded], []
    if path == "/v1/stream":
        pieces = [b'{"line": %d}\n' % number for number in range(5)]
        return 200, [(b"content-type", b"application/x-ndjson")], pieces, []
    if path == "/v1/gone":
        return 204, [], [], []
    if path == "/v1/old":
        return 304, [(b"etag", b'"7"')], [], []
    if path.startswith("/shop.Orders/"):
        kind = [(b"content-type", b"application/grpc")]
        return 200, kind, [GRPC_REPLY], [(b"grpc-status", b"0"), (b"grpc-message", b"ok")]
    if path == "/graphql":
        return 200, [json_type], [b'{"data":{"order":{"id":"o-77"}}}'], []
    body = API.get(path)
    if body:
        length = [(b"content-length", str(len(body)).encode())]
        return 200, [json_type, *length], [body.encode()], []
    if method in ("POST", "PUT"):
        return 201, [json_type], [json.dumps({"received": len(content)}).encode()], []
    return 404, [json_type], [b"{}"], []


class Api:
    """The application, as ASGI 3 has it."""

    def __init__(self, served):
        self.served = open(served, "a", encoding="ascii")

    async def __call__(self, scope, receive, send):
        if scope["type"] == "websocket":
            await self.live(scope, receive, send)
        elif scope["type"] == "http":
            await self.exchange(scope, receive, send)

    async def exchange(self, scope, receive, send):
        asked = await content_of(receive)
        status, headers, pieces, trailers = answer(
            scope["method"], scope["path"], scope["headers"], asked
        )
        pieces = [] if scope["method"] == "HEAD" else pieces
        start = {"type": "http.response.start", "status": status, "headers": headers}
        if trailers:
            start["trailers"] = True
        await send(start)
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        if trailers:
            await send({"type": "http.response.trailers", "headers": trailers})
        self.note(scope, status, asked, b"".join(pieces))

    async def live(self, scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        self.note({**scope, "method": "GET"}, 101, b"", b"")
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            await send({"type": "websocket.send", "text": f"heard: {message.get('text')}"})

    def note(self, scope, status, asked, answered):
        query = scope["query_string"].decode()
        hosts = [value for name, value in scope["headers"] if name in (b"host", b":authority")]
        line = {
            "method": scope["method"],
            "host": hosts[0].decode() if hosts else None,
            "url": scope["raw_path"].decode() + (f"?{query}" if query else ""),
            "status": status,
            "request": described(asked),
            "response": described(answered),
        }
        print(json.dumps(line), file=self.served, flush=True)


def described(content):
    digest = hashlib.sha256(content).hexdigest() if content else None
    return {"length": len(content), "sha256": digest}


def main():
    chain, key, served = sys.argv[1:]
    config = Config()
    config.bind, config.insecure_bind = ["0.0.0.0:443"], ["0.0.0.0:80"]
    config.certfile, config.keyfile = chain, key
    # Suites with CBC are for apps that ask for nothing else.
    config.ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES"
    config.alpn_protocols = ["h2", "http/1.1"]
    asyncio.run(serve(Api(served), config))


main()

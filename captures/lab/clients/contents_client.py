"""An app whose requests have every form. Usage: contents_client.py FORM CA MAX VERIFY PIN URL

FORM: `cbc` (HTTP/1.1 with a CBC suite of TLS 1.2), `http1`, `http2`, `websocket`.
"""

import asyncio
import sys

import httpx

from common import arguments, context, finish

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1LTEwMDEifQ.c2lnbmF0dXJlLW9mLXRoZS1sYWI"
GRAPHQL = {
    "operationName": "Order",
    "query": "query Order($id: ID!) { order(id: $id) { id state } }",
    "variables": {"id": "o-77"},
}


def pieces():
    for number in range(3):
        yield f"reading {number}\n".encode()


def exchanges(client, base):
    """All kinds of requests, one after the other."""
    bearer = {"authorization": f"Bearer {TOKEN}"}
    for coding in ("gzip", "deflate", "br", "zstd"):
        client.get(f"{base}/v1/coded/{coding}").raise_for_status()
    client.post(f"{base}/v1/login", data={"user": "ada", "password": "not-a-secret-of-anybody"})
    client.get(f"{base}/v1/orders?page=2&sort=-date", headers=bearer)
    client.put(f"{base}/v1/readings", content=pieces(), headers=bearer)
    client.post(
        f"{base}/v1/photos",
        headers=bearer,
        data={"album": "lamps"},
        files={"photo": ("lamp.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "image/png")},
    )
    client.post(f"{base}/graphql", json=GRAPHQL, headers=bearer)
    client.get(f"{base}/v1/stream")
    client.head(f"{base}/v1/products")
    client.delete(f"{base}/v1/gone", headers={"x-api-key": "k-3e8f2a91c7d64b05"})
    client.get(f"{base}/v1/old", headers={"if-none-match": '"7"'})
    client.get(f"{base}/v1/nothing-here")


def grpc(client, base):
    message = b"\0\0\0\0\x04\x0a\x02\x37\x37"
    headers = {"content-type": "application/grpc+proto", "te": "trailers"}
    client.post(f"{base}/shop.Orders/List", content=message, headers=headers)


async def live(tls, base):
    import websockets

    address = base.replace("https://", "wss://") + "/v1/live"
    async with websockets.connect(address, ssl=tls, user_agent_header="shop/4.2") as socket:
        for said in ("hello", '{"subscribe": "orders"}', "a long one " * 50):
            await socket.send(said)
            assert (await socket.recv()).startswith("heard: ")


form, *sys.argv[1:] = sys.argv[1:]
ca, maximum, verify, _, urls = arguments()
problem, tls = None, context(ca, maximum, verify)
if form == "cbc":
    tls.set_ciphers("ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:AES128-SHA256")
try:
    if form == "websocket":
        asyncio.run(live(tls, urls[0]))
    else:
        agent = {"user-agent": "shop/4.2 httpx"}
        with httpx.Client(http2=form == "http2", verify=tls, headers=agent) as app:
            exchanges(app, urls[0])
            if form == "http2":
                grpc(app, urls[0])
except (OSError, httpx.HTTPError) as error:
    problem = error
finish(problem)

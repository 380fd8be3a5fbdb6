"""The same API over HTTP/3: aioquic. Usage: http3_server.py CHAIN KEY SERVED

SERVED gets a line of JSON for each request that was answered.
"""

import asyncio
import hashlib
import json
import sys

from aioquic.asyncio import QuicConnectionProtocol, serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated

from api import API


class ApiProtocol(QuicConnectionProtocol):
    http = None

    def quic_event_received(self, event):
        if isinstance(event, ProtocolNegotiated):
            self.http = H3Connection(self._quic)
        for message in self.http.handle_event(event) if self.http else ():
            if isinstance(message, HeadersReceived):
                self.answer(message)

    def answer(self, request):
        asked = {name.decode(): value.decode() for name, value in request.headers}
        body = API.get(asked[":path"])
        status, content = 200 if body else 404, (body or "{}").encode()
        self.http.send_headers(
            request.stream_id,
            [(b":status", b"%d" % status), (b"content-type", b"application/json")],
        )
        self.http.send_data(request.stream_id, content, end_stream=True)
        self.transmit()
        note(asked, status, content)


def note(asked, status, content):
    line = {
        "method": asked[":method"],
        "host": asked[":authority"],
        "url": asked[":path"],
        "status": status,
        "request": {"length": 0, "sha256": None},
        "response": {"length": len(content), "sha256": hashlib.sha256(content).hexdigest()},
    }
    with open(sys.argv[3], "a", encoding="ascii") as served:
        print(json.dumps(line), file=served)


async def main():
    configuration = QuicConfiguration(alpn_protocols=H3_ALPN, is_client=False)
    configuration.load_cert_chain(sys.argv[1], sys.argv[2])
    await serve("0.0.0.0", 443, configuration=configuration, create_protocol=ApiProtocol)
    await asyncio.Future()


asyncio.run(main())

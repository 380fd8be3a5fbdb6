"""The same API over HTTP/3: aioquic. Usage: http3_server.py CHAIN KEY"""

import asyncio
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
        body = API.get(dict(request.headers)[b":path"].decode())
        self.http.send_headers(
            request.stream_id,
            [(b":status", b"200" if body else b"404"), (b"content-type", b"application/json")],
        )
        self.http.send_data(request.stream_id, (body or "{}").encode(), end_stream=True)
        self.transmit()


async def main():
    configuration = QuicConfiguration(alpn_protocols=H3_ALPN, is_client=False)
    configuration.load_cert_chain(sys.argv[1], sys.argv[2])
    await serve("0.0.0.0", 443, configuration=configuration, create_protocol=ApiProtocol)
    await asyncio.Future()


asyncio.run(main())

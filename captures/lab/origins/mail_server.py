"""A mail submission server that offers STARTTLS: aiosmtpd. Usage: mail_server.py CHAIN KEY"""

import asyncio
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
controller = Controller(
    Sink(),
    hostname="0.0.0.0",
    port=587,
    server_hostname="mail.shop.test",
    ident="ESMTP",
    tls_context=context,
    require_starttls=True,
)
controller.start()
asyncio.new_event_loop().run_forever()

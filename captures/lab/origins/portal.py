"""portal.py ADDRESS: a captive portal. Every request for another host is sent to the login page."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

OWN = sys.argv[1]
LOGIN = f"http://{OWN}:8080/login"


class Portal(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        own = self.headers.get("Host", "").split(":")[0] == OWN
        body = b"<title>Guest network</title><form method=post>Accept the terms</form>\n" if own else b""
        self.send_response(200 if own else 302)
        if not own:
            self.send_header("Location", LOGIN)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


HTTPServer(("", 8080), Portal).serve_forever()

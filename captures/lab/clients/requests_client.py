"""An app with Python requests: HTTP/1.1, OpenSSL."""

import requests
from requests.adapters import HTTPAdapter

from common import arguments, context, finish


class Adapter(HTTPAdapter):
    """Carries the case's TLS settings into urllib3."""

    def __init__(self, tls, verify):
        self.tls, self.checks = tls, verify
        super().__init__()

    def init_poolmanager(self, *positional, **named):
        return super().init_poolmanager(
            *positional,
            ssl_context=self.tls,
            assert_hostname=None if self.checks else False,
            **named,
        )


ca, maximum, verify, _, urls = arguments()
problem = None
session = requests.Session()
session.headers["user-agent"] = "shop/4.2 requests"
session.verify = ca if verify else False
session.mount("https://", Adapter(context(ca, maximum, verify), verify))
try:
    for url in urls:
        session.get(url, timeout=10).raise_for_status()
except requests.RequestException as error:
    problem = error
finish(problem)

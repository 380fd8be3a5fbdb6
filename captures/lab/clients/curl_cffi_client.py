"""An app whose handshake is that of a browser: curl_cffi (BoringSSL, curl-impersonate).

Two arguments come before the usual ones: the browser's profile, and h2 or h3 (HTTP/3 over QUIC).
"""

import sys

from curl_cffi import CurlHttpVersion, requests

browser, protocol = sys.argv[1:3]
del sys.argv[1:3]

from common import arguments, finish  # noqa: E402 (reads sys.argv)

ca, maximum, verify, _, urls = arguments()
problem = None
profile = {"http_version": CurlHttpVersion.V3ONLY} if protocol == "h3" else {}
with requests.Session(impersonate=browser, verify=ca if verify else False, **profile) as session:
    try:
        for url in urls:
            session.get(url, timeout=10).raise_for_status()
    except requests.RequestsError as error:
        problem = error
finish(problem)

"""An app whose handshake is that of Chrome on Android: curl_cffi (BoringSSL, curl-impersonate).

A first argument `h3` makes it speak HTTP/3 over QUIC.
"""

import sys

from curl_cffi import CurlHttpVersion, requests

quic = sys.argv[1] == "h3"
if quic:
    del sys.argv[1]

from common import arguments, finish  # noqa: E402 (reads sys.argv)

ca, maximum, verify, _, urls = arguments()
problem = None
profile = {"http_version": CurlHttpVersion.V3ONLY} if quic else {}
with requests.Session(impersonate="chrome131_android", verify=ca if verify else False, **profile) as session:
    try:
        for url in urls:
            session.get(url, timeout=10).raise_for_status()
    except requests.RequestsError as error:
        problem = error
finish(problem)

"""An app with Python httpx: HTTP/2, OpenSSL."""

import httpx

from common import arguments, context, finish

ca, maximum, verify, _, urls = arguments()
problem = None
with httpx.Client(
    http2=True, verify=context(ca, maximum, verify), headers={"user-agent": "shop/4.2 httpx"}
) as client:
    try:
        for url in urls:
            client.get(url).raise_for_status()
    except httpx.HTTPError as error:
        problem = error
finish(problem)

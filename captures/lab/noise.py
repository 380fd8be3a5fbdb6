"""A phone's ordinary background traffic: names, a connectivity check, echoes, a closed port."""

from network import GATEWAY_IP, ORIGIN_IP, PHONE


def before(network):
    for words in (
        ("dig", "+short", "connectivity.shop.test"),
        (
            "curl",
            "--silent",
            "--output",
            "/dev/null",
            "--max-time",
            "5",
            "http://connectivity.shop.test/generate_204",
        ),
        ("dig", "+short", "cdn.shop.test"),
        ("dig", "+short", "AAAA", "cdn.shop.test"),
        ("dig", "+short", "no-such-host.shop.test"),
        ("ping", "-c", "2", "-i", "0.2", GATEWAY_IP),
    ):
        network.inside(PHONE, *words, check=False, timeout=20)


def after(network):
    for words in (
        ("dig", "+tcp", "+short", "www.shop.test"),
        ("dig", "+short", "-x", ORIGIN_IP),
        ("curl", "--silent", "--max-time", "5", f"http://{ORIGIN_IP}:5228/"),
        ("ping", "-c", "1", ORIGIN_IP),
    ):
        network.inside(PHONE, *words, check=False, timeout=20)

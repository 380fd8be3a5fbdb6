"""Steps that talk to the shop's API: `WHO PROGRAM: STEP; STEP; …`.

WHO is the phone, a second phone with an address of its own, or the guest. PROGRAM is okhttp (the genuine
app), requests or httpx (a script), or curl, which sends requests that were kept.
"""

import os
import pathlib

import network as net
import phone

LAB = pathlib.Path(__file__).resolve().parent
JAVA = "/usr/share/java"
SECOND_PHONE_IP = "192.168.50.21"
# Where somebody runs, and with which address.
PLACES = {
    "phone": (net.PHONE, net.PHONE_IP),
    "second-phone": (net.PHONE, SECOND_PHONE_IP),
    "guest": (net.GUEST, net.GUEST_IP),
}
WHO = {"phone": "the phone", "second-phone": "a second phone", "guest": "the guest's machine"}


def parsed(step):
    """Who, program and the rest of a step of this kind; None of another kind."""
    head, colon, what = step.partition(": ")
    words = head.split()
    return (*words, what) if colon and len(words) == 2 and words[0] in PLACES else None


def perform(stage, who, program, what):
    namespace, address = PLACES[who]
    own = phone.environment(stage.folder)
    tools = pathlib.Path(os.environ["LAB_TOOLS"])
    pki = stage.folder.parent / "pki/public-root.pem"
    root = stage.folder / "both-roots.pem" if stage.case.interceptor else pki
    if namespace == net.PHONE:
        link = ("dev", "wlan0")
        stage.network.inside(namespace, "ip", "addr", "add", f"{address}/24", *link, check=False)
        route = ("default", "via", net.GATEWAY_IP, "src", address)
        stage.network.inside(namespace, "ip", "route", "replace", *route)
    if program == "curl":
        for kept in what.split():
            options = ("--silent", "--output", "/dev/null", "--max-time", "10", "--config")
            words = ("curl", "--cacert", root, *options, stage.folder / kept)
            stage.network.inside(namespace, *words, env=own, timeout=30)
        return
    if program == "okhttp":
        path = f"{tools / 'clients'}:{JAVA}/okhttp.jar:{JAVA}/okio.jar"
        words = ("java", "-cp", path, "OkHttpShop", root, what)
    else:
        script = LAB / "clients/shop_client.py"
        words = (tools / "venv/bin/python", script, program, root, what)
    stage.network.inside(namespace, *words, cwd=stage.folder, env=own, timeout=120)


def said(who, program, what):
    """A line for the case's README."""
    name = {"okhttp": "the app (OkHttp)", "curl": "curl"}.get(program, f"a script ({program})")
    return f"on {WHO[who]}, {name}: `{what}`"

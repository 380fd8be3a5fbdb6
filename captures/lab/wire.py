"""What tshark sees in a capture: the TLS sessions, one dictionary each.

Needs tshark and openssl alone, so that verify.py runs anywhere. Without a key log, TLS 1.3 keeps
its certificates to itself: `certificates` then says `not observable`.
"""

import pathlib
import subprocess
import sys

FIELDS = (
    "frame.number",
    "ip.src",
    "ip.dst",
    "tcp.stream",
    "udp.stream",
    "tcp.srcport",
    "tcp.dstport",
    "udp.srcport",
    "udp.dstport",
    "tls.handshake.type",
    "tls.handshake.extensions_server_name",
    "tls.handshake.extensions.supported_version",
    "tls.handshake.version",
    "tls.handshake.ciphersuite",
    "tls.handshake.certificate",
    "tls.alert_message.desc",
    "tls.record.content_type",
    "tls.record.opaque_type",
    "http.request.method",
    "http2.headers.method",
    "tls.handshake.extensions_alpn_str",
)
VERSIONS = {
    0x300: "SSL 3.0",
    0x301: "TLS 1.0",
    0x302: "TLS 1.1",
    0x303: "TLS 1.2",
    0x304: "TLS 1.3",
}
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE = 1, 2, 11
APPLICATION_DATA = 23
CLOSE_NOTIFY = 0
PORTS = ("-d", "tcp.port==8443,http", "-d", "tcp.port==587,smtp")


def frames(capture, key_log=None, fields=FIELDS, only="tcp or quic"):
    """The frames that match the display filter `only`: for each field its values."""
    # Always given, if empty: else the key log in the user's own Wireshark preferences would count.
    words = [
        "tshark",
        "-r",
        str(capture),
        *PORTS,
        "-o",
        f"tls.keylog_file:{key_log or ''}",
        "-Y",
        only,
        "-T",
        "fields",
        "-E",
        "separator=/t",
        "-E",
        "occurrence=a",
        "-E",
        "aggregator=,",
    ]
    for field in fields:
        words += ["-e", field]
    done = subprocess.run(words, check=True, text=True, capture_output=True)
    for line in done.stdout.splitlines():
        values = dict(zip(fields, line.split("\t"), strict=True))
        yield {field: [v for v in value.split(",") if v] for field, value in values.items()}


def count(capture, display_filter, key_log=None):
    """How many frames match a display filter."""
    return sum(1 for _ in frames(capture, key_log, ("frame.number",), display_filter))


def sessions(capture, key_log=None):
    """All TLS and QUIC sessions in the order of their ClientHello."""
    found = {}
    for frame in frames(capture, key_log):
        stream = (
            ("tcp", *frame["tcp.stream"][:1])
            if frame["tcp.stream"]
            else ("udp", *frame["udp.stream"][:1])
        )
        types = numbers(frame["tls.handshake.type"])
        if CLIENT_HELLO in types and stream not in found:
            found[stream] = begin(frame, stream[0])
        session = found.get(stream)
        if session:
            observe(session, frame, types)
    return [end(session) for session in found.values()]


def numbers(values):
    return [int(value, 0) for value in values]


def endpoint(frame, side):
    ports = frame[f"tcp.{side}port"] or frame[f"udp.{side}port"]
    return f"{frame['ip.' + side][0]}:{ports[0]}"


def begin(frame, transport):
    return {
        "first_packet": int(frame["frame.number"][0]),
        "transport": "quic" if transport == "udp" else "tcp",
        "client": endpoint(frame, "src"),
        "server": endpoint(frame, "dst"),
        "sni": next(iter(frame["tls.handshake.extensions_server_name"]), None),
        "version": None,
        "cipher": None,
        "alpn": None,
        "certificates": [],
        "client_alerts": [],
        "server_alerts": [],
        "requests": 0,
        "client_sent_data": False,
    }


def observe(session, frame, types):
    from_client = endpoint(frame, "src") == session["client"]
    if SERVER_HELLO in types:
        legacy = numbers(frame["tls.handshake.version"])
        chosen = numbers(frame["tls.handshake.extensions.supported_version"])
        # One frame may hold other messages with a version of their own: the first is ServerHello's.
        number = chosen[0] if chosen else legacy[0]
        session["version"] = VERSIONS.get(number, hex(number))
        session["cipher"] = f"{int(frame['tls.handshake.ciphersuite'][0], 0):#06x}"
    if not from_client and frame["tls.handshake.extensions_alpn_str"]:
        session["alpn"] = frame["tls.handshake.extensions_alpn_str"][0]
    if CERTIFICATE in types and not from_client and not session["certificates"]:
        session["certificates"] = [
            describe(bytes.fromhex(der.replace(":", "")))
            for der in frame["tls.handshake.certificate"]
        ]
    alerts = [alert for alert in numbers(frame["tls.alert_message.desc"]) if alert != CLOSE_NOTIFY]
    session["client_alerts" if from_client else "server_alerts"] += alerts
    if from_client:
        methods = frame["http.request.method"] + frame["http2.headers.method"]
        session["requests"] += len([method for method in methods if method != "CONNECT"])
        if APPLICATION_DATA in numbers(
            frame["tls.record.content_type"] + frame["tls.record.opaque_type"]
        ):
            session["client_sent_data"] = True


def end(session):
    if session["version"] == "TLS 1.3":
        # Its Finished and its alerts look like data (RFC 8446 section 5.2): only requests tell.
        session["client_sent_data"] = session["requests"] > 0 or None
        session["certificates"] = session["certificates"] or "not observable"
    return session


def describe(der):
    """A certificate's facts as openssl prints them: names in wire order, the serial in hex."""
    words = [
        "openssl",
        "x509",
        "-inform",
        "DER",
        "-noout",
        "-subject",
        "-issuer",
        "-serial",
        "-dates",
        "-dateopt",
        "iso_8601",
        "-nameopt",
        "sep_comma_plus_space,sname,utf8",
    ]
    text = subprocess.run(words, check=True, input=der, capture_output=True).stdout.decode()
    values = dict(line.split("=", 1) for line in text.splitlines())
    return {
        "subject": values["subject"].strip(),
        "issuer": values["issuer"].strip(),
        "serial": values["serial"].lower(),
        "not_before": values["notBefore"].replace(" ", "T"),
        "not_after": values["notAfter"].replace(" ", "T"),
    }


def summary(capture, key_log=None):
    """One line a session, for people."""
    for session in sessions(capture, key_log):
        chain = session["certificates"]
        issuer = (
            chain if isinstance(chain, str) else chain[0]["issuer"] if chain else "no certificate"
        )
        yield (
            f"{session['first_packet']:>4} {session['transport']} {session['sni']} "
            f"{session['version']} "
            f"alpn={session['alpn']} issuer=[{issuer}] "
            f"alerts={session['client_alerts']}/{session['server_alerts']} "
            f"requests={session['requests']} data={session['client_sent_data']}"
        )


if __name__ == "__main__":
    for path in map(pathlib.Path, sys.argv[1:]):
        keys = path.parent / "keys.log"
        print(path)
        for line in summary(path):
            print("  blind", line)
        if keys.exists():
            for line in summary(path, keys):
                print("  keys ", line)

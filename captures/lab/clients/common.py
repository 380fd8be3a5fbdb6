"""The command line that all clients share, in the compiled ones spelled out again:

CLIENT CA MAX VERIFY PIN URL…
  CA      file of trusted roots        MAX   highest TLS version: 1.0, 1.2 or 1.3
  VERIFY  on | off (accepts anything)  PIN   SHA-256 of a public key in the chain, base64; or none

Key logs go to $SSLKEYLOGFILE. Exit code 0: every request was answered; 1: one was not.
"""

import ssl
import sys

VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


def arguments():
    ca, maximum, verify, pin, *urls = sys.argv[1:]
    return ca, maximum, verify == "on", pin, urls


def context(ca, maximum, verify):
    """A context of Python's ssl module (OpenSSL) as the arguments say."""
    import os

    made = ssl.create_default_context(cafile=ca)
    made.maximum_version = VERSIONS[maximum]
    made.keylog_filename = os.environ.get("SSLKEYLOGFILE")
    if not verify:
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    return made


def finish(error):
    """Ends the client: with what went wrong on stderr, or quietly."""
    if error is not None:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    sys.exit(0 if error is None else 1)

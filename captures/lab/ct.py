"""Certificate transparency logs of the lab: signs the timestamps that public leaves carry.

RFC 6962 section 3.2 (what is signed) and 3.3 (how it lies in the certificate). The logs keep no
entries: only their keys matter, and those end with the run. Their public halves go to
trust/ct-logs.json in the layout of the browsers' log lists (version 3).
"""

import base64
import hashlib
import struct

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ObjectIdentifier

SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")


def public_der(key):
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


class Log:
    """One log: a P-256 key and a description."""

    def __init__(self, description):
        self.description = description
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.der = public_der(self.key.public_key())
        self.id = hashlib.sha256(self.der).digest()

    def sign(self, draft, issuer, when):
        """The timestamp for a certificate; `draft` is it with any SCT list in place."""
        milliseconds = int(when.timestamp() * 1000)
        body = draft.tbs_precertificate_bytes
        signed = (
            struct.pack(">BBQH", 0, 0, milliseconds, 1)
            + hashlib.sha256(public_der(issuer.public_key())).digest()
            + len(body).to_bytes(3, "big")
            + body
            + b"\x00\x00"
        )
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return (
            b"\x00"
            + self.id
            + struct.pack(">QH", milliseconds, 0)
            + b"\x04\x03"
            + struct.pack(">H", len(signature))
            + signature
        )

    def entry(self):
        """This log as an entry of a log list."""
        return {
            "description": self.description,
            "log_id": base64.b64encode(self.id).decode(),
            "key": base64.b64encode(self.der).decode(),
            "mmd": 86400,
            "state": {"usable": {"timestamp": "2025-01-01T00:00:00Z"}},
        }


def sct_list_extension(timestamps):
    """The certificate extension that holds `timestamps`."""
    items = b"".join(struct.pack(">H", len(item)) + item for item in timestamps)
    value = struct.pack(">H", len(items)) + items
    return x509.UnrecognizedExtension(SCT_LIST, octet_string(value))


def octet_string(value):
    length = len(value)
    if length < 0x80:
        head = bytes([length])
    else:
        size = (length.bit_length() + 7) // 8
        head = bytes([0x80 | size]) + length.to_bytes(size, "big")
    return b"\x04" + head + value

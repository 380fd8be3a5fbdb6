"""The folder trust/: public roots and logs of all runs that a committed capture still needs.

A run has a new root, for the old one's key is gone. When only some cases are made anew, the others
still need their root: both stay in the files, and one that no case names any more is dropped.
"""

import hashlib
import json
import pathlib
import re
import ssl

PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.DOTALL)


def fingerprint(pem):
    """SHA-256 of a certificate, hex."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def update(captures, pki):
    """Adds this run's root and logs, drops those that no expected.json names."""
    folder = pathlib.Path(captures) / "lab" / "trust"
    folder.mkdir(exist_ok=True)
    needed = {
        json.loads(path.read_text())["trust_root"]
        for path in pathlib.Path(captures).glob("*/expected.json")
    }
    roots, logs = folder / "public-root.pem", folder / "ct-logs.json"
    pems = [pki.root_pem] + (PEM.findall(roots.read_text()) if roots.exists() else [])
    kept = [pem for pem in dict.fromkeys(pems) if fingerprint(pem) in needed]
    roots.write_text("".join(kept))

    known = [{**log.entry(), "root": fingerprint(pki.root_pem)} for log in pki.logs]
    if logs.exists():
        known += json.loads(logs.read_text())["operators"][0]["logs"]
    names = {fingerprint(pem) for pem in kept}
    unique = {log["log_id"]: log for log in known if log["root"] in names}
    operator = {"name": "Lab", "email": [], "logs": list(unique.values()), "tiled_logs": []}
    logs.write_text(json.dumps({"version": "3", "operators": [operator]}, indent=1) + "\n")

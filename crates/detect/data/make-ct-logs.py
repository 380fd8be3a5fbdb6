#!/usr/bin/env python3
"""Writes ct-logs.tsv: the ids of known Certificate Transparency logs.

usage: make-ct-logs.py SOURCE...

A SOURCE is one of
    *.json   a log list in Google's form, version 2 or 3 (the package ctutlz holds one)
    *.rs     src/lib.rs of the crate ct-logs
    *.tsv    lines of log id (hex), description, source, as this script writes them
Earlier sources win. An id is SHA-256 of the log's key (RFC 6962 section 3.2); where a source gives
the key, that is checked.
"""
import base64
import hashlib
import json
import pathlib
import re
import sys

OUTPUT = pathlib.Path(__file__).with_name("ct-logs.tsv")
RUST = re.compile(r'"description": "([^"]+)",.*?"key": "([^"]+)"', re.S)


def from_json(path):
    for operator in json.loads(path.read_text())["operators"]:
        for log in operator.get("logs", []) + operator.get("tiled_logs", []):
            key = base64.b64decode(log["key"])
            digest = hashlib.sha256(key).digest()
            assert digest == base64.b64decode(log["log_id"]), log
            yield digest.hex(), log.get("description", operator["name"])


def from_rust(path):
    for block in re.findall(r"/\*(.+?)\*/", path.read_text(), re.S):
        if match := RUST.search(block):
            yield hashlib.sha256(base64.b64decode(match[2])).hexdigest(), match[1]


def main():
    known = {}
    for name in sys.argv[1:]:
        path = pathlib.Path(name)
        if path.suffix == ".tsv":
            for line in path.read_text().splitlines():
                if line and not line.startswith("#"):
                    log_id, description, source = line.split("\t")
                    assert len(bytes.fromhex(log_id)) == 32, line
                    known.setdefault(log_id, (description, source))
            continue
        reader, source = (from_json, "ctutlz") if path.suffix == ".json" else (from_rust, "ct-logs")
        for log_id, description in reader(path):
            known.setdefault(log_id, (description, source))
    lines = sorted(known.items(), key=lambda item: (item[1][0].lower(), item[0]))
    text = "# log id (SHA-256 of the key, hex)\tdescription\tsource: see README.md\n"
    text += "".join(f"{log_id}\t{what}\t{source}\n" for log_id, (what, source) in lines)
    OUTPUT.write_text(text)
    print(f"{len(lines)} logs")


if __name__ == "__main__":
    main()

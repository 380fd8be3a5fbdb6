#!/usr/bin/env bash
# decrypted.sh: HTTP/1 and HTTP/2 in TLS 1.3 with a key log of FLOWS=100000 connections, four exchanges each,
# about 1 GB: interloper beside tshark with the same key log (TSHARK=0 leaves it out: it takes long).
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"

capture=$folder/decrypted.pcap
"$generator" decrypted "$capture" --flows "${FLOWS:-100000}" --size 1e9 2> /dev/null
cat "$capture" "$capture.keys" > /dev/null
machine
cat "$capture.facts"
echo
table --head --runs "${RUNS:-5}" --facts "$capture.facts" \
    "interloper, 1 thread" "$interloper scan --threads 1 $(scan_words "$capture")" \
    "interloper, all threads" "$interloper scan $(scan_words "$capture")" \
    "interloper, no keys" "$interloper scan --fail-on never -o /dev/null $capture"
if [ "${TSHARK:-1}" = 1 ] && command -v tshark > /dev/null; then
    table --runs 1 --facts "$capture.facts" tshark \
        "tshark -n -r $capture -o tls.keylog_file:$capture.keys -Y http||http2 -T fields -e http.request.uri"
fi

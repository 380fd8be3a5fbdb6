#!/usr/bin/env bash
# startup.sh: what a small capture costs: ten packets, and all of clean-tls12, whose certificates need the
# trust roots. Wall time must be at most three times tcpdump's.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"

whole=$repository/captures/clean-tls12/capture.pcapng
ten=$folder/ten.pcap
tcpdump -r "$whole" -c 10 -w "$ten" 2> /dev/null
machine
echo
table --head --milliseconds --runs "${RUNS:-100}" \
    "tcpdump, 10 packets" "tcpdump -r $ten -w /dev/null" \
    "interloper, 10 packets" "$interloper scan --fail-on never -o /dev/null $ten" \
    "tcpdump, clean-tls12" "tcpdump -r $whole -w /dev/null" \
    "interloper, clean-tls12" "$interloper scan $(scan_words "$whole")"

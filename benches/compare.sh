#!/usr/bin/env bash
# compare.sh [CAPTURE …]: interloper on one and on all threads beside the peers that are installed, in one
# run, since machines are noisy. Without a capture: one of each kind that the generator makes (SIZE=200
# megabytes each). RUNS=5 and, for peers that take minutes, SLOW_RUNS=1 say how often. Needs python3 and
# hyperfine. PEERS="tcpdump tshark" limits the peers.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"

peers=${PEERS-tcpdump mercury suricata ndpiReader ssldump p0f zeek tshark}

# peer NAME CAPTURE: its command.
peer() {
    case $1 in
        tcpdump) echo "tcpdump -r $2 -w /dev/null" ;;
        mercury) echo "mercury -r $2 -f /dev/null --select tls" ;;
        suricata) echo "suricata --runmode single -k none -S /dev/null -l $folder/log -r $2" ;;
        ndpiReader) echo "ndpiReader -q -i $2" ;;
        ssldump) echo "ssldump -n -r $2" ;;
        p0f) echo "p0f -f /etc/p0f/p0f.fp -r $2" ;;
        zeek) echo "env -C $folder/log zeek -C -r $2" ;;
        tshark) echo "tshark -n -r $2 -Y tls.handshake -T fields -e tls.handshake.extensions_server_name" \
            "-e tls.handshake.ja3 -e x509sat.uTF8String" ;;
    esac
}

compare() {
    local capture=$1 name fast=() slow=() facts=()
    if [ -e "$capture.facts" ]; then facts=(--facts "$capture.facts"); fi
    cat "$capture" > /dev/null # into the page cache
    mkdir -p "$folder/log"
    for name in $peers; do
        if ! command -v "$name" > /dev/null; then continue; fi
        if [ "$name" = tcpdump ]; then
            fast+=("$name" "$(peer "$name" "$capture")")
        else
            slow+=("$name" "$(peer "$name" "$capture")")
        fi
    done
    fast+=("interloper, 1 thread" "$interloper scan --threads 1 $(scan_words "$capture")"
        "interloper, all threads" "$interloper scan $(scan_words "$capture")")
    echo
    echo "$(basename "$capture"): $(cat "$capture.facts" 2> /dev/null || wc -c < "$capture")"
    echo
    table --head --runs "${RUNS:-5}" "${facts[@]}" "${fast[@]}"
    if ((${#slow[@]} > 0)); then table --runs "${SLOW_RUNS:-1}" "${facts[@]}" "${slow[@]}"; fi
    rm -rf "$folder/log"
}

machine
if (($# > 0)); then
    for capture; do compare "$(realpath "$capture")"; done
else
    for kind in tls bulk http flood mixed; do
        "$generator" "$kind" "$folder/$kind.pcap" --size "${SIZE:-200}" 2> /dev/null
        compare "$folder/$kind.pcap"
        rm "$folder/$kind".pcap*
    done
fi

#!/usr/bin/env bash
# instructions.sh [--record]: instructions for one thing more of each kind, counted by valgrind: the same in
# every run, whatever else the machine does. Each count is the difference between two captures that differ
# in nothing but how many of these things are in them. Fails if one is more than 10 % above what
# instructions.txt says, or is not there; --record writes that file. Needs valgrind; takes half a minute,
# and builds the release binary.
#
# valgrind shows programs a processor without SHA extensions, and ring picks its code by the processor:
# compare on similar machines.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"

record=$here/instructions.txt
options=(--size 1e9 --concurrent 50)

# count CAPTURE: instructions of a scan on one thread.
count() {
    local words
    read -ra words <<< "$(scan_words "$1")"
    valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null --log-file="$folder/log" \
        "$interloper" scan --threads 1 "${words[@]}"
    sed -n 's/.*I *refs: *//p' "$folder/log" | tr -d ,
}

# fact NAME CAPTURE: how many of it are in there.
fact() { tr ' ' '\n' < "$2.facts" | sed -n "s/^$1=//p"; }

# each NAME FACT KIND FEW MANY: the cost of one more of FACT in captures of that kind.
each() {
    local name=$1 fact=$2 kind=$3 few many
    # shellcheck disable=SC2086 # options
    "$generator" "$kind" "$folder/few.pcap" "${options[@]}" $4 2> /dev/null
    # shellcheck disable=SC2086
    "$generator" "$kind" "$folder/many.pcap" "${options[@]}" $5 2> /dev/null
    few=$(count "$folder/few.pcap")
    many=$(count "$folder/many.pcap")
    local things=$(($(fact "$fact" "$folder/many.pcap") - $(fact "$fact" "$folder/few.pcap")))
    echo "$name $(((many - few) / things))"
    rm -f "$folder"/few.pcap* "$folder"/many.pcap*
}

measure() {
    each shunted-packet packets tls "--flows 9 --bulk 40" "--flows 9 --bulk 8040"
    each tls-connection handshakes tls "--flows 90 --bulk 0" "--flows 540 --bulk 0"
    each handshake-with-new-chain handshakes flood "--flows 180" "--flows 540"
    each quic-handshake handshakes quic "--flows 50" "--flows 250"
    each dns-look-up flows dns "--flows 400" "--flows 2400"
    each shortest-flow flows small "--flows 400" "--flows 2400"
    each http-exchange exchanges http "--flows 100" "--flows 300"
    each decrypted-exchange exchanges decrypted "--flows 50" "--flows 250"
}

measure | tee "$folder/now"
if [ "${1:-}" = --record ]; then
    cp "$folder/now" "$record"
    exit
fi
failed=0
while read -r name now; do
    before=$(sed -n "s/^$name //p" "$record")
    if [ -z "$before" ] || ((now * 10 > before * 11)); then
        echo "instructions: $name: $now instructions, ${before:-nothing} in $record" >&2
        failed=1
    fi
done < "$folder/now"
exit "$failed"

#!/usr/bin/env bash
# growth.sh: how time and memory grow with flows, from 10,000 to MOST=10000000 of them: the shortest flows
# (look-ups of names, hellos that nobody answers, closed connections), 2,000 at a time. Each must cost the
# same, and memory must not grow with them. Takes 470 bytes of disk a flow, in TMPDIR.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"

machine
head=(--head)
for ((flows = 10000; flows <= ${MOST:-10000000}; flows *= 10)); do
    capture=$folder/small.pcap
    "$generator" small "$capture" --flows "$flows" --size 1e9 2> /dev/null
    cat "$capture" > /dev/null
    for threads in 1 0; do # 0: one for each core
        table "${head[@]}" --runs "${RUNS:-3}" --facts "$capture.facts" --per flows \
            "$flows flows, ${threads/#0/all} thread(s)" \
            "$interloper scan --threads $threads $(scan_words "$capture")"
        head=()
    done
done

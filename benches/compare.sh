#!/usr/bin/env bash
# compare.sh CAPTURE: interloper on one and on all threads beside tcpdump copying the same file, in
# one run, since machines are noisy. Needs hyperfine and tcpdump; builds the release binary.
set -euo pipefail
capture=$(realpath "${1:?usage: compare.sh CAPTURE}")
cd "$(dirname "$0")/.."
cargo build --release --quiet --locked
interloper=${CARGO_TARGET_DIR:-target}/release/interloper
cat "$capture" > /dev/null # into the page cache
hyperfine --warmup 1 --runs 5 --shell none \
    --command-name "tcpdump -w /dev/null" "tcpdump -r $capture -w /dev/null" \
    --command-name "interloper, 1 thread" "$interloper scan --fail-on never --threads 1 -o /dev/null $capture" \
    --command-name "interloper, all threads" "$interloper scan --fail-on never -o /dev/null $capture"

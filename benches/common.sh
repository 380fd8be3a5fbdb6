# shellcheck shell=bash
# Sourced by the scripts of this folder: builds the release binary and the generator, and a folder for
# captures that goes away at the end (in TMPDIR, which must have room for them).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$here")
cd "$repository"
# INTERLOPER=… and GENERATOR=… are used as they are instead of being built.
if [ -z "${INTERLOPER:-}" ] || [ -z "${GENERATOR:-}" ]; then
    cargo build --release --quiet --locked --package interloper --package generate
fi
target=${CARGO_TARGET_DIR:-target}
interloper=$(realpath "${INTERLOPER:-$target/release/interloper}")
# shellcheck disable=SC2034 # for the scripts that source this
generator=$(realpath "${GENERATOR:-$target/release/generate}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# table ARGUMENTS: rows of a Markdown table, see table.py.
table() { python3 "$here/table.py" "$@"; }

# scan_words CAPTURE: the words of a scan of it that trusts what it should and writes its report away.
scan_words() {
    local words="--fail-on never -o /dev/null --trust-root $repository/captures/lab/trust/public-root.pem"
    words+=" --ct-log-list $repository/captures/lab/trust/ct-logs.json"
    if [ -e "$1.pem" ]; then words+=" --trust-root $1.pem"; fi
    if [ -e "$1.keys" ]; then words+=" --keylog $1.keys"; fi
    echo "$words $1"
}

# machine: where it was measured, for the record.
machine() {
    echo "$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $("$interloper" --version)"
}

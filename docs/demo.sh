#!/bin/sh
# Plays a walk through the demo capture in this terminal, keys and all, for whoever watches or records:
#
#   asciinema rec --cols 100 --rows 30 --command docs/demo.sh demo.cast
#
# Usage: docs/demo.sh [BINARY], by default the release or else the debug build. Needs tmux. Other than
# the tests it pauses, so that people can read. docs/demo.tape is the same walk for VHS.
set -eu
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
binary=${1:-}
for built in "$target/release/interloper" "$target/debug/interloper"; do
    if [ -z "$binary" ] && [ -x "$built" ]; then binary=$built; fi
done
if [ -z "$binary" ]; then
    echo "docs/demo.sh: no binary; run cargo build first" >&2
    exit 2
fi

folder=$(mktemp -d)
socket=$folder/tmux
driver=
trap 'tmux -S "$socket" kill-server 2>/dev/null || true
      test -z "$driver" || kill "$driver" 2>/dev/null || true
      rm -rf "$folder"' EXIT
trap 'exit 130' HUP INT TERM
mkdir "$folder/bin"
ln -s "$(realpath "$binary")" "$folder/bin/interloper"
ln -s "$PWD/captures" "$folder/captures"
printf "PS1='$ '\n" >"$folder/shrc"

# PATH and prompt are the shell's own; what is exported lands in files of the folder, which goes.
tmux -S "$socket" -f /dev/null start-server \; set-option -g status off \; \
    set-option -g escape-time 0 \; new-session -d -x 100 -y 30 -c "$folder" \
    "env PATH='$folder/bin:$PATH' ENV='$folder/shrc' COLORTERM=truecolor sh -i"

wait_for() {
    tries=300
    until tmux -S "$socket" capture-pane -p | grep -qF -e "$1"; do
        tries=$((tries - 1))
        test "$tries" -gt 0 || exit 2
        sleep 0.1
    done
}

# press KEY WORDS SECONDS: presses it, waits for the words, and gives the time to read.
press() {
    tmux -S "$socket" send-keys "$1"
    wait_for "$2"
    sleep "$3"
}

# Types as people do.
type_out() {
    printf '%s\n' "$1" | fold -w 1 | while IFS= read -r letter; do
        tmux -S "$socket" send-keys -l -- "$letter"
        sleep 0.03
    done
}

link() {
    until tmux -S "$socket" capture-pane -p | grep -qF -e "▸$1"; do
        tmux -S "$socket" send-keys Tab
        sleep 0.25
    done
    sleep 1
}

walk() {
    wait_for '$'
    type_out 'interloper captures/demo/capture.pcapng --trust-root captures/lab/trust/public-root.pem'
    press Enter ' done ' 4                      # who intercepted
    press 5 '✗ accepted' 4                      # which app let him in
    press 1 'severity' 1
    press Enter 'Look further' 4                # how it is known
    link handshake
    press Enter 'Ladder' 4                      # who sent what, and when
    press Escape 'Look further' 1
    link chains
    press Enter 'Side by side' 5                # the forged certificate beside the genuine one
    press Escape 'Look further' 1
    press Escape 'Selected' 1
    press / 'Enter ok' 0
    type_out 'rule:replayed'
    press Enter '1/1' 1
    press Enter 'Look further' 1
    link requests
    press Enter 'side by side' 5                # the replay beside what it repeats
    press Escape 'Look further' 1
    press Escape 'Selected' 1
    press e 'packets to' 2                      # the packets, for a colleague
    press Enter ' written' 3
    press q '$ interloper' 2
    tmux -S "$socket" send-keys -l 'exit'
    tmux -S "$socket" send-keys Enter
}

walk &
driver=$!
TMUX='' tmux -S "$socket" attach-session

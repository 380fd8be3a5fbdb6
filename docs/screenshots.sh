#!/bin/sh
# Makes the README's pictures from a real run: tmux is the terminal, docs/screen_to_svg.py the
# camera. Usage: docs/screenshots.sh [BINARY], by default the release or else the debug build.
# Needs tmux and python3; no network. Run it anew when a screen has changed.
set -eu
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
binary=${1:-}
for built in "$target/release/interloper" "$target/debug/interloper"; do
    if [ -z "$binary" ] && [ -x "$built" ]; then binary=$built; fi
done
if [ -z "$binary" ]; then
    echo "docs/screenshots.sh: no binary; run cargo build first" >&2
    exit 2
fi
export binary

columns=100
socket=
trap 'test -z "$socket" || tmux -L "$socket" kill-server 2>/dev/null || true' EXIT

# picture NAME LINES TITLE WAIT_FOR CAPTURE KEY...: presses the keys, waits until the screen has
# the words, and writes docs/NAME.svg.
picture() {
    name=$1 lines=$2 title=$3 words=$4 capture=$5
    shift 5
    # A server of its own for each: one that is on its way out takes no new session.
    socket=interloper-$name-$$
    command='exec "$binary" tui '"$capture"' --trust-root captures/lab/trust/public-root.pem'
    TERM=xterm-256color COLORTERM=truecolor tmux -L "$socket" -f /dev/null \
        new-session -d -x "$columns" -y "$lines" "$command"
    tmux -L "$socket" set-option -g status off
    wait_for ' done '
    for key in "$@"; do tmux -L "$socket" send-keys "$key"; done
    wait_for "$words"
    tmux -L "$socket" capture-pane -e -p |
        python3 docs/screen_to_svg.py "$title" "$columns" "$lines" >"docs/$name.svg"
    tmux -L "$socket" kill-server
    socket=
    echo "docs/$name.svg"
}

wait_for() {
    tries=100
    until tmux -L "$socket" capture-pane -p | grep -qF -e "$1"; do
        tries=$((tries - 1))
        if [ "$tries" -eq 0 ]; then
            echo "docs/screenshots.sh: the screen never said: $1" >&2
            exit 2
        fi
        sleep 0.1
    done
}

case=captures/mitmproxy-accepted-tls12/capture.pcapng
picture findings 24 'The findings of a capture' 'Selected' "$case"
picture detail 46 'One finding in full: who, how it is known, what it means' 'Evidence' "$case" j Enter
case='captures/contents-http2/capture.pcapng --keylog captures/contents-http2/keys.log'
picture requests 24 'The requests inside the channel' 'Selected' "$case" 2

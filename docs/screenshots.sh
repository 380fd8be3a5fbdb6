#!/bin/sh
# Makes the pictures of the documentation from real runs: tmux is the terminal, screen_to_svg.py the
# camera. Usage: docs/screenshots.sh [BINARY], by default the release or else the debug build.
# Needs tmux and python3; no network. Run it anew when a screen has changed, and look at what it made.
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
lines=30
socket=
trap 'test -z "$socket" || tmux -L "$socket" kill-server 2>/dev/null || true' EXIT

wait_for() {
    tries=200
    until tmux -L "$socket" capture-pane -p | grep -qF -e "$1"; do
        tries=$((tries - 1))
        if [ "$tries" -eq 0 ]; then
            echo "docs/screenshots.sh: the screen never said: $1" >&2
            tmux -L "$socket" capture-pane -p >&2
            exit 2
        fi
        sleep 0.05
    done
}

# Waits until the screen stays as it is: one that is being drawn is half of one and half of another.
settle() {
    before=
    until [ -n "$before" ] && [ "$(tmux -L "$socket" capture-pane -p)" = "$before" ]; do
        before=$(tmux -L "$socket" capture-pane -p)
        sleep 0.1
    done
}

# Presses Tab until the link of this name is the chosen one.
link() {
    tabs=0
    until tmux -L "$socket" capture-pane -p | grep -qF -e "▸$1"; do
        tabs=$((tabs + 1))
        if [ "$tabs" -gt 30 ]; then
            echo "docs/screenshots.sh: no link is called $1" >&2
            exit 2
        fi
        tmux -L "$socket" send-keys Tab
        sleep 0.1
    done
}

# picture NAME TITLE CAPTURE STEP...: writes docs/NAME.svg of the screen after the steps, which are
# KEY=WORDS: press the key, wait for the words; link=NAME: go to that link; type=TEXT: type it.
picture() {
    name=$1 title=$2
    capture=$3
    shift 3
    # A server of its own for each: one that is on its way out takes no new session.
    socket=interloper-$name-$$
    # shellcheck disable=SC2016 # the session's own shell reads $binary
    command='exec "$binary" tui --no-config '"$capture"' --trust-root captures/lab/trust/public-root.pem'
    TERM=xterm-256color COLORTERM=truecolor COLORFGBG='15;0' tmux -L "$socket" -f /dev/null \
        new-session -d -x "$columns" -y "$lines" "$command"
    tmux -L "$socket" set-option -g status off
    wait_for ' done '
    for step in "$@"; do
        key=${step%%=*} words=${step#*=}
        case $key in
            link) link "$words" ;;
            type) tmux -L "$socket" send-keys -l "$words" ;;
            *)
                tmux -L "$socket" send-keys "$key"
                wait_for "$words"
                ;;
        esac
    done
    settle
    tmux -L "$socket" capture-pane -e -p |
        python3 docs/screen_to_svg.py "$title" "$columns" "$lines" >"docs/$name.svg"
    tmux -L "$socket" kill-server
    socket=
    echo "docs/$name.svg"
}

demo=captures/demo/capture.pcapng
blind=captures/mitmproxy-accepted-tls13/capture.pcapng
finding='Enter=Look further'

picture findings 'The findings of a capture in the terminal' $demo '1=severity'
picture hosts 'Every host: end to end, intercepted, refused, or not observable' $demo '2=channel↑'
picture sessions 'TLS and QUIC sessions and how they ended' $demo '3=host (SNI)'
picture requests 'The requests of a capture with keys in the terminal' $demo '4=method' 'G=14/14'
picture apps 'Which app let the interceptor in, and which refused' $demo '5=interceptor'
picture timeline 'Traffic and findings over time' $demo '6=only this' 'G=span'
picture log 'What could not be seen, and how to capture better' $blind '7=packet'
picture finding 'A finding: who, how it is known, where to look further' $demo "$finding"
picture chains 'Two chains of one host side by side' $demo \
    "$finding" link=chains 'Enter=Side by side'
picture ladder 'A handshake as a ladder' $demo "$finding" link=handshake 'Enter=Ladder'
picture diff 'A replayed request beside the one it repeats' $demo \
    '/=Enter ok' 'type=rule:replayed' 'Enter=1/1' "$finding" link=requests 'Enter=side by side'
picture packet 'A packet: its layers, and its bytes' $demo \
    "$finding" link=packets 'Enter=Ethernet  bytes' '}=Bytes'

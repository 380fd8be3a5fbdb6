#!/usr/bin/env bash
# bulk.sh: what the contents of 300 MB cost: one download in the clear, over HTTP/1 and HTTP/2 inside TLS
# 1.3 with its key log, beside reading the packets alone. Needs root, nginx, curl, openssl, tcpdump and
# hyperfine; talks on the loopback. Builds the release binary.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet --locked
interloper=$(realpath "${CARGO_TARGET_DIR:-target}/release/interloper")
folder=$(mktemp -d)
mtu=$(cat /sys/class/net/lo/mtu)
trap 'ip link set lo mtu "$mtu"; kill "$(cat "$folder/pid")" 2>/dev/null || true; rm -rf "$folder"' EXIT
chmod 755 "$folder"
head -c 300000000 /dev/urandom > "$folder/file"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 1 \
    -keyout "$folder/key" -out "$folder/certificate" 2> /dev/null
{
    echo "pid $folder/pid; error_log $folder/errors; events {} http { access_log off; root $folder;"
    for name in client_body proxy fastcgi uwsgi scgi; do echo "${name}_temp_path $folder/$name;"; done
    echo "server { listen 127.0.0.1:18080; } server { listen 127.0.0.1:18443 ssl http2;"
    echo "ssl_certificate $folder/certificate; ssl_certificate_key $folder/key; } }"
} > "$folder/nginx.conf"
nginx -c "$folder/nginx.conf"
ip link set lo mtu 1500
for kind in plain http1.1 http2; do
    tcpdump -i lo -B 200000 -w "$folder/$kind.pcap" "port 18080 or port 18443" 2> /dev/null &
    sleep 1
    url=https://127.0.0.1:18443/file
    option=--$kind
    if [ "$kind" = plain ]; then url=http://127.0.0.1:18080/file; option=--http1.1; fi
    SSLKEYLOGFILE="$folder/$kind.keys" curl -sk "$option" --limit-rate 150M -o /dev/null "$url"
    sleep 2
    kill %%
    wait %% 2> /dev/null || true
    touch "$folder/$kind.keys"
done
scan="$interloper scan --fail-on never --threads 1 -o /dev/null"
words=()
for kind in plain http1.1 http2; do
    words+=(--command-name "$kind, contents read" "$scan --keylog $folder/$kind.keys $folder/$kind.pcap")
done
hyperfine --warmup 1 --runs 5 --shell none "${words[@]}" \
    --command-name "http2, no keys" "$scan $folder/http2.pcap"

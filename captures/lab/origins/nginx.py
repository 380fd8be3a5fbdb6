"""The origin: nginx with a small JSON API; the case gives its certificate and TLS settings."""

from api import API
from network import ORIGIN

LEGACY = "ssl_protocols TLSv1; ssl_ciphers DEFAULT:@SECLEVEL=0;"
MODERN = "ssl_protocols TLSv1.2 TLSv1.3;"
# RSA below 2048 bits is refused above security level 0 (OpenSSL, SSL_CTX_set_security_level(3)).
SMALL_KEY = "ssl_protocols TLSv1.2; ssl_ciphers DEFAULT:@SECLEVEL=0;"


PAGE = (
    '<!doctype html><title>Shop</title><form action="https://www.shop.test/login" method="post">'
    '<input name="user"><input name="password" type="password"></form>'
)


def configuration(folder, chain, key, settings, http2):
    locations = "".join(
        f"location = {path} {{ default_type application/json; return 200 '{body}\\n'; }}\n"
        for path, body in API.items()
    )
    return f"""
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log stderr warn;
events {{ worker_connections 64; }}
http {{
  access_log off; server_tokens off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  ssl_session_cache shared:s:1m; ssl_session_tickets on; ssl_prefer_server_ciphers off;
  server {{
    listen 443 ssl{" http2" if http2 else ""}; server_name api.shop.test;
    ssl_certificate {chain}; ssl_certificate_key {key}; {settings}
    {locations}
  }}
  server {{
    listen 80; server_name connectivity.shop.test;
    location = /generate_204 {{ return 204; }}
  }}
  server {{
    listen 80; server_name api.shop.test;
    {locations}
  }}
  server {{
    listen 80; server_name www.shop.test;
    return 301 https://www.shop.test$request_uri;
  }}
  server {{
    listen 443 ssl; server_name www.shop.test;
    ssl_certificate {chain}; ssl_certificate_key {key}; {settings}
    add_header Strict-Transport-Security "max-age=31536000";
    location / {{ default_type text/html; return 200 '{PAGE}'; }}
  }}
}}
"""


def start(network, folder, chain, key, settings=MODERN, http2=True):
    path = folder / "nginx.conf"
    path.write_text(configuration(folder, chain, key, settings, http2))
    process = network.start(ORIGIN, "nginx", "-e", "stderr", "-p", folder, "-c", path)
    network.wait_for(ORIGIN, 443)
    return process

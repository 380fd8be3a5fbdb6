"""replay_hello.py CAPTURE SERVER: sends the capture's first ClientHello record to SERVER again."""

import socket
import sys

from scapy.all import TCP, Raw, rdpcap

capture, server = sys.argv[1:]
hellos = (
    bytes(packet[Raw].load)
    for packet in rdpcap(capture)
    if packet.haslayer(TCP) and packet.haslayer(Raw) and packet[TCP].dport == 443
)
hello = next(load for load in hellos if load[:1] == b"\x16" and load[5:6] == b"\x01")
with socket.create_connection((server, 443), timeout=5) as connection:
    connection.sendall(hello)
    connection.settimeout(2)
    print(len(connection.recv(65536)), "bytes of answer")

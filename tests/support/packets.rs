//! Capture files made in memory: a few packets as pcap and as pcapng, whole or spoilt.

/// Two Ethernet packets with IPv4, UDP and four bytes, which every dissector can read.
pub(crate) fn packets() -> Vec<Vec<u8>> {
    [1_u8, 2].map(packet).to_vec()
}

fn packet(last: u8) -> Vec<u8> {
    let mut packet = vec![0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2, 0x08, 0x00];
    packet.extend([0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7]);
    packet.extend([0x30, 0x39, 0x27, 0x0f, 0, 12, 0, 0]);
    packet.extend([0xca, 0xfe, 0x00, last]);
    packet
}

/// A little-endian pcap file with microseconds.
pub(crate) fn pcap(link_type: u32, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, link_type] {
        file.extend(word.to_le_bytes());
    }
    for (second, packet) in (1_700_000_000_u32..).zip(packets) {
        let length = length(packet);
        for word in [second, 0, length, length] {
            file.extend(word.to_le_bytes());
        }
        file.extend(packet);
    }
    file
}

/// A little-endian pcapng file with one interface.
pub(crate) fn pcapng(link_type: u16, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut section = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
    section.extend([1, 0, 0, 0]);
    section.extend([0xff; 8]);
    let mut interface = link_type.to_le_bytes().to_vec();
    interface.extend([0, 0, 0, 0, 4, 0]);
    let mut file = block(0x0a0d_0d0a, &section);
    file.extend(block(1, &interface));
    for packet in packets {
        let mut body = Vec::new();
        for word in [0, 0x0006_0a24, 0x1c5d_a000, length(packet), length(packet)] {
            body.extend(word.to_le_bytes());
        }
        body.extend(packet);
        file.extend(block(6, &body));
    }
    file
}

/// A block: type, length, body padded to four bytes, length.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().div_ceil(4) * 4;
    let total = u32::try_from(padded + 12).unwrap_or(u32::MAX).to_le_bytes();
    let mut block = kind.to_le_bytes().to_vec();
    block.extend(total);
    block.extend(body);
    block.resize(padded + 8, 0);
    block.extend(total);
    block
}

fn length(packet: &[u8]) -> u32 {
    u32::try_from(packet.len()).unwrap_or(u32::MAX)
}

/// `file` with these four bytes, little-endian, written over it at `offset`.
pub(crate) fn with_word(mut file: Vec<u8>, offset: usize, word: u32) -> Vec<u8> {
    file[offset..offset + 4].copy_from_slice(&word.to_le_bytes());
    file
}

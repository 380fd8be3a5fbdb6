//! The Decryption Secrets Blocks of a whole file, before its packets are read.
//!
//! Who writes a capture learns a secret when the handshake it belongs to has been written: tools
//! that capture on a phone put each block behind the packets it serves, or all at the end. Only
//! headers are looked at; everything else is passed over.

use std::io::{BufReader, Read, Seek};

use super::frame::{
    ENHANCED_PACKET, FRAME, MAX_BLOCK, OBSOLETE_PACKET, ORDER_MAGIC, SECRETS, SECTION,
    SIMPLE_PACKET,
};
use crate::bytes::Order;
use crate::kept::{Kept, Secrets};

/// Bytes that are read at a time: most blocks are shorter, so that passing over one is no call to
/// the system.
const BUFFER: usize = 256 << 10;

/// The secrets of a file, up to where it breaks.
pub(crate) fn secrets_of(file: impl Read + Seek) -> Kept<Secrets> {
    let mut kept = Kept::default();
    // What is wrong with the file is said when its packets are read.
    let _ = walk(&mut BufReader::with_capacity(BUFFER, file), &mut kept);
    kept
}

fn walk(file: &mut BufReader<impl Read + Seek>, kept: &mut Kept<Secrets>) -> std::io::Result<()> {
    let mut order = Order::Little;
    let mut after_packet = 0_u64;
    loop {
        let [kind, length] = [read(file)?, read(file)?];
        // The type of a section header reads the same in either order.
        let kind = order.u32(kind);
        let mut seen = 8;
        if kind == SECTION {
            let magic = Order::Little.u32(read(file)?);
            order = if magic == ORDER_MAGIC { Order::Little } else { Order::Big };
            seen = 12;
        }
        let length = order.u32(length);
        let span = length.checked_next_multiple_of(4).unwrap_or(u32::MAX);
        if length < FRAME || span > MAX_BLOCK {
            return Ok(());
        }
        match kind {
            ENHANCED_PACKET | OBSOLETE_PACKET | SIMPLE_PACKET => {
                after_packet = after_packet.saturating_add(1);
            }
            SECRETS if length >= 20 && kept.has_room(length as usize) => {
                let [kind, inner] = [read(file)?, read(file)?].map(|word| order.u32(word));
                seen = 16;
                if inner > length.saturating_sub(20) {
                    return Ok(());
                }
                let mut data = Vec::new();
                file.by_ref().take(u64::from(inner)).read_to_end(&mut data)?;
                if data.len() < inner as usize {
                    return Ok(());
                }
                seen = inner.saturating_add(seen);
                kept.keep(data.len(), || Secrets { kind, data, after_packet });
            }
            _ => {}
        }
        file.seek_relative(i64::from(span.saturating_sub(seen)))?;
    }
}

/// The next four bytes.
fn read(file: &mut impl Read) -> std::io::Result<[u8; 4]> {
    let mut word = [0; 4];
    file.read_exact(&mut word)?;
    Ok(word)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[expect(clippy::arithmetic_side_effects, reason = "an overflow here fails the test")]
    fn block(kind: u32, body: &[u8]) -> Vec<u8> {
        let length = (body.len() as u32 + 12).to_le_bytes();
        [&kind.to_le_bytes(), &length[..], body, &length].concat()
    }

    fn section() -> Vec<u8> {
        block(SECTION, &[&ORDER_MAGIC.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat())
    }

    #[expect(clippy::arithmetic_side_effects, reason = "an overflow here fails the test")]
    fn secrets(data: &[u8]) -> Vec<u8> {
        let head = [Secrets::TLS_KEY_LOG, data.len() as u32].map(u32::to_le_bytes).concat();
        let padding = vec![0; data.len().next_multiple_of(4) - data.len()];
        block(SECRETS, &[&head[..], data, &padding].concat())
    }

    fn found(file: &[u8]) -> Vec<(Vec<u8>, u64)> {
        let kept = secrets_of(Cursor::new(file));
        kept.items().iter().map(|item| (item.data.clone(), item.after_packet)).collect()
    }

    #[test]
    fn blocks_behind_the_packets_are_found() {
        let packet = block(ENHANCED_PACKET, &[0; 40]);
        let file = [section(), packet.clone(), secrets(b"one"), packet, secrets(b"three")].concat();
        assert_eq!(found(&file), [(b"one".to_vec(), 1), (b"three".to_vec(), 2)]);
        for length in 0..file.len() {
            assert!(found(&file[..length]).len() <= 2, "{length} bytes");
        }
    }

    #[test]
    fn a_broken_block_ends_the_search() {
        let absurd = [SECRETS, 11, 0].map(u32::to_le_bytes).concat();
        let file = [section(), secrets(b"one"), absurd, secrets(b"two")].concat();
        assert_eq!(found(&file), [(b"one".to_vec(), 0)]);
        let beyond = block(SECRETS, &[Secrets::TLS_KEY_LOG, 9].map(u32::to_le_bytes).concat());
        assert_eq!(found(&[section(), beyond].concat()), []);
    }
}

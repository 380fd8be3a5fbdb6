//! Records under a block cipher in CBC mode, with an HMAC inside or, by RFC 7366, outside.

use aes::cipher::{Array, BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, Iv, KeyInit};

use super::record_cipher::Outcome;
use super::record_mac::MacKey;
use super::record_suite::Block;
use super::registry::TlsVersion;

/// A key of a block cipher.
pub(super) enum BlockKey {
    Aes128(Box<aes::Aes128>),
    Aes256(Box<aes::Aes256>),
    Camellia128(Box<camellia::Camellia128>),
    Camellia256(Box<camellia::Camellia256>),
    Des(Box<des::Des>),
    TripleDes(Box<des::TdesEde3>),
}

impl BlockKey {
    pub(super) fn new(block: Block, key: &[u8]) -> Option<Self> {
        Some(match block {
            Block::Aes128 => Self::Aes128(keyed(key)?),
            Block::Aes256 => Self::Aes256(keyed(key)?),
            Block::Camellia128 => Self::Camellia128(keyed(key)?),
            Block::Camellia256 => Self::Camellia256(keyed(key)?),
            Block::Des => Self::Des(keyed(key)?),
            Block::TripleDes => Self::TripleDes(keyed(key)?),
        })
    }

    pub(super) const fn block_length(&self) -> usize {
        match self {
            Self::Des(_) | Self::TripleDes(_) => 8,
            _ => 16,
        }
    }

    /// Decrypts whole blocks in place.
    fn decrypt(&self, iv: &[u8], bytes: &mut [u8]) -> Option<()> {
        match self {
            Self::Aes128(key) => decrypt(&**key, iv, bytes),
            Self::Aes256(key) => decrypt(&**key, iv, bytes),
            Self::Camellia128(key) => decrypt(&**key, iv, bytes),
            Self::Camellia256(key) => decrypt(&**key, iv, bytes),
            Self::Des(key) => decrypt(&**key, iv, bytes),
            Self::TripleDes(key) => decrypt(&**key, iv, bytes),
        }
    }
}

fn keyed<K: KeyInit>(key: &[u8]) -> Option<Box<K>> {
    K::new_from_slice(key).ok().map(Box::new)
}

fn decrypt<K: BlockCipherDecrypt>(key: &K, iv: &[u8], bytes: &mut [u8]) -> Option<()> {
    let iv = Iv::<cbc::Decryptor<&K>>::try_from(iv).ok()?;
    let (blocks, rest) = Array::slice_as_chunks_mut(bytes);
    cbc::Decryptor::inner_iv_init(key, &iv).decrypt_blocks(blocks);
    rest.is_empty().then_some(())
}

/// Where what the first block is mixed with comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Chain {
    /// From TLS 1.1 on each record begins with it.
    Explicit,
    /// In TLS 1.0 it is the last block before; of eight bytes the first ones here.
    Block([u8; 16]),
    /// The record before is missing.
    Unknown,
}

/// What protects the records of one direction.
pub(super) struct BlockCipher {
    pub(super) key: BlockKey,
    pub(super) mac: MacKey,
    pub(super) encrypt_then_mac: bool,
    pub(super) chain: Chain,
}

impl BlockCipher {
    /// Records are missing.
    pub(super) const fn lose(&mut self) {
        if let Chain::Block(_) = self.chain {
            self.chain = Chain::Unknown;
        }
    }

    /// Opens a record, as [`RecordCipher::open`](super::record_cipher::RecordCipher::open) says.
    pub(super) fn open(
        &mut self,
        numbers: impl Iterator<Item = u64>,
        kind: u8,
        version: TlsVersion,
        body: &[u8],
        buffer: &mut Vec<u8>,
    ) -> Outcome {
        let (sealed, tag) = if self.encrypt_then_mac {
            let Some(at) = body.len().checked_sub(self.mac.length()) else { return Outcome::Wrong };
            body.split_at_checked(at).unwrap_or_default()
        } else {
            (body, &[][..])
        };
        let length = self.key.block_length();
        let chain = self.chain;
        if chain != Chain::Explicit {
            self.chain = last_block(sealed, length).map_or(Chain::Unknown, Chain::Block);
        }
        let (iv, blocks) = match &chain {
            Chain::Explicit => sealed.split_at_checked(length).unwrap_or_default(),
            Chain::Block(block) => (block.get(..length).unwrap_or_default(), sealed),
            Chain::Unknown => return Outcome::Unreadable,
        };
        let opened = if self.encrypt_then_mac {
            self.mac
                .find(numbers, kind, version, sealed, tag)
                .and_then(|number| Some((number, self.content(iv, blocks, buffer)?)))
        } else {
            self.content(iv, blocks, buffer).and_then(|end| {
                let at = end.checked_sub(self.mac.length())?;
                let (content, tag) = buffer.get(..end)?.split_at_checked(at)?;
                Some((self.mac.find(numbers, kind, version, content, tag)?, at))
            })
        };
        opened.map_or(Outcome::Wrong, |(number, end)| Outcome::Opened { number, end })
    }

    /// Decrypts to the buffer; gives back where the padding begins (RFC 5246 section 6.2.3.2).
    fn content(&self, iv: &[u8], blocks: &[u8], buffer: &mut Vec<u8>) -> Option<usize> {
        buffer.clear();
        buffer.extend_from_slice(blocks);
        self.key.decrypt(iv, buffer)?;
        let padding = *buffer.last()?;
        let end = buffer.len().checked_sub(usize::from(padding).saturating_add(1))?;
        buffer.get(end..)?.iter().all(|byte| *byte == padding).then_some(end)
    }
}

/// For tests: seals what is opened above.
#[cfg(test)]
mod sealing {
    use aes::cipher::{Array, BlockCipherEncrypt, BlockModeEncrypt, InnerIvInit, Iv};

    use super::*;

    fn encrypt<K: BlockCipherEncrypt>(key: &K, iv: &[u8], bytes: &mut [u8]) {
        let iv = Iv::<cbc::Encryptor<&K>>::try_from(iv).unwrap();
        let (blocks, _) = Array::slice_as_chunks_mut(bytes);
        cbc::Encryptor::inner_iv_init(key, &iv).encrypt_blocks(blocks);
    }

    impl BlockCipher {
        pub(in crate::tls) fn seal(
            &mut self,
            number: u64,
            kind: u8,
            version: TlsVersion,
            content: &[u8],
        ) -> Vec<u8> {
            let length = self.key.block_length();
            let mut body = content.to_vec();
            if !self.encrypt_then_mac {
                body.extend(self.mac.of(number, kind, version, content));
            }
            let padding = length - body.len() % length;
            body.resize(body.len() + padding, u8::try_from(padding - 1).unwrap());
            let (iv, explicit) = match self.chain {
                Chain::Block(block) => (block[..length].to_vec(), Vec::new()),
                _ => (vec![0x77; length], vec![0x77; length]),
            };
            match &self.key {
                BlockKey::Aes128(key) => encrypt(&**key, &iv, &mut body),
                BlockKey::Aes256(key) => encrypt(&**key, &iv, &mut body),
                BlockKey::Camellia128(key) => encrypt(&**key, &iv, &mut body),
                BlockKey::Camellia256(key) => encrypt(&**key, &iv, &mut body),
                BlockKey::Des(key) => encrypt(&**key, &iv, &mut body),
                BlockKey::TripleDes(key) => encrypt(&**key, &iv, &mut body),
            }
            if let (Chain::Block(_), Some(last)) = (self.chain, last_block(&body, length)) {
                self.chain = Chain::Block(last);
            }
            let mut body = [explicit, body].concat();
            if self.encrypt_then_mac {
                let tag = self.mac.of(number, kind, version, &body);
                body.extend(tag);
            }
            body
        }
    }
}

/// The last block of so many bytes, with zeros behind it.
fn last_block(bytes: &[u8], length: usize) -> Option<[u8; 16]> {
    let last = bytes.get(bytes.len().checked_sub(length)?..)?;
    let mut block = [0; 16];
    block.get_mut(..length)?.copy_from_slice(last);
    Some(block)
}

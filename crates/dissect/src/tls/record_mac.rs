//! The HMAC over records of TLS 1.2 and before (RFC 5246 section 6.2.3.1).

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384};

use super::record_suite::MacHash;
use super::registry::TlsVersion;

/// What a record's MAC, or its AEAD, protects besides the content: number, content type, version,
/// length.
pub(super) fn pseudo_header(number: u64, kind: u8, version: TlsVersion, length: usize) -> [u8; 13] {
    let mut header = [0; 13];
    let [high, low] = version.0.to_be_bytes();
    // No record is longer than two bytes say.
    let length = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    let parts = number.to_be_bytes().into_iter().chain([kind, high, low]).chain(length);
    header.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
    header
}

/// A key for MACs.
pub(super) enum MacKey {
    Md5(Box<Hmac<Md5>>),
    Sha1(Box<Hmac<Sha1>>),
    Sha256(Box<Hmac<Sha256>>),
    Sha384(Box<Hmac<Sha384>>),
}

impl MacKey {
    pub(super) fn new(hash: MacHash, key: &[u8]) -> Option<Self> {
        Some(match hash {
            MacHash::Md5 => Self::Md5(keyed(key)?),
            MacHash::Sha1 => Self::Sha1(keyed(key)?),
            MacHash::Sha256 => Self::Sha256(keyed(key)?),
            MacHash::Sha384 => Self::Sha384(keyed(key)?),
        })
    }

    pub(super) const fn length(&self) -> usize {
        match self {
            Self::Md5(_) => MacHash::Md5.length(),
            Self::Sha1(_) => MacHash::Sha1.length(),
            Self::Sha256(_) => MacHash::Sha256.length(),
            Self::Sha384(_) => MacHash::Sha384.length(),
        }
    }

    /// The first of these numbers with which the record has this MAC.
    pub(super) fn find(
        &self,
        mut numbers: impl Iterator<Item = u64>,
        kind: u8,
        version: TlsVersion,
        content: &[u8],
        tag: &[u8],
    ) -> Option<u64> {
        numbers.find(|number| {
            let header = pseudo_header(*number, kind, version, content.len());
            match self {
                Self::Md5(key) => fits(&**key, &header, content, tag),
                Self::Sha1(key) => fits(&**key, &header, content, tag),
                Self::Sha256(key) => fits(&**key, &header, content, tag),
                Self::Sha384(key) => fits(&**key, &header, content, tag),
            }
        })
    }

    /// For tests: the MAC of a record.
    #[cfg(test)]
    pub(super) fn of(&self, number: u64, kind: u8, version: TlsVersion, content: &[u8]) -> Vec<u8> {
        fn of<M: Mac + Clone>(key: &M, header: &[u8], content: &[u8]) -> Vec<u8> {
            let mut mac = key.clone();
            mac.update(header);
            mac.update(content);
            mac.finalize().into_bytes().to_vec()
        }
        let header = pseudo_header(number, kind, version, content.len());
        match self {
            Self::Md5(key) => of(&**key, &header, content),
            Self::Sha1(key) => of(&**key, &header, content),
            Self::Sha256(key) => of(&**key, &header, content),
            Self::Sha384(key) => of(&**key, &header, content),
        }
    }
}

fn keyed<M: KeyInit>(key: &[u8]) -> Option<Box<M>> {
    M::new_from_slice(key).ok().map(Box::new)
}

fn fits<M: Mac + Clone>(key: &M, header: &[u8], content: &[u8], tag: &[u8]) -> bool {
    let mut mac = key.clone();
    mac.update(header);
    mac.update(content);
    mac.verify_slice(tag).is_ok()
}

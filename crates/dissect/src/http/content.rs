//! The content of a message (RFC 9110 section 6.4), while it comes and when it is there: transfer
//! coding taken off by whoever reads the connection, content coding taken off here.

use std::fmt;

use ring::digest::{Context, SHA256};

use super::Headers;
use super::coding::{self, ZSTD_MAGIC};
use super::content_hash::{ContentHash, sha256};
use crate::limits::{HTTP_BODY_BYTES, HTTP_CODED_BYTES, ZSTD_BLOCK_BYTES};
use crate::record::Fact;
use crate::weird::WeirdKind;

/// The content of a message.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Its first bytes without the content coding, at most
    /// [`HTTP_BODY_BYTES`](crate::limits::HTTP_BODY_BYTES). As sent where `coding` says so.
    pub bytes: Vec<u8>,
    /// All bytes that were seen of it as sent, with the content coding.
    pub length: u64,
    /// What became of the content coding.
    pub coding: Coding,
    /// What [`Self::sha256`] is worked out from.
    pub hash: ContentHash,
}

impl Body {
    /// SHA-256 of all of it as sent, with the content coding. `None` if there is none, or if it is
    /// not whole.
    pub fn sha256(&self) -> Option<&[u8; 32]> {
        self.hash.of(&self.bytes)
    }

    /// All of it as sent; `None` where that is not what is kept, or if not all of it came.
    pub fn as_sent(&self) -> Option<&[u8]> {
        let is_all = u64::try_from(self.bytes.len()).is_ok_and(|kept| kept == self.length);
        (is_all && self.coding != Coding::Decoded && self.is_whole()).then_some(&self.bytes)
    }

    /// Whether there is any, and all of it came: it has a [`Self::sha256`].
    pub const fn is_whole(&self) -> bool {
        self.hash.is_known()
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.length == other.length
            && self.coding == other.coding
            && self.bytes == other.bytes
            && self.sha256() == other.sha256()
    }
}

impl Eq for Body {}

/// What became of the content coding (RFC 9110 section 8.4).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Coding {
    /// There was none.
    #[default]
    Identity,
    /// It was taken off.
    Decoded,
    /// The bytes are as sent: the coding is not known here, or what came is not that.
    Left,
}

/// Takes a message's content in.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    /// The first bytes as sent.
    kept: Vec<u8>,
    length: u64,
    /// Of all bytes, once they are more than are kept.
    hash: Option<Hash>,
    /// Where among the kept bytes the first ones are missing.
    lost: Option<usize>,
}

struct Hash(Context);

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SHA-256")
    }
}

impl Collector {
    /// The next bytes as sent, transfer coding off.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.length = self.length.saturating_add(bytes.len() as u64);
        // A coded block of Zstandard unpacks whole or not at all, others byte by byte.
        let limit = match self.kept.starts_with(&ZSTD_MAGIC) {
            true => HTTP_CODED_BYTES.saturating_add(ZSTD_BLOCK_BYTES),
            false => HTTP_CODED_BYTES,
        };
        let room = limit.saturating_sub(self.kept.len()).min(bytes.len());
        if self.lost.is_none() && (room < bytes.len() || self.hash.is_some()) {
            let begin = || {
                let mut hash = Context::new(&SHA256);
                hash.update(&self.kept);
                Hash(hash)
            };
            self.hash.get_or_insert_with(begin).0.update(bytes);
        }
        self.kept.extend(bytes.get(..room).unwrap_or_default());
    }

    /// Bytes as sent, so far.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// Some of its bytes are missing.
    pub(crate) fn lose(&mut self) {
        self.lost.get_or_insert(self.kept.len());
        self.hash = None;
    }

    /// Bytes that it holds.
    pub(crate) const fn held(&self) -> usize {
        self.kept.len()
    }

    /// All of it came, or (not `whole`) no more will: what it is without the coding that `headers`
    /// name. What cannot be unpacked is left as it was sent.
    pub(crate) fn finish(self, headers: &Headers, whole: bool, facts: &mut Vec<Fact>) -> Body {
        let Self { kept: mut bytes, length, hash, lost } = self;
        let whole = whole && lost.is_none() && length > 0;
        let mut hash = match hash.filter(|_| whole) {
            Some(hash) => hash.0.finish().as_ref().try_into().map(<[u8; 32]>::into).ok(),
            None if whole && bytes.len() > HTTP_BODY_BYTES => Some(sha256(&bytes).into()),
            None => whole.then(ContentHash::of_kept),
        };
        let codings = if length == 0 { Vec::new() } else { coding::of(headers) };
        let mut coding = Coding::Identity;
        if !codings.is_empty() {
            // What is behind a hole cannot be unpacked.
            let before = bytes.get(..lost.unwrap_or(bytes.len())).unwrap_or_default();
            match coding::unpack(&codings, before, HTTP_BODY_BYTES) {
                Some(unpacked) => {
                    let sent = std::mem::replace(&mut bytes, unpacked.bytes);
                    hash = hash.map(|hash| hash.without_coding(sent));
                    coding = Coding::Decoded;
                    if unpacked.expands {
                        let detail = format!("{} of {length} bytes", codings.join(", "));
                        let kind = WeirdKind::HttpContentExpands;
                        facts.push(Fact::weird(kind, detail));
                    }
                }
                None => coding = Coding::Left,
            }
        }
        bytes.truncate(HTTP_BODY_BYTES);
        bytes.shrink_to_fit();
        Body { bytes, length, coding, hash: hash.unwrap_or_default() }
    }
}

/// What is kept of a message's content that comes in these pieces and is whole, and whether it
/// unpacks to far more than it is.
pub fn decoded<'a>(headers: &Headers, pieces: impl IntoIterator<Item = &'a [u8]>) -> (Body, bool) {
    let (mut collector, mut facts) = (Collector::default(), Vec::new());
    pieces.into_iter().for_each(|piece| collector.take(piece));
    let body = collector.finish(headers, true, &mut facts);
    (body, !facts.is_empty())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::http::Header;

    fn coded(name: &str) -> Headers {
        Headers(vec![Header { name: "content-Encoding".into(), value: name.into() }])
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn plain_content_is_counted_hashed_and_kept() {
        let (body, expands) = decoded(&Headers::default(), [&b"ab"[..], b"", b"c"]);
        // FIPS 180-2, appendix B.1.
        let hash = *b"\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23\
                      \xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad";
        let whole =
            Body { bytes: b"abc".to_vec(), length: 3, hash: hash.into(), ..Body::default() };
        assert_eq!((body, expands), (whole, false));
        assert_eq!(decoded(&Headers::default(), [&b""[..]]).0, Body::default());
        assert_eq!(decoded(&coded("gzip"), []).0, Body::default());
        let long = vec![7; 3 * HTTP_BODY_BYTES];
        let (body, _) = decoded(&coded("identity"), long.chunks(1_000));
        assert_eq!((body.bytes.len(), body.length), (HTTP_BODY_BYTES, long.len() as u64));
    }

    #[test]
    fn coded_content_is_unpacked_or_left() {
        let packed = gzip(b"hello");
        for (name, coding, bytes) in [
            ("gzip", Coding::Decoded, &b"hello"[..]),
            ("identity, gzip, identity", Coding::Decoded, b"hello"),
            ("br", Coding::Left, &packed),
            ("gzip, compress", Coding::Left, &packed),
        ] {
            let (body, _) = decoded(&coded(name), packed.chunks(5));
            assert_eq!((body.coding, &*body.bytes), (coding, bytes), "{name}");
            assert_eq!(body.length, packed.len() as u64);
            assert_eq!(body.sha256(), Some(&sha256(&packed)));
        }
        assert!(decoded(&coded("gzip"), [&*gzip(&vec![0; 5 << 20])]).1);
    }

    #[test]
    fn what_is_behind_a_hole_is_not_unpacked() {
        let plain = b"some words, and some more words; ".repeat(300);
        let packed = gzip(&plain);
        let half = packed.len() / 2;
        let mut collector = Collector::default();
        collector.take(&packed[..half]);
        collector.lose();
        collector.take(&packed[half + 9..]);
        let body = collector.finish(&coded("gzip"), true, &mut Vec::new());
        assert!(!body.bytes.is_empty() && plain.starts_with(&body.bytes));
        assert_eq!((body.sha256(), body.length), (None, packed.len() as u64 - 9));
        let mut plain = Collector::default();
        plain.take(b"ab");
        plain.lose();
        plain.take(b"ef");
        let body = plain.finish(&Headers::default(), true, &mut Vec::new());
        assert_eq!((&*body.bytes, body.sha256()), (&b"abef"[..], None));
    }
}

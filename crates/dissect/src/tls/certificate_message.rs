//! The Certificate message in its three forms: TLS 1.2 and before (RFC 5246 section 7.4.2), TLS 1.3
//! (RFC 8446 section 4.4.2), and compressed (RFC 8879).

use std::io::Read;

use brotli_decompressor::{BrotliDecoderParameter, Decompressor};
use flate2::{Decompress, FlushDecompress, Status};
use ruzstd::decoding::StreamingDecoder;
use smallvec::SmallVec;

use super::reader::Reader;
use crate::limits::{CERTIFICATE_BYTES, CHAIN_CERTIFICATES};

/// Buffer of the Brotli decoder, between its window and what is read.
const BROTLI_BUFFER: usize = 4096;

/// Largest window of Zstandard that is given memory (RFC 8878 section 3.1.1.1.2 asks for no less).
const ZSTD_WINDOW: u64 = 8 << 20;

/// Certificates as sent; chains have two to four.
pub(super) type Ders<'a> = SmallVec<[&'a [u8]; 4]>;

/// The certificates of a list of TLS 1.2 and before, and whether all lengths add up.
pub(super) fn certificate_list(body: &[u8]) -> (Ders<'_>, bool) {
    entries(Reader::new(body), |list| list.vector24())
}

/// The certificates of a list of TLS 1.3, where each has extensions, and whether all lengths add up.
pub(super) fn certificate_list_13(body: &[u8]) -> (Ders<'_>, bool) {
    let mut whole = Reader::new(body);
    let Some(_context) = whole.vector8() else { return (Ders::new(), false) };
    entries(whole, |list| {
        let der = list.vector24()?;
        // Of the last entry, the certificate may be there and its extensions not.
        list.vector16().map(|_extensions| der)
    })
}

fn entries<'a>(
    mut whole: Reader<'a>,
    entry: impl Fn(&mut Reader<'a>) -> Option<&'a [u8]>,
) -> (Ders<'a>, bool) {
    let mut ders = Ders::new();
    // A list that is cut, or says it is shorter than it is, still gives what it holds.
    let behind_length = whole.rest().get(3..).unwrap_or_default();
    let (list, mut complete) = match whole.vector24() {
        Some(list) => (list, whole.is_empty()),
        None => (behind_length, false),
    };
    let mut list = Reader::new(list);
    while !list.is_empty() && ders.len() < CHAIN_CERTIFICATES {
        let Some(der) = entry(&mut list) else {
            complete = false;
            break;
        };
        ders.push(der);
    }
    (ders, complete)
}

/// The Certificate message inside a CompressedCertificate; an error says what is wrong with it.
pub fn decompress(body: &[u8]) -> Result<Vec<u8>, String> {
    let mut reader = Reader::new(body);
    let (Some(algorithm), Some(length), Some(packed)) =
        (reader.u16(), reader.u24(), reader.vector24())
    else {
        return Err("compressed certificate".into());
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > CERTIFICATE_BYTES {
        return Err(format!("compressed certificate of {length} bytes"));
    }
    let unpacked = match algorithm {
        1 => zlib(packed, length),
        2 => brotli(packed, length),
        3 => StreamingDecoder::new_with_max_window_size(packed, ZSTD_WINDOW)
            .map_or(None, |decoder| take(decoder, length)),
        other => return Err(format!("compressed certificate, algorithm {other}")),
    };
    match unpacked {
        Some(unpacked) if unpacked.len() == length => Ok(unpacked),
        _ => Err("compressed certificate does not unpack to its length".into()),
    }
}

/// Unpacks zlib; never writes more than `length` bytes.
fn zlib(packed: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut unpacked = Vec::with_capacity(length);
    let mut decoder = Decompress::new(true);
    let status = decoder.decompress_vec(packed, &mut unpacked, FlushDecompress::Finish).ok()?;
    (status == Status::StreamEnd).then_some(unpacked)
}

/// Unpacks Brotli with windows of RFC 7932 only: at most 16 MiB, and no more than it has use for.
fn brotli(packed: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut decoder = Decompressor::new(packed, BROTLI_BUFFER);
    let parameter = BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW;
    decoder.set_parameter(parameter, 0).then(|| take(decoder, length))?
}

/// Reads what a decoder gives, up to one byte more than `length`.
fn take(decoder: impl Read, length: usize) -> Option<Vec<u8>> {
    let limit = u64::try_from(length).ok()?.saturating_add(1);
    let mut unpacked = Vec::new();
    decoder.take(limit).read_to_end(&mut unpacked).ok()?;
    Some(unpacked)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn of<'a>(ders: &[&'a [u8]]) -> Ders<'a> {
        ders.iter().copied().collect()
    }

    #[test]
    fn lists_with_wrong_lengths_give_what_they_hold() {
        let good = [0, 0, 9, 0, 0, 2, 0xaa, 0xbb, 0, 0, 1, 0xcc];
        assert_eq!(certificate_list(&good), (of(&[&[0xaa, 0xbb], &[0xcc]]), true));
        let cut = &good[..good.len() - 1];
        assert_eq!(certificate_list(cut), (of(&[&[0xaa, 0xbb]]), false));
        let inner_too_long = [0, 0, 4, 0, 0, 9, 0xaa];
        assert_eq!(certificate_list(&inner_too_long), (of(&[]), false));
        assert_eq!(certificate_list(&[0, 0]), (of(&[]), false));
        assert_eq!(certificate_list(&[0, 0, 0]), (of(&[]), true));
    }

    #[test]
    fn lists_of_tls13_have_a_context_and_extensions() {
        let good = [1, 9, 0, 0, 14, 0, 0, 1, 0xaa, 0, 2, 7, 7, 0, 0, 1, 0xbb, 0, 0];
        assert_eq!(certificate_list_13(&good), (of(&[&[0xaa], &[0xbb]]), true));
        assert_eq!(certificate_list_13(&good[..18]), (of(&[&[0xaa]]), false));
        assert_eq!(certificate_list_13(&[0, 0, 0, 0]), (of(&[]), true));
        for bytes in [&[][..], &[3, 0], &[0, 0]] {
            assert_eq!(certificate_list_13(bytes), (of(&[]), false));
        }
    }

    fn message(algorithm: u8, length: usize, packed: &[u8]) -> Vec<u8> {
        let u24 = |value: usize| u32::try_from(value).unwrap().to_be_bytes()[1..].to_vec();
        [vec![0, algorithm], u24(length), u24(packed.len()), packed.to_vec()].concat()
    }

    #[test]
    fn compressed_certificates() {
        let plain = b"certificate ".repeat(100);
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Default::default());
        encoder.write_all(&plain).unwrap();
        let packed = encoder.finish().unwrap();
        assert_eq!(decompress(&message(1, plain.len(), &packed)).as_ref(), Ok(&plain));
        assert!(decompress(&message(1, plain.len() - 1, &packed)).is_err(), "more than it says");
        assert!(decompress(&message(1, plain.len() + 1, &packed)).is_err(), "less than it says");
        assert!(decompress(&message(1, CERTIFICATE_BYTES + 1, &packed)).is_err());
        assert!(decompress(&message(4, 1, b"x")).unwrap_err().contains("algorithm 4"));
        assert!(decompress(&message(1, 5, b"not zlib")).is_err());
        assert!(decompress(&[0, 1, 0]).is_err());
    }

    /// Streams of one uncompressed block each: Brotli (RFC 7932 section 9.2), Zstandard (RFC 8878
    /// section 3.1.1).
    #[test]
    fn brotli_and_zstandard() {
        let brotli = [&[0x0b, 0x02, 0x80][..], b"hello", &[0x03]].concat();
        assert_eq!(decompress(&message(2, 5, &brotli)), Ok(b"hello".to_vec()));
        let zstd = [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, 5, 0x29, 0, 0][..], b"hello"].concat();
        assert_eq!(decompress(&message(3, 5, &zstd)), Ok(b"hello".to_vec()));
        for algorithm in [2, 3] {
            assert!(decompress(&message(algorithm, 5, b"\xff\xff\xff\xff")).is_err());
        }
    }
}

//! gzip in one go, for content that is there as a whole, as nearly all is: straight into the bytes
//! that are kept, without a window or buffers between.
//!
//! Whatever is not quite as it should be (cut, broken, with a file's name, more than one member,
//! longer than is kept) is left to the general decoder, which then says how far it can be read.
//! The checksum makes sure that both would say the same.

use flate2::Crc;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// Header of a member that has neither name nor comment: magic number, deflate, no flags; time,
/// extra flags and system follow (RFC 1952 section 2.3).
const PLAIN_HEADER: [u8; 4] = [0x1f, 0x8b, 8, 0];

/// Length of the whole of it.
const HEADER: usize = 10;

/// What one plain member unpacks to; `None` if it is not one, or is longer than `room`.
pub(super) fn gzip(packed: &[u8], room: usize) -> Option<Vec<u8>> {
    packed.starts_with(&PLAIN_HEADER).then_some(())?;
    let (rest, length) = packed.get(HEADER..)?.split_last_chunk()?;
    let (deflated, sum) = rest.split_last_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|it| *it <= room)?;
    let mut plain = vec![0; length];
    let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let whole = (TINFLStatus::Done, deflated.len(), length);
    let done = decompress(&mut DecompressorOxide::new(), deflated, &mut plain, 0, flags) == whole;
    let mut seen = Crc::new();
    seen.update(&plain);
    (done && seen.sum() == u32::from_le_bytes(*sum)).then_some(plain)
}

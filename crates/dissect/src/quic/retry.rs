//! The Retry integrity tag (RFC 9001 section 5.8): it proves that who sent the Retry saw the
//! client's Initial, so that a stray datagram does not count as one.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::version::parameters;

/// Length of the tag at the end of the packet.
const TAG_LENGTH: usize = 16;

/// Whether `packet` is a Retry in answer to an Initial with this destination connection id. `None`
/// if the version has no tag that could be checked.
pub(super) fn is_genuine(version: u32, original: &[u8], packet: &[u8]) -> Option<bool> {
    let (key, nonce) = parameters(version)?.retry?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key).ok()?);
    let Some((header, tag)) = packet.split_last_chunk::<TAG_LENGTH>() else {
        return Some(false);
    };
    let original_length = u8::try_from(original.len()).ok()?;
    let pseudo_packet = [&[original_length], original, header].concat();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let mut sealed = *tag;
    Some(key.open_in_place(nonce, Aad::from(&pseudo_packet), &mut sealed).is_ok())
}

//! What the flight's lengths say about key and certificates, compared with what is known.

use std::collections::BTreeSet;

use super::compare::{Change, Comparison, Kind, joined};
use crate::baseline::{Answer, CERTIFICATE_JITTER, NO_PROTOCOL};

/// Bytes that a stapled status adds: a short answer, and one with the responder's certificates.
const STAPLED: std::ops::RangeInclusive<u32> = 200..=3_000;

/// Key, bytes of the certificates, and the sum of a flight that cannot be taken apart.
pub(super) fn changes(comparison: &Comparison<'_>) -> Vec<Change> {
    let key = key(comparison);
    let bytes = bytes(comparison, key.is_some());
    let packed = if key.is_none() && bytes.is_none() { packed(comparison) } else { None };
    [key, bytes, packed].into_iter().flatten().collect()
}

fn key(comparison: &Comparison<'_>) -> Option<Change> {
    let is = comparison.answer.key.as_ref()?;
    let was: BTreeSet<&String> =
        comparison.known.iter().filter_map(|(_, known)| known.key.as_ref()).collect();
    if was.is_empty() || was.contains(is) {
        return None;
    }
    // A host with two keys signs with the one that the client would rather have.
    let rather = |key: &&String| rank(comparison, key) <= rank(comparison, is);
    if comparison.same.is_empty() && !was.iter().any(rather) {
        return None;
    }
    let was = joined(was);
    let meaning = format!("{is} signs instead of {was}");
    Some(Change::new(Kind::Certificate, "key", is, was, meaning))
}

/// Place of the first signature scheme for such a key in the client's list.
fn rank(comparison: &Comparison<'_>, key: &str) -> usize {
    let schemes: &[u16] = match key {
        "P-256" => &[0x0403],
        "P-384" => &[0x0503],
        "P-521" => &[0x0603],
        "Ed25519" => &[0x0807],
        _ => &[0x0804, 0x0805, 0x0806],
    };
    let hello = comparison.session.client_hello.as_ref();
    let offered = hello.map(|hello| hello.value.offer.signature_algorithms.as_slice());
    let place = offered.and_then(|list| list.iter().position(|scheme| schemes.contains(scheme)));
    place.unwrap_or(usize::MAX)
}

fn bytes(comparison: &Comparison<'_>, key_changed: bool) -> Option<Change> {
    let (offer, answer) = (comparison.offer, comparison.answer);
    let is = answer.certificate_bytes?;
    let comparable = comparison.known.iter().filter(|(client, known)| {
        client.compression == offer.compression && (key_changed || known.key == answer.key)
    });
    let (stapled, plain): (Vec<_>, Vec<_>) = comparable
        .filter_map(|(client, known)| Some((client.stapling, known.certificate_bytes?)))
        .partition(|(stapling, _)| *stapling);
    let sums = |known: Vec<(bool, u16)>| -> BTreeSet<u16> {
        known.into_iter().map(|(_, bytes)| bytes).collect()
    };
    let (stapled, plain) = (sums(stapled), sums(plain));
    // Status may be stapled for those who take it, or not, as the server has it at hand.
    let was = match (offer.stapling, stapled.is_empty()) {
        (true, false) => &stapled | &plain,
        (true, true) if stapled_over(&plain, is) => return None,
        _ => plain,
    };
    let near = |known: &u16| known.abs_diff(is) <= CERTIFICATE_JITTER;
    let nearest = was.iter().min_by_key(|known| known.abs_diff(is))?;
    if was.iter().any(near) {
        return None;
    }
    let difference = nearest.abs_diff(is);
    let direction = if is < *nearest { "shorter" } else { "longer" };
    // An intermediate takes 700 to 1,700 bytes.
    let certificate = match (difference >= 600, is < *nearest) {
        (true, true) => ", which is about a certificate less",
        (true, false) => ", which is about a certificate more",
        (false, _) => "",
    };
    let meaning = format!("its certificates are {difference} bytes {direction}{certificate}");
    Some(Change::new(Kind::Certificate, "certificate-bytes", is, joined(was), meaning))
}

/// Whether a stapled status explains what is more.
fn stapled_over(plain: &BTreeSet<u16>, is: u16) -> bool {
    plain.iter().any(|known| STAPLED.contains(&u32::from(is.saturating_sub(*known))))
}

/// A sum is compared where at least one side has no more than that.
fn packed(comparison: &Comparison<'_>) -> Option<Change> {
    let (offer, answer) = (comparison.offer, comparison.answer);
    let is = sum(answer)?;
    let alike = comparison.known.iter().filter(|(client, known)| {
        client.compression == offer.compression
            && client.stapling == offer.stapling
            && known.cipher == answer.cipher
            && (known.packed_bytes.is_some() || answer.packed_bytes.is_some())
            && known.group == answer.group
    });
    let was: BTreeSet<u32> = alike.filter_map(|(_, known)| sum(known)).collect();
    // The protocol's name, and the acknowledgement of the server's, may differ too.
    let jitter = u32::from(CERTIFICATE_JITTER).saturating_mul(2);
    let nearest = was.iter().min_by_key(|known| known.abs_diff(is))?;
    let difference = nearest.abs_diff(is);
    if difference <= jitter || (offer.stapling && STAPLED.contains(&difference)) {
        return None;
    }
    // Who packed its messages and now does not, or the other way round, is another stack too.
    let packing = comparison
        .known
        .iter()
        .all(|(_, known)| known.packed_bytes.is_some() != answer.packed_bytes.is_some());
    let kind = if packing { Kind::Stack } else { Kind::Certificate };
    let direction = if is < *nearest { "shorter" } else { "longer" };
    let meaning = format!("its encrypted flight is {difference} bytes {direction}");
    Some(Change::new(kind, "flight-bytes", is, joined(was), meaning))
}

/// Bytes of all messages of a flight.
fn sum(answer: &Answer) -> Option<u32> {
    if answer.packed_bytes.is_some() {
        return answer.packed_bytes;
    }
    // Headers of the messages and of what they always hold (RFC 8446 sections 4.3 and 4.4).
    let signature = match answer.key.as_deref()? {
        "P-256" => 71,
        "P-384" => 103,
        "P-521" => 138,
        "Ed25519" => 64,
        "RSA-1024" => 128,
        "RSA-3072" => 384,
        "RSA-4096" => 512,
        _ => 256,
    };
    let finished = if answer.cipher.ends_with("SHA384") { 52 } else { 36 };
    let protocol = answer.protocol.as_ref().filter(|protocol| *protocol != NO_PROTOCOL);
    let protocol = protocol.map_or(0, |protocol| protocol.len().saturating_add(7));
    let name = if answer.name_acknowledged == Some(true) { 4 } else { 0 };
    [
        6,
        u32::try_from(protocol).ok()?,
        name,
        u32::from(answer.other_extensions?),
        8,
        u32::from(answer.certificate_bytes?),
        8,
        signature,
        finished,
    ]
    .into_iter()
    .reduce(u32::saturating_add)
}

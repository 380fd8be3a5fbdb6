//! Something in the message binds its content, and does not fit it.
//!
//! ```text
//! mod.rs       what was seen to fit, and the sighting
//! amazon.rs    AWS Signature Version 4
//! digests.rs   Content-Digest, Digest, Content-MD5 and x-amz-content-sha256: no key is needed
//! message.rs   HTTP message signatures (RFC 9421)
//! keyed.rs     tokens and headers of the app's own making, with a key of the policy
//! ```

mod amazon;
mod digests;
mod keyed;
mod message;

#[cfg(test)]
mod tests;

use dissect::PacketSpan;

use super::RULE;
use crate::call::Call;
use crate::call::quote::quote;
use crate::detector::Sighting;
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::{Digest, Key};
use crate::finding::Confidence;
use crate::table::Table;

/// Hosts and ways to bind content that are remembered, and for how many seconds.
const MAX_FITTING: usize = 10_000;
const LIFETIME: i64 = 86_400;

/// What was seen to fit: whoever gets one right does not get others wrong by mistake.
pub(super) struct Proofs {
    fitting: Table<Key, ()>,
}

impl Default for Proofs {
    fn default() -> Self {
        Self { fitting: Table::new(MAX_FITTING, LIFETIME) }
    }
}

/// Something that binds content.
struct Proof {
    /// `content-digest`, `hmac x-signature`: in the finding's key, and for what was seen to fit.
    by: String,
    /// Whose it is, where a host has several: the issuer of a token.
    of: String,
    /// Whether it fits.
    fits: bool,
    is_response: bool,
    /// The packets of the message.
    packets: PacketSpan,
    /// What it should have been, or what does not fit.
    value: String,
    /// How sure a mismatch is while nothing of its kind was seen to fit.
    untried: Confidence,
    /// What else a mismatch could be.
    alternatives: &'static [&'static str],
}

impl Proofs {
    pub(super) fn sightings(&mut self, call: &Call<'_>) -> Vec<Sighting> {
        // Of what is not whole nothing can be said.
        if call.exchange.incomplete.is_some() {
            return Vec::new();
        }
        let all = digests::of(call).into_iter().chain(keyed::of(call));
        all.filter_map(|proof| self.sighting(call, proof)).collect()
    }

    fn sighting(&mut self, call: &Call<'_>, proof: Proof) -> Option<Sighting> {
        let now = call.answered_at();
        let side = if proof.is_response { "response" } else { "request" };
        let host = call.host().unwrap_or_default();
        let kind = Key::of(&(host, side, proof.by.as_str(), proof.of.as_str()));
        if proof.fits {
            self.fitting.entry(kind, now, || ());
            return None;
        }
        let is_tried = self.fitting.find(&kind, now).is_some();
        let what = if proof.is_response { "A response of" } else { "A request to" };
        let mut evidence = vec![
            call.request_line(),
            quote(proof.packets, "proof", format!("{} of the {side}", proof.by)),
            quote(proof.packets, "does-not-fit", proof.value),
        ];
        if is_tried {
            let value = "others of this host fit their content";
            evidence.push(quote(proof.packets, "compared", value));
        }
        evidence.extend(call.status());
        // One issuer's tokens are not another's.
        let key = match proof.of.as_str() {
            "" => format!("proof\n{side}\n{}", proof.by),
            of => format!("proof\n{side}\n{}\n{}", proof.by, Digest::text(of).id()),
        };
        let draft = Draft {
            key,
            confidence: if is_tried { Confidence::Certain } else { proof.untried },
            title: match proof.by.as_str() {
                "token" => format!("{what} {} shows a token that was changed", call.label()),
                by => format!("{what} {} does not fit its {by}", call.label()),
            },
            evidence,
            alternatives: alternatives(proof.alternatives),
        };
        Some(draft.on(&RULE, call))
    }
}

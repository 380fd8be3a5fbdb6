//! What the server made of a request, as far as its status tells (RFC 9110 section 15).

use super::Call;

/// What the server made of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// It did what was asked (2xx, or 304: it would have).
    Accepted,
    /// It failed (5xx), or somebody on the way did.
    Failed,
    /// It pointed elsewhere (3xx).
    Redirected,
    /// It would not (4xx).
    Refused,
    /// No answer was seen.
    Unanswered,
}

impl Outcome {
    /// The outcome of a call.
    pub(super) fn of(call: &Call<'_>) -> Self {
        match call.response().map(|response| response.status) {
            Some(100..=299 | 304) => Self::Accepted,
            Some(300..=399) => Self::Redirected,
            Some(400..=499) => Self::Refused,
            Some(_) => Self::Failed,
            None => Self::Unanswered,
        }
    }
}

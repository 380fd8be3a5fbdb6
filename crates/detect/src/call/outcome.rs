//! What the server made of a request, as far as its status tells (RFC 9110 section 15).

use dissect::{Headers, Response};

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
        if let Some(status) = call.response().and_then(grpc_status) {
            return Self::of_grpc(status);
        }
        match call.response().map(|response| response.status) {
            Some(100..=299 | 304) => Self::Accepted,
            Some(300..=399) => Self::Redirected,
            Some(400..=499) => Self::Refused,
            Some(_) => Self::Failed,
            None => Self::Unanswered,
        }
    }

    /// The outcome of a call of gRPC, whose status is 200 whatever came of it.
    const fn of_grpc(status: u8) -> Self {
        match status {
            0 => Self::Accepted,
            // Unknown, deadline exceeded, aborted, internal, unavailable, data loss.
            2 | 4 | 10 | 13..=15 => Self::Failed,
            _ => Self::Refused,
        }
    }
}

/// `grpc-status` of a response, which stands behind the content, or in the header where there is none.
fn grpc_status(response: &Response) -> Option<u8> {
    let field = |headers: &Headers| headers.first("grpc-status").map(str::to_owned);
    field(&response.trailers).or_else(|| field(&response.headers))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing_http::{Pair, asked};
    use crate::policy::Policy;

    fn outcome(status: u16, headers: &[Pair]) -> Outcome {
        let record = asked("POST", "http://a.test/", &[], "").answer(status, headers, "").record();
        Call::of(&record, &Policy::default()).unwrap().outcome()
    }

    #[test]
    fn statuses_of_http_and_grpc() {
        assert_eq!(outcome(201, &[]), Outcome::Accepted);
        assert_eq!(outcome(409, &[]), Outcome::Refused);
        assert_eq!(outcome(503, &[]), Outcome::Failed);
        for (status, expected) in
            [("0", Outcome::Accepted), ("16", Outcome::Refused), ("14", Outcome::Failed)]
        {
            assert_eq!(outcome(200, &[("grpc-status", status)]), expected);
        }
    }
}

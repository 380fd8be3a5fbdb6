//! What a request asks for, in short: the same request again has the same.

use dissect::http::Body;

use super::Call;
use crate::digest::{Digest, Key};

/// Stands for method, host, path, query and content of a request; `None` if not all of it was seen.
pub(super) fn key(call: &Call<'_>) -> Option<Key> {
    let content = match body_key(&call.request().body) {
        Some(key) => Ok(key),
        None => Err(undigested(call)?),
    };
    Some(Key::of(&(asked(call)?, content)))
}

/// The same as one digest, which outputs may depend on.
pub(crate) fn digest(call: &Call<'_>) -> Option<Digest> {
    let content = match call.request().body.sha256() {
        Some(sha256) => &sha256[..],
        None => undigested(call)?,
    };
    let [method, host, path, query] = asked(call)?.map(str::as_bytes);
    Some(Digest::of([method, host, path, query, content]))
}

/// Stands for a content as it was sent; `None` if there is none, or if not all of it came.
pub(crate) fn body_key(body: &Body) -> Option<Key> {
    // What is there as it was sent can be compared at once: a digest costs many times as much.
    let content = match body.as_sent() {
        Some(sent) => Ok(sent),
        None => Err(body.sha256()?),
    };
    Some(Key::of(&content))
}

/// Method, host, path and query.
fn asked<'a>(call: &'a Call<'_>) -> Option<[&'a str; 4]> {
    let (request, host) = (call.request(), call.host()?);
    let is_known = !request.method.is_empty() && !request.target.is_empty();
    let query = request.query().unwrap_or_default();
    is_known.then(|| [request.method.as_str(), host, call.path(), query])
}

/// What stands for a content that has no digest.
fn undigested<'a>(call: &'a Call<'_>) -> Option<&'a [u8]> {
    let body = &call.request().body;
    let is_empty = body.length == 0 && body.bytes.is_empty();
    // HAR files hold contents without their digest where a coding was taken off.
    let is_told = call.exchange.connection.told.is_some();
    (is_empty || is_told).then_some(body.bytes.as_slice())
}

#[cfg(test)]
mod tests {
    use dissect::Fact;
    use dissect::http::Coding;

    use super::*;
    use crate::detectors::testing_http::asked;
    use crate::policy::Policy;

    #[test]
    fn the_same_request_has_the_same_key_and_digest() {
        let policy = Policy::default();
        let both = |method: &str, url: &str, body: &str| {
            let record = asked(method, url, &[], body).record();
            let call = Call::of(&record, &policy).unwrap();
            (key(&call).unwrap(), digest(&call).unwrap())
        };
        let all = [
            both("POST", "http://a.test/x?y=1", "one"),
            both("POST", "http://a.test/x?y=1", "two"),
            both("POST", "http://a.test/x?y=1", ""),
            both("POST", "http://a.test/x?y=2", "one"),
            both("PUT", "http://a.test/x?y=1", "one"),
            both("POST", "http://A.test/x?y=1", "one"),
        ];
        for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
            assert_eq!(one.0 == other.0, one.1 == other.1);
        }
        assert_eq!(all[0], all[5], "hosts have no case");
    }

    #[test]
    fn contents_are_the_same_by_what_was_sent() {
        let body = |text: &str| {
            let record = asked("POST", "http://a.test/", &[], text).record();
            let Fact::Exchange(exchange) = &record.fact else { panic!("no exchange") };
            exchange.request.body.clone()
        };
        let (one, same, other) = (body("one"), body("one"), body("two"));
        assert_eq!(body_key(&one), body_key(&same));
        assert_ne!(body_key(&one), body_key(&other));
        let mut decoded = same;
        decoded.coding = Coding::Decoded;
        assert_ne!(body_key(&decoded), body_key(&one), "another thing was sent");
        assert_eq!(body_key(&Body::default()), None);
    }
}

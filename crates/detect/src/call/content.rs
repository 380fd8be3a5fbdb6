//! What a request asks for, in short: the same request again has the same.

use super::Call;
use crate::digest::{Digest, Key};

/// Stands for method, host, path, query and content of a request; `None` if not all of it was seen.
pub(super) fn key(call: &Call<'_>) -> Option<Key> {
    of_parts(call, |parts| Key::of(&parts))
}

/// The same as one digest, which outputs may depend on.
pub(crate) fn digest(call: &Call<'_>) -> Option<Digest> {
    of_parts(call, |parts| Digest::of(parts))
}

fn of_parts<T>(call: &Call<'_>, of: impl FnOnce([&[u8]; 5]) -> T) -> Option<T> {
    let (request, host) = (call.request(), call.host()?);
    if request.method.is_empty() || request.target.is_empty() {
        return None;
    }
    let body = &request.body;
    let body: &[u8] = match body.sha256() {
        Some(sha256) => sha256,
        None if body.length == 0 && body.bytes.is_empty() => &[],
        // HAR files hold contents without their digest where a coding was taken off.
        None if call.exchange.connection.told.is_some() => &body.bytes,
        None => return None,
    };
    let query = request.query().unwrap_or_default();
    let [method, host, path, query] =
        [&request.method, host, request.path(), query].map(str::as_bytes);
    Some(of([method, host, path, query, body]))
}

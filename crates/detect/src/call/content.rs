//! What a request asks for, as one digest: the same request again has the same.

use super::Call;
use crate::digest::Digest;

/// Method, host, path, query and content of a request; `None` if not all of it was seen.
pub(super) fn of(call: &Call<'_>) -> Option<Digest> {
    let (request, host) = (call.request(), call.host()?);
    if request.method.is_empty() || request.target.is_empty() {
        return None;
    }
    let body = &request.body;
    let body = match body.sha256() {
        Some(sha256) => sha256.to_vec(),
        None if body.length == 0 && body.bytes.is_empty() => Vec::new(),
        // HAR files hold contents without their digest where a coding was taken off.
        None if call.exchange.connection.told.is_some() => body.bytes.clone(),
        None => return None,
    };
    Some(Digest::of([
        request.method.as_bytes(),
        host.as_bytes(),
        request.path().as_bytes(),
        request.query().unwrap_or_default().as_bytes(),
        &body,
    ]))
}

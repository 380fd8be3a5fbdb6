//! What tools that strip HTTPS leave in the answers they pass on.

use crate::call::Call;
use crate::finding::{Confidence, Evidence};

/// A tool, and where it shows.
pub(super) struct Mark {
    /// What a title calls the tool.
    pub(super) tool: &'static str,
    /// How sure.
    pub(super) confidence: Confidence,
    /// What was seen.
    pub(super) evidence: Evidence,
}

/// A header that is no header of HTTP or CORS: bettercap sets it on every answer while it strips
/// (`fixResponseHeaders` in its `http_proxy_base_sslstriper.go`, and in the Ruby version before).
const BETTERCAP_HEADER: &str = "Allow-Access-From-Same-Origin";

/// The headers that bettercap sets along with it, all to `*`.
const BETTERCAP_COMPANIONS: [&str; 2] =
    ["Access-Control-Allow-Origin", "Access-Control-Allow-Headers"];

/// Value and expiry of the cookies by which sslstrip, and bettercap and MITMf after it, end the
/// sessions that began before they came.
const EXPIRED_COOKIE: [&str; 2] = ["=EXPIRED;", "Mon, 01-Jan-1990 00:00:00 GMT"];

/// The mark in an answer, if there is one.
pub(super) fn of(case: &Call<'_>) -> Option<Mark> {
    let headers = &case.response()?.headers;
    let is_star = |name: &str| headers.first(name) == Some("*");
    if is_star(BETTERCAP_HEADER) && BETTERCAP_COMPANIONS.iter().all(|name| is_star(name)) {
        let evidence = case.answered("header", format!("{BETTERCAP_HEADER}: *"));
        return Some(Mark { tool: "bettercap", confidence: Confidence::Certain, evidence });
    }
    let expired = headers
        .all("set-cookie")
        .any(|cookie| EXPIRED_COOKIE.iter().all(|part| cookie.contains(part)));
    let evidence = case.answered("set-cookie", EXPIRED_COOKIE.join(" … Expires="));
    let tool = "sslstrip or a tool of its kind";
    expired.then_some(Mark { tool, confidence: Confidence::Likely, evidence })
}

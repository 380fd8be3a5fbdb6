//! Programs that are known by what they send (`data/clients.toml`).

use std::sync::OnceLock;

use dissect::HttpVersion;
use serde::Deserialize;

use crate::call::Call;

/// The programs.
const DATA: &str = include_str!("../../../../data/clients.toml");

/// What kind of program it is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// A proxy that ends TLS: what the server sees is the proxy's own client.
    Interceptor,
    /// A language's own client; apps are not written with it.
    Script,
    /// A library that apps bring along, too.
    Tool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    client: Vec<Program>,
}

/// A program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Program {
    /// As it stands in a title.
    pub(super) name: String,
    /// What kind of program it is.
    pub(super) kind: Kind,
    /// Second parts of its JA4s.
    #[serde(default)]
    ciphers: Vec<String>,
    /// Its HTTP/2 fingerprints.
    #[serde(default)]
    http2: Vec<String>,
    /// How its requests of HTTP/1.1 begin.
    #[serde(default)]
    headers: Vec<Vec<String>>,
    /// Where the facts come from.
    #[allow(dead_code)] // for readers of the data, who must not leave it out
    provenance: String,
}

/// By what a program was recognised.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum By {
    /// The beginning of its headers: what anybody may send who writes requests by hand.
    Headers,
    /// How it sets up HTTP/2.
    Http2,
    /// The cipher suites of its ClientHello.
    Tls,
}

/// All programs. None, if the data were malformed: a test sees to it that they are not.
fn programs() -> &'static [Program] {
    static PROGRAMS: OnceLock<Vec<Program>> = OnceLock::new();
    PROGRAMS.get_or_init(|| toml::from_str::<File>(DATA).unwrap_or_default().client)
}

/// The programs that a call's TLS, HTTP/2 and headers belong to, as far as they are known.
pub(super) fn recognise(call: &Call<'_>) -> Vec<(By, &'static Program)> {
    let identity = call.identity();
    let ciphers = identity.ja4.as_deref().and_then(|ja4| ja4.split('_').nth(1));
    let http2 = identity.http2.as_deref();
    let request = call.request();
    let is_first = request.version == HttpVersion::Http11;
    let names = || request.headers.0.iter().map(|field| field.name.as_str());
    let has = |known: &[String], seen: Option<&str>| {
        seen.is_some_and(|seen| known.iter().any(|known| known == seen))
    };
    let begins = |program: &Program| {
        let starts =
            |begin: &Vec<String>| names().take(begin.len()).eq(begin.iter().map(String::as_str));
        is_first && program.headers.iter().any(starts)
    };
    let find = |fits: &dyn Fn(&Program) -> bool| programs().iter().find(|program| fits(program));
    [
        (By::Tls, find(&|program| has(&program.ciphers, ciphers))),
        (By::Http2, find(&|program| has(&program.http2, http2))),
        (By::Headers, find(&begins)),
    ]
    .into_iter()
    .filter_map(|(by, program)| program.map(|program| (by, program)))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_can_be_read() {
        let file: File = toml::from_str(DATA).unwrap();
        assert!(file.client.len() > 5);
        for program in &file.client {
            let marks = program.ciphers.len() + program.http2.len() + program.headers.len();
            assert!(marks > 0 && !program.provenance.is_empty(), "{}", program.name);
            let is_digest =
                |text: &String| text.len() == 12 && text.chars().all(|c| c.is_ascii_hexdigit());
            assert!(program.ciphers.iter().all(is_digest), "{}", program.name);
        }
    }
}

//! JSON Web Tokens that a request shows, wherever it shows them.

use dissect::http::Jwt;
use sha2::{Digest as _, Sha256};

use super::Call;
use crate::digest::Digest;

/// Most tokens of a request that are looked at.
const MAX_TOKENS: usize = 8;

/// A token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// Where it stood: `authorization`, `cookie session`, `query token`, `JSON $.token`.
    pub(crate) place: String,
    /// As sent.
    pub(crate) text: String,
    /// Taken apart.
    pub(crate) jwt: Jwt,
    /// Digest of the request's credential that it is; `None` if it was shown otherwise.
    pub(crate) credential: Option<[u8; 32]>,
    /// Whether it is shown to be let in: as a credential by its place, or as the policy says.
    pub(crate) is_credential: bool,
}

impl Token {
    /// Stands for the token.
    pub(crate) fn digest(&self) -> Digest {
        Digest::text(&self.text)
    }
}

/// The tokens of a call, those of headers first.
pub(super) fn of(call: &Call<'_>) -> Vec<Token> {
    let mut found = Vec::new();
    for field in &call.request().headers.0 {
        if field.name.eq_ignore_ascii_case("cookie") {
            for (name, value) in field.value.split(';').filter_map(|c| c.trim().split_once('=')) {
                push(&mut found, call, || format!("cookie {name}"), value);
            }
        } else {
            let value = field.value.trim();
            let secret = value.rsplit_once(' ').map_or(value, |(_, secret)| secret);
            push(&mut found, call, || field.name.to_ascii_lowercase(), secret);
        }
    }
    for field in call.fields() {
        let place = || format!("{} {}", field.place.word(), field.path);
        push(&mut found, call, place, &field.value);
    }
    found
}

/// The tokens that the answer gives out.
pub(crate) fn issued(call: &Call<'_>) -> Vec<Jwt> {
    let cookies = call.response().into_iter().flat_map(|said| said.headers.all("set-cookie"));
    let cookies = cookies.filter_map(|cookie| {
        let (_, value) = cookie.split(';').next()?.split_once('=')?;
        Some(value.trim())
    });
    let fields = call.said().token.then(|| call.answer_fields().iter());
    let fields = fields.into_iter().flatten().map(|field| field.value);
    let texts = cookies.chain(fields).filter(|text| text.starts_with("ey"));
    texts.filter_map(Jwt::parse).take(MAX_TOKENS).collect()
}

/// Whether a text begins as all tokens do: with `{"`, in Base64.
pub(super) fn may_be_token(text: &str) -> bool {
    text.starts_with("ey")
}

fn push(found: &mut Vec<Token>, call: &Call<'_>, place: impl FnOnce() -> String, text: &str) {
    if found.len() >= MAX_TOKENS || !may_be_token(text) {
        return;
    }
    let Some(jwt) = Jwt::parse(text) else { return };
    let place = place();
    let digest: [u8; 32] = Sha256::digest(text).into();
    let is_credential = call.credentials().iter().any(|shown| shown.digest == digest);
    let credential = is_credential.then_some(digest);
    let is_named = |name: &String| {
        let place = place.rsplit_once(' ').map_or(place.as_str(), |(_, place)| place);
        name.eq_ignore_ascii_case(place)
    };
    let is_credential = is_credential || call.api.credentials.iter().any(is_named);
    found.push(Token { place, text: text.to_owned(), jwt, credential, is_credential });
}

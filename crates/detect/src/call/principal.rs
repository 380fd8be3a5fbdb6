//! On whose behalf a request is sent.
//!
//! What the policy names goes first; then a token (its subject, where it tells one, for tokens are
//! renewed), a user of Basic authentication, the session cookie, a client certificate. A key of the
//! app is no principal: all its users show the same.

use std::borrow::Cow;

use dissect::http::{Credential, CredentialKind};

use super::Call;
use super::tokens::Token;
use crate::digest::Digest;

/// Somebody who uses the API.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Principal {
    /// Tells principals apart.
    pub(crate) digest: Digest,
    /// How the request shows who it is: `subject of the token`, `bearer`, `cookie sid`.
    pub(crate) shown: Cow<'static, str>,
}

impl Principal {
    /// The principal of a call.
    pub(super) fn of(call: &Call<'_>) -> Option<Self> {
        by_policy(call).or_else(|| by_credential(call))
    }

    /// What evidence and titles call it: no name, no secret, but the same for the same principal.
    pub(crate) fn label(&self) -> String {
        format!("{} {}", self.shown, self.digest.id())
    }
}

/// What the policy says shows the principal.
fn by_policy(call: &Call<'_>) -> Option<Principal> {
    for name in &call.api.credentials {
        let value = call
            .header(name)
            .map(str::to_owned)
            .or_else(|| cookie(call, name))
            .or_else(|| field(call, name));
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let token = call.tokens().iter().find(|token| value.ends_with(&token.text));
            return Some(token.and_then(|token| subject(call, token)).unwrap_or_else(|| {
                Principal { digest: Digest::text(&value), shown: name.clone().into() }
            }));
        }
    }
    None
}

fn cookie(call: &Call<'_>, name: &str) -> Option<String> {
    let cookies = call.request().headers.all("cookie").flat_map(|value| value.split(';'));
    let mut pairs = cookies.filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

fn field(call: &Call<'_>, name: &str) -> Option<String> {
    let mut fields = call.fields().iter();
    fields.find(|field| field.name == name || field.path == name).map(|field| field.value.clone())
}

fn by_credential(call: &Call<'_>) -> Option<Principal> {
    use CredentialKind::{Basic, Bearer, Bound, Certificate, Cookie, Other};
    [Bearer, Bound, Basic, Other, Cookie, Certificate].into_iter().find_map(|kind| {
        let mut credentials = call.credentials().iter();
        let shown = credentials.find(|shown| shown.kind == kind && is_of_user(call, shown))?;
        Some(principal(call, shown))
    })
}

/// Whether it says who asks. Proxies ask for credentials of their own.
fn is_of_user(call: &Call<'_>, credential: &Credential) -> bool {
    let is_app_key =
        call.api.app_keys.iter().any(|key| key.eq_ignore_ascii_case(&credential.field));
    credential.field != "proxy-authorization" && !is_app_key
}

fn principal(call: &Call<'_>, credential: &Credential) -> Principal {
    let is_its = |token: &&Token| token.credential == Some(credential.digest);
    if let Some(subject) = call.tokens().iter().find(is_its).and_then(|token| subject(call, token))
    {
        return subject;
    }
    if credential.kind == CredentialKind::Basic
        && let Some(user) = call.request().basic_user()
    {
        return Principal { digest: Digest::text(&user), shown: "user".into() };
    }
    let shown = match credential.kind {
        CredentialKind::Cookie => {
            format!("cookie {}", super::quote::shortened(&credential.field)).into()
        }
        kind => kind.word().into(),
    };
    Principal { digest: Digest::of([&credential.digest[..]]), shown }
}

/// Who a token says that it is for: issuer and subject, or the claims that the policy names.
fn subject(call: &Call<'_>, token: &Token) -> Option<Principal> {
    let claims = token.jwt.claims.as_ref()?;
    let text = |name: &str| {
        let value = claims.get(name)?;
        value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|id| id.to_string()))
    };
    let named = call.api.principal_claims.iter().find_map(|name| text(name));
    let common =
        || ["sub", "user_id", "uid", "userId", "username", "email"].into_iter().find_map(text);
    let subject = named.or_else(common).filter(|subject| !subject.is_empty())?;
    let issuer = text("iss").unwrap_or_default();
    let digest = Digest::of([issuer.as_bytes(), subject.as_bytes()]);
    Some(Principal { digest, shown: "subject of the token".into() })
}

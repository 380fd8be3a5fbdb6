//! Logins: a user name with a password, and whether the server took it.

use dissect::http::values::Field;

use super::outcome::Outcome;
use super::{Call, secrets};
use crate::digest::Digest;

/// An attempt to log in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Login {
    /// Stands for the user name.
    pub(crate) user: Digest,
    /// Stands for the password.
    pub(crate) password: Digest,
    /// What came of it.
    pub(crate) result: LoginResult,
}

/// What came of a login.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LoginResult {
    /// The user is in.
    Accepted,
    /// User or password were wrong, or the user may not try again yet.
    Refused,
    /// Nobody knows: no answer, an error of the server, a request that it did not understand.
    Unknown,
}

impl Login {
    /// The login of a call.
    pub(super) fn of(call: &Call<'_>) -> Option<Self> {
        let (user, password) = by_policy(call).or_else(|| by_fields(call))?;
        let digest = |text: &str| Digest::text(&text.trim().to_lowercase());
        let result = result(call);
        Some(Self { user: digest(&user), password: Digest::text(&password), result })
    }
}

/// Where the policy says that the login is, with these fields.
fn by_policy(call: &Call<'_>) -> Option<(String, String)> {
    let mut known = call.api.logins.iter();
    let login = known.find(|login| login.path.fits(call.request().path()))?;
    let value = |name: &str| {
        let mut fields = call.fields().iter();
        let named = fields.find(|field| field.name == name || field.path == name)?;
        Some(named.value.clone()).filter(|value| !value.is_empty())
    };
    Some((value(&login.user)?, value(&login.password)?))
}

/// A password next to a user, sent by a method that does not only read.
fn by_fields(call: &Call<'_>) -> Option<(String, String)> {
    if call.is_safe() {
        return None;
    }
    let fields = call.fields();
    let password = fields.iter().find(|field| secrets::is_password(field))?;
    let is_user = |field: &&Field| field.path != password.path && secrets::is_user(field);
    let user = fields.iter().find(is_user)?;
    Some((user.value.clone(), password.value.clone()))
}

fn result(call: &Call<'_>) -> LoginResult {
    match call.outcome() {
        Outcome::Accepted | Outcome::Redirected => LoginResult::Accepted,
        Outcome::Refused => LoginResult::Refused,
        Outcome::Failed | Outcome::Unanswered => LoginResult::Unknown,
    }
}

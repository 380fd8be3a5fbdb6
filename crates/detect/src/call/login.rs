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
    /// Field with the user name: its `$.path` in JSON, elsewhere its name.
    pub(crate) user_field: String,
    /// Field with the password.
    pub(crate) password_field: String,
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
        Some(Self {
            user: Digest::text(&user.value.trim().to_lowercase()),
            password: Digest::text(&password.value),
            user_field: user.path.clone(),
            password_field: password.path.clone(),
            result: result(call),
        })
    }
}

/// Where the policy says that the login is, with these fields.
fn by_policy<'a>(call: &'a Call<'_>) -> Option<(&'a Field, &'a Field)> {
    let mut known = call.api.logins.iter();
    let login = known.find(|login| login.path.fits(call.request().path()))?;
    let value = |name: &str| {
        let mut fields = call.fields().iter();
        let named = fields.find(|field| field.name == name || field.path == name);
        named.filter(|field| !field.value.is_empty())
    };
    Some((value(&login.user)?, value(&login.password)?))
}

/// A password next to a user, sent by a method that does not only read.
fn by_fields<'a>(call: &'a Call<'_>) -> Option<(&'a Field, &'a Field)> {
    if call.is_safe() {
        return None;
    }
    let fields = call.fields();
    let password = fields.iter().find(|field| secrets::is_password(field))?;
    let is_user = |field: &&Field| field.path != password.path && secrets::is_user(field);
    let user = fields.iter().find(is_user)?;
    Some((user, password))
}

fn result(call: &Call<'_>) -> LoginResult {
    match call.outcome() {
        Outcome::Accepted | Outcome::Redirected => LoginResult::Accepted,
        Outcome::Refused => LoginResult::Refused,
        Outcome::Failed | Outcome::Unanswered => LoginResult::Unknown,
    }
}

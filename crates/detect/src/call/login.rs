//! Logins: a user name with a password or a code, and whether the server took it.

use dissect::http::values::Field;
use dissect::http::{CredentialKind, values};

use super::outcome::Outcome;
use super::{Call, secrets};
use crate::digest::Digest;

/// An attempt to log in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Login {
    /// With what.
    pub(crate) kind: LoginKind,
    /// Stands for the user name.
    pub(crate) user: Digest,
    /// Stands for the password or code.
    pub(crate) password: Digest,
    /// Field with the user name: its `$.path` in JSON, elsewhere its name; empty if it is in none.
    pub(crate) user_field: String,
    /// Field with the password.
    pub(crate) password_field: String,
    /// What came of it.
    pub(crate) result: LoginResult,
}

/// With what somebody logs in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LoginKind {
    /// Basic authentication that was refused. What is accepted shows its password with every request.
    Basic,
    /// A code of some digits, that was sent to the user or that he made up.
    Code,
    /// A password.
    Password,
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

/// Fields with a code, as [`Field::last_name`] writes them.
const CODES: [&str; 14] = [
    "code",
    "mfacode",
    "onetimecode",
    "onetimepassword",
    "otp",
    "otpcode",
    "passcode",
    "pin",
    "pincode",
    "smscode",
    "token",
    "totp",
    "verificationcode",
    "verifycode",
];

/// Words in paths of requests with a password that are no login.
const NO_LOGIN: [&str; 12] = [
    "change",
    "create-account",
    "createaccount",
    "forgot",
    "join",
    "recover",
    "register",
    "registration",
    "reset",
    "sign-up",
    "signup",
    "update",
];

/// Fields that an answer has where it refuses.
const ERRORS: [&str; 7] = [
    "error",
    "errorcode",
    "errordescription",
    "errormessage",
    "errors",
    "errortype",
    "failurereason",
];

impl Login {
    /// The login of a call.
    pub(super) fn of(call: &Call<'_>) -> Option<Self> {
        if let Some((user, password)) = by_policy(call).or_else(|| by_fields(call)) {
            return Some(Self {
                kind: LoginKind::Password,
                user: Digest::text(&user.value.trim().to_lowercase()),
                password: Digest::text(&password.value),
                user_field: user.path.clone(),
                password_field: password.path.clone(),
                result: result(call),
            });
        }
        by_code(call).or_else(|| by_basic(call))
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
    if call.is_safe() || is_no_login(call) {
        return None;
    }
    let fields = call.fields();
    let mut passwords = fields.iter().filter(|field| is_users_password(field));
    let password = passwords.next()?;
    // Twice is a registration or a change.
    if passwords.next().is_some() || is_other_grant(fields) {
        return None;
    }
    let is_user = |field: &&Field| {
        field.path != password.path && secrets::is_user(field) && !is_client(field)
    };
    let user = fields.iter().find(is_user)?;
    Some((user, password))
}

fn is_users_password(field: &Field) -> bool {
    secrets::is_password(field) && !field.plain_name().contains("secret")
}

/// A program's name is no user.
fn is_client(field: &Field) -> bool {
    let name = field.last_name();
    name.contains("client") || name.contains("agent") || name.contains("type")
}

/// Grants of OAuth in which nobody says his password (RFC 6749 section 4).
fn is_other_grant(fields: &[Field]) -> bool {
    let grant = fields.iter().find(|field| field.last_name() == "granttype");
    grant.is_some_and(|grant| !grant.value.contains("password"))
}

fn is_no_login(call: &Call<'_>) -> bool {
    let path = call.request().path().to_ascii_lowercase();
    NO_LOGIN.iter().any(|word| path.contains(word))
}

/// Four to eight digits in a field for codes. Whose it is, the request shows by a name, a telephone
/// number, or a session.
fn by_code(call: &Call<'_>) -> Option<Login> {
    if call.is_safe() || is_other_grant(call.fields()) {
        return None;
    }
    let is_code = |field: &&Field| {
        let digits = field.value.bytes().all(|byte| byte.is_ascii_digit());
        digits
            && (4..=8).contains(&field.value.len())
            && CODES.contains(&field.last_name().as_str())
    };
    let code = call.fields().iter().find(is_code)?;
    let is_session = |field: &&Field| {
        field.path != code.path && (secrets::is_user(field) || secrets::is_token(field))
    };
    let session = call.fields().iter().find(is_session);
    let user = match (session, call.principal()) {
        (Some(field), _) => Digest::text(&field.value.trim().to_lowercase()),
        (None, Some(principal)) => principal.digest,
        (None, None) => return None,
    };
    Some(Login {
        kind: LoginKind::Code,
        user,
        password: Digest::text(&code.value),
        user_field: session.map(|field| field.path.clone()).unwrap_or_default(),
        password_field: code.path.clone(),
        result: result(call),
    })
}

/// Basic authentication (RFC 7617) that was refused.
fn by_basic(call: &Call<'_>) -> Option<Login> {
    if call.outcome() != Outcome::Refused {
        return None;
    }
    let user = call.request().basic_user().filter(|user| !user.is_empty())?;
    let mut shown = call.credentials().iter();
    let shown = shown.find(|it| it.kind == CredentialKind::Basic && it.field == "authorization")?;
    let is_about_login = matches!(call.response()?.status, 401 | 403 | 423 | 429);
    is_about_login.then(|| Login {
        kind: LoginKind::Basic,
        user: Digest::text(&user.trim().to_lowercase()),
        password: Digest::of([&shown.digest[..]]),
        user_field: String::new(),
        password_field: String::new(),
        result: LoginResult::Refused,
    })
}

fn result(call: &Call<'_>) -> LoginResult {
    match call.outcome() {
        Outcome::Accepted if says_no(call) => LoginResult::Refused,
        Outcome::Redirected if leads_back(call) => LoginResult::Refused,
        Outcome::Accepted | Outcome::Redirected => LoginResult::Accepted,
        Outcome::Refused => LoginResult::Refused,
        Outcome::Failed | Outcome::Unanswered => LoginResult::Unknown,
    }
}

/// Whether the answer refuses although its status does not.
fn says_no(call: &Call<'_>) -> bool {
    let fields = call.answer_fields();
    // A token says that the user is in, whatever else stands there.
    if fields.iter().any(secrets::is_token) {
        return false;
    }
    fields.iter().any(|field| {
        let (name, value) = (field.last_name(), field.value.to_ascii_lowercase());
        let in_errors = field.path.starts_with("$.errors[");
        match name.as_str() {
            "success" | "ok" | "authenticated" | "loggedin" | "valid" => {
                value == "false" || value == "0"
            }
            "status" | "result" | "state" => {
                ["error", "fail", "failed", "failure", "denied", "invalid", "unauthorized"]
                    .contains(&value.as_str())
            }
            name if ERRORS.contains(&name) => {
                !["", "0", "false", "none", "null", "ok"].contains(&value.as_str())
            }
            _ => in_errors,
        }
    })
}

/// Whether the answer sends the user back to where he logs in.
fn leads_back(call: &Call<'_>) -> bool {
    let location = call.response().and_then(|response| response.headers.first("location"));
    let location = location.unwrap_or_default().to_ascii_lowercase();
    let (path, query) = location.split_once('?').unwrap_or((&location, ""));
    let failed =
        values::pairs(query).any(|(name, _)| name.contains("error") || name.contains("fail"));
    let back = path.ends_with(call.request().path()) && path.contains("login");
    failed || back
}

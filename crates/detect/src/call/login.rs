//! Logins: a user with a password or with a one-time code, and whether the server took it.

use std::cell::LazyCell;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use dissect::http::Coding;
use dissect::http::values::graphql::{self, Operation};
use dissect::http::values::{self, Field, Place, Text};

use super::quote::url_path;
use super::viewer::name_key;
use super::{Call, secrets};
use crate::digest::Digest;
use crate::words::holds;

/// An attempt to log in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Login {
    /// What shows who it is.
    pub(crate) kind: LoginKind,
    /// Stands for the user name.
    pub(crate) user: Digest,
    /// The same as [`name_key`].
    pub(crate) name: u64,
    /// Stands for the password.
    pub(crate) password: Digest,
    /// Field with the user name: its `$.path` in JSON, elsewhere its name.
    pub(crate) user_field: String,
    /// Field with the password.
    pub(crate) password_field: String,
    /// What came of it.
    pub(crate) result: LoginResult,
}

/// What shows who logs in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LoginKind {
    /// User name and password in fields of the request.
    Password,
    /// The same in a header (RFC 7617), which every request repeats: not each of them is a login.
    Basic,
    /// A one-time code or PIN of a few digits.
    Code,
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

/// Names of fields with a user name, the most telling first, as [`Field::last_name`] writes them.
const USERS: &[&str] = &[
    "username",
    "userlogin",
    "loginname",
    "loginid",
    "login",
    "email",
    "emailaddress",
    "mail",
    "phone",
    "phonenumber",
    "mobile",
    "mobilenumber",
    "mobilephone",
    "msisdn",
    "telephone",
    "telefon",
    "tel",
    "identifier",
    "jusername",
    "user",
    "usr",
    "uname",
    "userid",
    "uid",
    "account",
    "accountname",
    "accountnumber",
    "accountid",
    "customernumber",
    "customerid",
    "memberid",
    "cardnumber",
    "benutzer",
    "benutzername",
    "usuario",
    "correo",
    "cpf",
    "dni",
    "nickname",
    "handle",
    "id",
    "name",
];
/// Parts of longer names of such fields.
const USER_PARTS: &[&str] = &["username", "useremail", "email", "userid", "loginid", "phone"];

/// Names of fields with a code that nothing else is called.
const CODES: &[&str] = &[
    "confirmationcode",
    "mfacode",
    "onetimecode",
    "onetimepassword",
    "otp",
    "otpcode",
    "smscode",
    "smsotp",
    "totp",
    "totpcode",
    "twofactorcode",
    "verificationcode",
    "verifycode",
];
/// Names that are a code's only where the path says so too.
const MAYBE_CODES: &[&str] =
    &["authcode", "code", "passcode", "pin", "pincode", "securitycode", "token"];
/// Parts of paths that ask for a code.
const CODE_PATHS: &[&str] = &[
    "2fa",
    "auth",
    "challenge",
    "code",
    "confirm",
    "login",
    "mfa",
    "otp",
    "pin",
    "session",
    "signin",
    "sms",
    "token",
    "verif",
];

/// Parts of paths and operations that set a password instead of trying one, without separators.
const NO_LOGINS: &[&str] = &[
    "changepass",
    "createaccount",
    "createuser",
    "forgot",
    "onboard",
    "passwordchange",
    "passwordreset",
    "recover",
    "register",
    "registration",
    "resetpass",
    "setpass",
    "signup",
    "updatepass",
];
/// Ends of paths where users are made.
const COLLECTIONS: &[&str] = &["accounts", "customers", "members", "profile", "users"];
/// Fields that a registration asks for and a login does not.
const REGISTRATION: &[&str] = &[
    "acceptterms",
    "birthdate",
    "dateofbirth",
    "familyname",
    "firstname",
    "fullname",
    "givenname",
    "lastname",
    "surname",
    "terms",
];
/// Grants of OAuth 2.0 by which no user shows a password.
const OTHER_GRANTS: &[&str] =
    &["authorization_code", "client_credentials", "refresh_token", "device_code", "jwt-bearer"];

impl Login {
    /// The login of a call.
    pub(super) fn of(call: &Call<'_>) -> Option<Self> {
        let known = by_policy(call).map(|found| (LoginKind::Password, found));
        let (kind, (user, password)) = known.or_else(|| guessed(call))?;
        Some(Self {
            kind,
            user: Digest::text(&user.value.trim().to_lowercase()),
            name: name_key(&user.value),
            password: Digest::text(&password.value),
            user_field: user.path.into(),
            password_field: password.path.into(),
            result: result(call, kind),
        })
    }

    /// Stands for user and password: the same again is no other attempt.
    pub(crate) fn pair(&self) -> u64 {
        self.user.short().rotate_left(1) ^ self.password.short()
    }
}

/// Where the policy says that the login is, with these fields.
fn by_policy(call: &Call<'_>) -> Option<(Field, Field)> {
    let mut known = call.api.logins.iter();
    let login = known.find(|login| login.path.fits(call.path()))?;
    let value = |name: &str| {
        let mut fields = call.fields().iter();
        let named = fields.find(|field| field.name == name || field.path == name);
        named.filter(|field| !field.value.is_empty()).cloned()
    };
    Some((value(&login.user)?, value(&login.password)?))
}

fn guessed(call: &Call<'_>) -> Option<(LoginKind, (Field, Field))> {
    let operations = operations(call);
    let inline = inline_arguments(call, &operations);
    let fields = || call.fields().iter().chain(&inline);
    let password = fields().find(|field| is_login_password(field));
    let code = code(call, fields);
    // Few requests hold either: of the others it need not be known what they do.
    let is_tried = password.is_some() || code.is_some();
    if is_tried && !sets_password(call, &operations) && !is_other_grant(call) {
        if let Some(found) = password.and_then(|password| Some((user(fields)?, password.clone()))) {
            return Some((LoginKind::Password, found));
        }
        if let Some(code) = code {
            return Some((LoginKind::Code, (user_of_code(call, fields)?, code)));
        }
    }
    basic(call).map(|found| (LoginKind::Basic, found))
}

fn operations(call: &Call<'_>) -> Vec<Operation> {
    let told = call.fields().iter().any(|field| field.path == "$.query" || field.name == "query");
    let is_graphql = told || holds(call.path(), "graphql");
    if is_graphql { graphql::operations(call.request()) } else { Vec::new() }
}

/// Arguments that stand in the text of a GraphQL operation: `login(email: "…", password: "…")`.
fn inline_arguments(call: &Call<'_>, operations: &[Operation]) -> Vec<Field> {
    if operations.is_empty() {
        return Vec::new();
    }
    let query = call.fields().iter().find(|field| field.name == "query");
    let body = query.is_none().then(|| String::from_utf8_lossy(&call.request().body.bytes));
    let text = query.map(|field| field.value.as_str()).or(body.as_deref()).unwrap_or_default();
    let mut found = Vec::new();
    let mut pieces = text.split('"');
    // Outside and inside of quotes take turns.
    while let (Some(outside), Some(inside)) = (pieces.next(), pieces.next()) {
        let Some(before) = outside.trim_end().strip_suffix(':') else { continue };
        let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let name = before.trim_end().rsplit(|c| !is_letter(c)).next().unwrap_or_default();
        if !name.is_empty() && found.len() < 32 {
            let (name, value) = (Text::from(name), inside.into());
            found.push(Field { place: Place::Json, path: name.clone(), name, value });
        }
    }
    found
}

/// Whether it registers a user or gives one another password.
fn sets_password(call: &Call<'_>, operations: &[Operation]) -> bool {
    let path = call.path();
    let mut names = vec![path];
    for operation in operations {
        names.extend(operation.name.as_deref());
        names.extend(operation.fields.iter().map(String::as_str));
    }
    let named = names
        .into_iter()
        .map(plain)
        .any(|name| NO_LOGINS.iter().any(|part| name.contains(part)) && !name.contains("login"));
    let last = plain(path.trim_end_matches('/').rsplit('/').next().unwrap_or_default());
    let is_collection = COLLECTIONS.contains(&last.as_str());
    let is_change = matches!(call.request().method.as_str(), "PUT" | "PATCH" | "DELETE")
        && !CODE_PATHS.iter().any(|part| plain(path).contains(part));
    let field_names = || call.fields().iter().map(Field::last_name);
    let is_second = |name: String| {
        let of_two = ["new", "old", "current", "confirm", "repeat", "again", "password2", "verify"];
        name.contains("pass") && of_two.iter().any(|word| name.contains(word))
    };
    let personal = field_names().filter(|name| REGISTRATION.contains(&name.as_str())).count();
    named || is_collection || is_change || personal >= 2 || field_names().any(is_second)
}

fn is_other_grant(call: &Call<'_>) -> bool {
    let grant = call.fields().iter().find(|field| secrets::is_called(field, "granttype"));
    grant.is_some_and(|grant| OTHER_GRANTS.iter().any(|other| grant.value.ends_with(other)))
}

/// A secret of the app is no user's.
fn is_login_password(field: &Field) -> bool {
    !field.value.is_empty()
        && secrets::is_password(field)
        && !secrets::is_called(field, "clientsecret")
}

fn user<'a, I>(fields: impl Fn() -> I) -> Option<Field>
where
    I: Iterator<Item = &'a Field>,
{
    let is_name = |field: &&Field| {
        let said = !matches!(field.value.as_str(), "" | "null" | "undefined" | "true" | "false");
        said && field.value.len() <= 256 && !secrets::is_password(field)
    };
    let named: Vec<(&Field, String)> =
        fields().filter(is_name).map(|field| (field, field.last_name())).collect();
    let exact = USERS.iter().find_map(|user| named.iter().find(|(_, name)| name == user));
    let of_parts = || {
        named.iter().find(|(_, name)| {
            USER_PARTS.iter().any(|part| name.contains(part))
                && !["type", "code", "model", "version", "os"].iter().any(|end| name.ends_with(end))
        })
    };
    exact.or_else(of_parts).map(|(field, _)| Field::clone(field))
}

fn code<'a, I>(call: &Call<'_>, fields: impl Fn() -> I) -> Option<Field>
where
    I: Iterator<Item = &'a Field>,
{
    if call.is_safe() {
        return None;
    }
    let fits_path = LazyCell::new(|| {
        let path = plain(call.path());
        CODE_PATHS.iter().any(|part| path.contains(part))
    });
    let is_code = |field: &&Field| {
        let digits = field.value.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !(4..=8).contains(&field.value.len()) {
            return false;
        }
        let name = field.last_name();
        CODES.contains(&name.as_str()) || (MAYBE_CODES.contains(&name.as_str()) && *fits_path)
    };
    fields().find(is_code).cloned()
}

/// Whose code it is: a user, a session of the login, who asks, or else where it is asked for.
fn user_of_code<'a, I>(call: &Call<'_>, fields: impl Fn() -> I) -> Option<Field>
where
    I: Iterator<Item = &'a Field>,
{
    let is_session = |field: &&Field| {
        let name = field.last_name();
        let words =
            ["session", "challenge", "transaction", "request", "mfatoken", "flow", "ticket"];
        field.value.len() >= 4 && words.iter().any(|word| name.contains(word))
    };
    let made = |value: String| Field {
        place: Place::Json,
        name: "".into(),
        path: "".into(),
        value: value.into(),
    };
    let named = user(&fields).or_else(|| fields().find(is_session).cloned());
    let principal = || call.principal().map(|principal| made(principal.label()));
    let place = || {
        let (client, path) = (call.client(), call.path());
        client.map(|client| made(format!("{client} {path}")))
    };
    named.or_else(principal).or_else(place)
}

/// User and password of Basic authentication. Clients of OAuth show their own so, which is nobody's.
fn basic(call: &Call<'_>) -> Option<(Field, Field)> {
    let (scheme, encoded) = call.header("authorization")?.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let is_client = call.fields().iter().any(|field| secrets::is_called(field, "granttype"))
        || ["/token", "/introspect", "/revoke"]
            .iter()
            .any(|end| call.path().trim_end_matches('/').ends_with(end));
    if is_client {
        return None;
    }
    let encoded = encoded.trim();
    let bytes = STANDARD
        .decode(encoded)
        .or_else(|_| STANDARD_NO_PAD.decode(encoded.trim_end_matches('=')))
        .ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let (user, password) = text.split_once(':')?;
    if user.is_empty() || password.is_empty() {
        return None;
    }
    let field = |value: &str| Field {
        place: Place::Form,
        name: "Authorization".into(),
        path: "Authorization".into(),
        value: value.into(),
    };
    Some((field(user), field(password)))
}

/// Letters and digits in lower case.
fn plain(text: &str) -> String {
    let letters = text.bytes().filter(u8::is_ascii_alphanumeric);
    let mut plain = String::with_capacity(text.len());
    letters.for_each(|letter| plain.push(char::from(letter.to_ascii_lowercase())));
    plain
}

fn result(call: &Call<'_>, kind: LoginKind) -> LoginResult {
    let Some(response) = call.response() else { return LoginResult::Unknown };
    let answer = call.answer_fields();
    // Who is asked for the second factor had the right password.
    let wants_second = || {
        answer.iter().any(|field| {
            let (name, text) = (field.plain_name(), plain(field.value));
            name.contains("mfa") || text.contains("mfarequired") || text.contains("otprequired")
        })
    };
    match response.status {
        401 | 403 if kind == LoginKind::Password && wants_second() => LoginResult::Accepted,
        401 | 403 | 423 | 429 => LoginResult::Refused,
        400 | 404 | 410 | 422 if kind != LoginKind::Basic => LoginResult::Refused,
        200..=299 if kind == LoginKind::Basic => LoginResult::Accepted,
        200..=299 if says_no(call) => LoginResult::Refused,
        // What is missing may say no.
        200..=299 if is_cut(call) && !answer.iter().any(secrets::is_token) => LoginResult::Unknown,
        200..=299 => LoginResult::Accepted,
        301 | 302 | 303 | 307 | 308 if kind != LoginKind::Basic => redirected(call),
        _ => LoginResult::Unknown,
    }
}

/// Whether the answer to a login says that it failed, although its status does not.
fn says_no(call: &Call<'_>) -> bool {
    let answer = call.answer_fields();
    let told = answer.iter().any(|field| {
        let value = field.value;
        let is_false = value.eq_ignore_ascii_case("false") || value == "0";
        match field.last_name().as_str() {
            "success" | "ok" | "authenticated" | "valid" | "isvalid" | "issuccess" | "loggedin" => {
                is_false
            }
            "status" | "result" | "state" => {
                let bad = ["error", "fail", "denied", "invalid", "unauthorized", "nok"];
                let text = plain(value);
                bad.iter().any(|word| text.starts_with(word)) || is_refusal(value)
            }
            "error" | "errors" | "errormessage" | "errormsg" | "errordescription" => {
                !is_false && !value.is_empty() && !value.eq_ignore_ascii_case("null")
            }
            "errorcode" | "errcode" | "errno" => !value.is_empty() && value != "0",
            "code" | "statuscode" => is_refusal(value),
            _ => {
                let path = field.path();
                path.starts_with("$.errors[") || path.starts_with("$.error.")
            }
        }
    });
    if told {
        return !answer.iter().any(secrets::is_token);
    }
    // The page with the form again.
    let Some(response) = call.response() else { return false };
    let is_page = response.headers.first("content-type").is_some_and(|kind| kind.contains("html"));
    is_page && {
        let text = String::from_utf8_lossy(&response.body.bytes).to_ascii_lowercase();
        text.contains("type=\"password\"") || text.contains("type='password'")
    }
}

/// Whether not all of the answer was read.
fn is_cut(call: &Call<'_>) -> bool {
    let coding = call.response().map(|response| response.body.coding);
    call.exchange.incomplete.is_some() || coding == Some(Coding::Left)
}

/// A status of HTTP in the body.
fn is_refusal(value: &str) -> bool {
    matches!(value, "400" | "401" | "403" | "404" | "422" | "423" | "429")
}

/// Back to the form, or on to where users go.
fn redirected(call: &Call<'_>) -> LoginResult {
    let location = call.response().and_then(|response| response.headers.first("location"));
    let Some(location) = location else { return LoginResult::Unknown };
    let is_absolute = location.contains("://");
    let path = if is_absolute {
        url_path(location)
    } else {
        location.split(['?', '#']).next().unwrap_or(location)
    };
    let query = location.split_once(['?', '#']).map(|(_, query)| query).unwrap_or_default();
    let says_error = values::pairs(query).any(|(name, value)| {
        let text = [plain(&name), plain(&value)];
        text.iter().any(|text| {
            ["error", "fail", "invalid", "denied", "badcredentials"]
                .iter()
                .any(|word| text.starts_with(word))
        })
    });
    let last = plain(path.trim_end_matches('/').rsplit('/').next().unwrap_or_default());
    let is_form = path == call.path()
        || ["login", "signin", "logon", "loginerror", "loginfailed"].contains(&last.as_str());
    let has_code = values::pairs(query).any(|(name, _)| name == "code");
    if says_error || (is_form && !has_code) { LoginResult::Refused } else { LoginResult::Accepted }
}

#[cfg(test)]
#[path = "login_tests.rs"]
mod tests;

//! Who looks at objects: the principal of a call, what he is called in tokens, and whether he may
//! see what others own.

use serde_json::Value;

use super::Call;
use crate::digest::Key;

/// Claims that say who somebody is.
const NAMES: [&str; 14] = [
    "account_id",
    "client_user_id",
    "cognito:username",
    "customer_id",
    "email",
    "oid",
    "preferred_username",
    "sub",
    "uid",
    "upn",
    "userId",
    "user_id",
    "user_name",
    "username",
];

/// Claims that say what somebody may do.
const ROLES: [&str; 10] = [
    "authorities",
    "cognito:groups",
    "groups",
    "permissions",
    "realm_access",
    "role",
    "roles",
    "scope",
    "scp",
    "user_type",
];

/// Words of roles of those who may see what others own.
const STAFF: [&str; 23] = [
    "admin",
    "administrator",
    "agent",
    "backoffice",
    "courier",
    "doctor",
    "driver",
    "helpdesk",
    "internal",
    "manager",
    "merchant",
    "moderator",
    "operator",
    "partner",
    "root",
    "seller",
    "service",
    "staff",
    "superuser",
    "support",
    "system",
    "teacher",
    "vendor",
];

/// Who looks.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    /// Tells viewers apart.
    pub(crate) key: u64,
    /// Whether the request says on whose behalf it is sent.
    pub(crate) is_known: bool,
    /// Whether it says so by a name, which stays when credentials are renewed.
    pub(crate) is_named: bool,
    /// Whether he may see what others own.
    pub(crate) is_staff: bool,
    /// Whether he did not say who he is yet, but has a token: what he is given will be another's.
    pub(crate) is_guest: bool,
    /// Stands for who issued his token: names of one issuer are different people.
    pub(crate) issuer: u64,
    /// [`name_key`] of all that he is called.
    pub(crate) names: Vec<u64>,
}

impl Viewer {
    /// The viewer of a call. Where no principal is shown, all that one client asks for counts as
    /// one's.
    pub(crate) fn of(call: &Call<'_>) -> Self {
        let mut names = Vec::new();
        let (mut is_staff, mut is_guest, mut issuer) = (false, false, 0);
        for token in call.tokens().iter().filter(|token| token.credential.is_some()) {
            let Some(claims) = &token.jwt.claims else { continue };
            let own = call.api.principal_claims.iter().map(String::as_str);
            for value in own.chain(NAMES).filter_map(|name| claims.get(name)).filter_map(text) {
                names.push(name_key(&value));
                // `auth0|17`, `user:17`.
                names.extend(value.rsplit_once(['|', ':', '/']).map(|(_, id)| name_key(id)));
            }
            is_staff |= call.api.staff.iter().any(|known| is_claim(claims, known));
            is_staff |= ROLES.iter().filter_map(|name| claims.get(*name)).any(has_staff_role);
            is_guest |= is_guest_token(claims);
            issuer = claims.get("iss").and_then(Value::as_str).map_or(0, name_key);
            // A program of its own, or somebody on behalf of somebody else (RFC 8693 section 4.1).
            is_staff |= claims.contains_key("act")
                || claims.get("gty").and_then(Value::as_str) == Some("client-credentials")
                || claims.get("sub").and_then(Value::as_str).is_some_and(is_program);
        }
        names.extend(call.request().basic_user().map(|user| name_key(&user)));
        match call.principal() {
            Some(principal) => Self {
                key: principal.digest.short(),
                is_known: true,
                is_named: !names.is_empty()
                    || call.api.credentials.iter().any(|name| *name == principal.shown),
                is_staff,
                is_guest,
                issuer,
                names,
            },
            None => {
                let (key, is_known, is_named) = (source_key(call), false, false);
                Self { key, is_known, is_named, is_staff, is_guest, issuer, names }
            }
        }
    }

    /// Whether he is called so.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        !self.names.is_empty() && self.names.contains(&name_key(name))
    }
}

/// What evidence and titles call the viewer of a call: no name, no secret.
pub(crate) fn label(call: &Call<'_>) -> String {
    match (call.principal(), call.client()) {
        (Some(principal), _) => principal.label(),
        (None, Some(client)) => format!("client {client}, which shows no credential"),
        (None, None) => String::from("a client that shows no credential"),
    }
}

/// The key of the client itself: what it was given without a credential, anybody may see.
pub(crate) fn source_key(call: &Call<'_>) -> u64 {
    Key::short_of(&("source", call.source_key()))
}

/// Stands for what somebody is called, whatever its case.
pub(crate) fn name_key(name: &str) -> u64 {
    let name = name.trim();
    let is_lower = name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    let key = if is_lower { Key::of(name) } else { Key::of(name.to_lowercase().as_str()) };
    key.short()
}

fn is_guest_token(claims: &serde_json::Map<String, Value>) -> bool {
    let is_true = |name: &str| claims.get(name).and_then(Value::as_bool) == Some(true);
    let says = |value: &Value| value.as_str().is_some_and(|text| text.contains("anonymous"));
    let provider = claims.get("firebase").and_then(|it| it.get("sign_in_provider"));
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    ["guest", "is_guest", "anonymous", "is_anonymous"].into_iter().any(is_true)
        || [claims.get("provider_id"), provider].into_iter().flatten().any(says)
        || ["guest", "anon"].iter().any(|word| subject.to_lowercase().starts_with(word))
}

fn is_program(subject: &str) -> bool {
    subject.ends_with("@clients") || subject.ends_with(".gserviceaccount.com")
}

fn text(value: &Value) -> Option<String> {
    let number = || value.as_i64().map(|number| number.to_string());
    value.as_str().map(str::to_owned).or_else(number).filter(|text| !text.is_empty())
}

/// Whether a claim has the value that the policy names: `role=support`.
fn is_claim(claims: &serde_json::Map<String, Value>, known: &str) -> bool {
    let Some((name, wanted)) = known.split_once('=') else { return false };
    match claims.get(name) {
        Some(Value::Array(values)) => values.iter().filter_map(text).any(|value| value == wanted),
        Some(Value::String(value)) => value == wanted || value.split(' ').any(|it| it == wanted),
        Some(Value::Bool(value)) => value.to_string() == wanted,
        Some(value) => text(value).as_deref() == Some(wanted),
        None => false,
    }
}

fn has_staff_role(value: &Value) -> bool {
    match value {
        Value::String(text) => text
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| STAFF.contains(&word.to_lowercase().as_str())),
        Value::Array(values) => values.iter().take(64).any(has_staff_role),
        Value::Object(members) => members.values().take(16).any(has_staff_role),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::detectors::testing_http::asked;
    use crate::policy::Policy;

    fn viewer(claims: &str, policy: &str) -> Viewer {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let token = format!("Bearer {}.{}.", part(r#"{"alg":"none"}"#), part(claims));
        let headers = [("Authorization", &*token.leak())];
        let record = asked("GET", "http://a.test/", &headers, "").record();
        let policy = Policy::parse(policy).unwrap();
        Viewer::of(&Call::of(&record, &policy).unwrap())
    }

    #[test]
    fn tokens_say_who_somebody_is() {
        let one = viewer(r#"{"sub":"auth0|17","email":"Me@a.test"}"#, "");
        assert!(one.is_known && one.is_named && !one.is_staff);
        for name in ["auth0|17", "17", "me@a.test"] {
            assert!(one.names.contains(&name_key(name)), "{name}");
        }
        let renewed = viewer(r#"{"sub":"auth0|17","iat":5}"#, "");
        assert_eq!(one.key, renewed.key);
        let record = asked("GET", "http://a.test/", &[], "").record();
        let policy = Policy::default();
        let nobody = Viewer::of(&Call::of(&record, &policy).unwrap());
        assert!(!nobody.is_known);
        assert!(label(&Call::of(&record, &policy).unwrap()).contains("10.0.0.2"));
    }

    #[test]
    fn names_are_the_same_in_any_case() {
        for (one, other) in [("me", " ME "), ("J\u{fc}rgen", "J\u{dc}RGEN"), ("17", "17")] {
            assert_eq!(name_key(one), name_key(other));
        }
        assert_ne!(name_key("me"), name_key("you"));
    }

    #[test]
    fn staff_is_told_by_the_policy_and_by_roles() {
        let policy = "[[api]]\nhosts = [\"*\"]\nstaff = [\"desk=2\"]\n";
        for (claims, policy, is_staff) in [
            (r#"{"sub":"1","desk":2}"#, policy, true),
            (r#"{"sub":"1","desk":[1,2]}"#, policy, true),
            (r#"{"sub":"1","desk":3}"#, policy, false),
            (r#"{"sub":"1","role":"Admin"}"#, "", true),
            (r#"{"sub":"1","realm_access":{"roles":["shop-support"]}}"#, "", true),
            (r#"{"sub":"x@clients"}"#, "", true),
            (r#"{"sub":"1","role":"customer","scope":"orders:read"}"#, "", false),
        ] {
            assert_eq!(viewer(claims, policy).is_staff, is_staff, "{claims}");
        }
    }
}

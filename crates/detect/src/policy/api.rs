//! What a policy says of an API: where it shows who asks, what names its objects, what is used once,
//! where its login is. What is said goes before what names and values let guess.

use std::ops::Range;

use serde::Deserialize;

use super::keys::{Key, KeyEntry};
use crate::pattern::Pattern;

/// What is known of the API of some hosts. Empty lists say nothing: guesses hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Api {
    hosts: Vec<Pattern>,
    /// Headers, cookies, query or body fields that show who asks, the most telling first.
    pub(crate) credentials: Vec<String>,
    /// Claims of a token that say for whom it is, the most telling first.
    pub(crate) principal_claims: Vec<String>,
    /// Headers, cookies or query parameters with a key of the app, the same for all its users.
    pub(crate) app_keys: Vec<String>,
    /// Fields (name or `$.path`) and path templates (`/v1/orders/{}`) whose value is an object's id.
    pub(crate) ids: Vec<String>,
    /// The same of objects that anybody may ask for.
    pub(crate) public_ids: Vec<String>,
    /// `claim=value`: tokens of staff, who may see what others own.
    pub(crate) staff: Vec<String>,
    /// Headers or fields with a value that is used once.
    pub(crate) nonces: Vec<String>,
    /// Headers or fields that say when the request was made.
    pub(crate) timestamps: Vec<String>,
    /// Headers or fields with a signature or MAC of the request.
    pub(crate) signatures: Vec<String>,
    /// Headers or fields with an idempotency key.
    pub(crate) idempotency_keys: Vec<String>,
    /// Seconds that a request may be old when it comes.
    pub(crate) window: Option<i64>,
    /// Seconds that a token may live.
    pub(crate) token_lifetime: Option<i64>,
    /// Where users log in.
    pub(crate) logins: Vec<LoginPath>,
    /// What signatures are checked with.
    pub(crate) keys: Vec<Key>,
}

/// Where users log in.
#[derive(Clone, Debug)]
pub(crate) struct LoginPath {
    /// The path.
    pub(crate) path: Pattern,
    /// Field with the user's name: its name, or its `$.path` in JSON.
    pub(crate) user: String,
    /// Field with the password.
    pub(crate) password: String,
}

/// `[[api]]` as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ApiEntry {
    hosts: Vec<String>,
    #[serde(default)]
    credentials: Vec<String>,
    #[serde(default)]
    principal_claims: Vec<String>,
    #[serde(default)]
    app_keys: Vec<String>,
    #[serde(default)]
    ids: Vec<String>,
    #[serde(default)]
    public_ids: Vec<String>,
    #[serde(default)]
    staff: Vec<toml::Spanned<String>>,
    #[serde(default)]
    nonces: Vec<String>,
    #[serde(default)]
    timestamps: Vec<String>,
    #[serde(default)]
    signatures: Vec<String>,
    #[serde(default)]
    idempotency_keys: Vec<String>,
    window: Option<toml::Spanned<String>>,
    token_lifetime: Option<toml::Spanned<String>>,
    #[serde(default)]
    login: Vec<LoginEntry>,
    #[serde(default)]
    key: Vec<KeyEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginEntry {
    path: String,
    user: String,
    password: String,
}

/// Nothing is known.
pub(crate) static UNKNOWN: Api = Api {
    hosts: Vec::new(),
    credentials: Vec::new(),
    principal_claims: Vec::new(),
    app_keys: Vec::new(),
    ids: Vec::new(),
    public_ids: Vec::new(),
    staff: Vec::new(),
    nonces: Vec::new(),
    timestamps: Vec::new(),
    signatures: Vec::new(),
    idempotency_keys: Vec::new(),
    window: None,
    token_lifetime: None,
    logins: Vec::new(),
    keys: Vec::new(),
};

impl Api {
    /// Whether it is said of this host.
    pub(super) fn is_of(&self, host: &str) -> bool {
        self.hosts.iter().any(|pattern| pattern.fits(host))
    }

    /// Takes an entry in. What is wrong comes back with its place in the file.
    pub(super) fn new(entry: ApiEntry) -> Result<Self, (Range<usize>, String)> {
        let login = |login: LoginEntry| LoginPath {
            path: Pattern::new(&login.path),
            user: login.user,
            password: login.password,
        };
        let keys = entry.key.into_iter().map(KeyEntry::keys).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            hosts: entry.hosts.iter().map(|host| Pattern::new(host)).collect(),
            credentials: entry.credentials,
            principal_claims: entry.principal_claims,
            app_keys: entry.app_keys,
            ids: entry.ids,
            public_ids: entry.public_ids,
            staff: entry.staff.into_iter().map(claim).collect::<Result<_, _>>()?,
            nonces: entry.nonces,
            timestamps: entry.timestamps,
            signatures: entry.signatures,
            idempotency_keys: entry.idempotency_keys,
            window: entry.window.as_ref().map(duration).transpose()?,
            token_lifetime: entry.token_lifetime.as_ref().map(duration).transpose()?,
            logins: entry.login.into_iter().map(login).collect(),
            keys: keys.into_iter().flatten().collect(),
        })
    }
}

fn claim(text: toml::Spanned<String>) -> Result<String, (Range<usize>, String)> {
    match text.get_ref().split_once('=') {
        Some((claim, value)) if !claim.is_empty() && !value.is_empty() => Ok(text.into_inner()),
        _ => Err((text.span(), "staff wants a claim and its value, such as role=admin".into())),
    }
}

/// `30s`, `5m`, `2h`, `7d` in seconds.
fn duration(text: &toml::Spanned<String>) -> Result<i64, (Range<usize>, String)> {
    const UNITS: [(char, i64); 4] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];
    let seconds = UNITS.into_iter().find_map(|(unit, seconds)| {
        let number = text.get_ref().strip_suffix(unit)?.parse::<u32>().ok()?;
        i64::from(number).checked_mul(seconds)
    });
    seconds.ok_or_else(|| (text.span(), "a time is a number with s, m, h or d, such as 5m".into()))
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;

    const FILE: &str = r#"
[[api]]
hosts = ["*.shop.test"]
credentials = ["x-session"]
window = "5m"
staff = ["role=admin"]

[[api.login]]
path = "/v2/login"
user = "$.mail"
password = "secret"
"#;

    #[test]
    fn the_entry_that_fits_the_host_counts() {
        let policy = Policy::parse(FILE).unwrap();
        let api = policy.api("api.shop.test");
        assert_eq!(
            (api.credentials.as_slice(), api.window),
            (&["x-session".to_owned()][..], Some(300))
        );
        assert!(api.logins[0].path.fits("/v2/login"));
        assert!(policy.api("shop.example").credentials.is_empty());
        assert!(!policy.is_empty());
    }

    #[test]
    fn errors_say_where() {
        for (file, line, message) in [
            ("[[api]]\nhosts = []\nwindow = \"5\"", 3, "a time"),
            ("[[api]]\nhosts = []\nstaff = [\"admin\"]", 3, "staff wants"),
            ("[[api]]\nhosts = []\nnoncez = []", 3, "unknown field"),
        ] {
            let error = Policy::parse(file).unwrap_err();
            assert_eq!(error.line, line, "{error}");
            assert!(error.message.contains(message), "{error}");
        }
    }
}

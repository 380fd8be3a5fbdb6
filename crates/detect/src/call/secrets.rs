//! What names and values of headers, cookies and fields say about secrets. Only what is a secret
//! by its name *and* looks like one by its value counts.

use std::ops::RangeInclusive;

use dissect::http::values::{Field, FieldRef, Place};

/// Names of fields that hold a password, as [`Field::last_name`] writes them.
const PASSWORDS: &[&str] = &[
    "clientsecret",
    "contrasena",
    "currentpassword",
    "jpassword",
    "kennwort",
    "loginpass",
    "loginpassword",
    "loginpasswd",
    "loginpwd",
    "motdepasse",
    "newpassword",
    "oldpassword",
    "pass",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "passwort",
    "pincode",
    "psw",
    "pswd",
    "pwd",
    "senha",
    "userpass",
    "userpassword",
    "userpasswd",
    "userpwd",
];

/// Names of fields that hold a token.
const TOKENS: &[&str] = &[
    "accesstoken",
    "apikey",
    "apitoken",
    "authorization",
    "authtoken",
    "authenticationtoken",
    "bearertoken",
    "idtoken",
    "jwt",
    "oauthtoken",
    "privatekey",
    "refreshtoken",
    "sessionid",
    "sessionkey",
    "sessiontoken",
    "token",
    "usertoken",
];

/// A token that is worth stealing is not shorter.
const MIN_TOKEN: usize = 16;

/// Fewest characters of a key.
const MIN_KEY: usize = 8;

/// Whether a field's name ends with this word, as [`Field::last_name`] writes it.
pub(crate) fn is_called(field: &Field, word: &str) -> bool {
    // Marks and letters that are written otherwise make a name longer, never shorter.
    field.name.len() >= word.len() && field.last_name() == word
}

/// Whether the field holds a password in the clear.
pub(crate) fn is_password(field: &Field) -> bool {
    let masked = field.value.chars().all(|c| matches!(c, '*' | '•' | 'x' | 'X' | '.'));
    !masked && field.value.len() <= 512 && PASSWORDS.contains(&field.last_name().as_str())
}

/// Whether the field names a user.
pub(crate) fn is_user(field: &Field) -> bool {
    let name = field.last_name();
    let whole = ["user", "uid", "id", "name", "account", "phone", "mobile", "benutzer", "clientid"];
    let within = ["user", "email", "login", "account", "mail"];
    !field.value.is_empty()
        && !is_password(field)
        && (whole.contains(&name.as_str()) || within.iter().any(|word| name.contains(word)))
}

/// Whether the field holds a token or key.
pub(crate) fn is_token(field: FieldRef<'_>) -> bool {
    // Most values are shorter, which costs least to see.
    if field.value.len() < MIN_TOKEN {
        return false;
    }
    let name = field.plain_name();
    let last = field.last_name();
    let named = TOKENS.contains(&name.as_str()) || TOKENS.contains(&last.as_str());
    named && is_opaque(field.value, MIN_TOKEN)
}

/// Whether the header holds a key or token.
pub(crate) fn is_key_header(name: &str, value: &str) -> bool {
    dissect::http::is_key_header(name) && is_opaque(value, MIN_KEY)
}

/// Whether the cookie is what a login is remembered by.
pub(crate) fn is_session_cookie(name: &str, value: &str) -> bool {
    dissect::http::is_session_cookie(name) && is_opaque(value, MIN_TOKEN)
}

/// The scheme of an Authorization header that is a token whoever has it may use (RFC 6750); `None`
/// for those that prove something else: Basic has a rule of its own, Digest and signatures do not
/// tell the secret.
pub(crate) fn bearer_scheme(value: &str) -> Option<&str> {
    let (scheme, rest) = value.trim().split_once(' ').unwrap_or(("", value.trim()));
    let bearers = ["", "bearer", "token", "jwt", "apikey", "api-key", "googlelogin", "key"];
    let known = bearers.contains(&scheme.to_ascii_lowercase().as_str());
    (known && is_opaque(rest.trim(), MIN_KEY)).then_some(scheme)
}

/// Kinds of personal data that fields of an API hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Personal {
    Card,
    Device,
    Mail,
    Papers,
    Position,
    Telephone,
}

impl Personal {
    /// What a field holds whose [`Field::last_name`] this is, if its value fits.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "mail" => Self::Mail,
            _ if name.contains("email") => Self::Mail,
            "phone" | "phonenumber" | "mobile" | "mobilenumber" | "msisdn" | "tel" => {
                Self::Telephone
            }
            "cardnumber" | "pan" | "creditcard" | "ccnumber" | "cardno" => Self::Card,
            "imei" | "imsi" => Self::Device,
            "iban" | "ssn" | "passportnumber" | "dateofbirth" | "birthdate" => Self::Papers,
            "lat" | "latitude" | "lon" | "lng" | "longitude" => Self::Position,
            _ => return None,
        })
    }

    /// Whether the value of such a field is what its name says.
    pub(super) fn fits(self, field: FieldRef<'_>) -> bool {
        let value = field.value.trim();
        let digits = || value.bytes().filter(u8::is_ascii_digit).count();
        let is_number = |count: RangeInclusive<usize>| {
            value.bytes().all(|byte| byte.is_ascii_digit() || b"+-() .".contains(&byte))
                && count.contains(&digits())
        };
        match self {
            Self::Card => is_number(13..=19) && luhn(value),
            Self::Device => is_number(14..=16),
            Self::Mail => is_mail_address(value),
            Self::Papers => digits() >= 6,
            Self::Position => {
                // Three decimals are a hundred metres.
                let decimals = value.split_once('.').map_or(0, |(_, decimals)| decimals.len());
                let in_range = value.parse::<f64>().is_ok_and(|degrees| degrees.abs() <= 180.0);
                decimals >= 3 && in_range && field.place != Place::Query
            }
            Self::Telephone => is_number(7..=15),
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Card => "card number",
            Self::Device => "number of the device or SIM",
            Self::Mail => "e-mail address",
            Self::Papers => "data of a person's papers",
            Self::Position => "position",
            Self::Telephone => "telephone number",
        }
    }
}

/// What kind of personal data a field of an API holds, if it does.
pub(crate) fn personal(field: FieldRef<'_>) -> Option<&'static str> {
    let named = Personal::named(&field.last_name())?;
    named.fits(field).then(|| named.words())
}

fn is_mail_address(value: &str) -> bool {
    value.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && host.contains('.') && !host.contains('@') && !value.contains(' ')
    })
}

/// ISO/IEC 7812-1 annex B.
fn luhn(value: &str) -> bool {
    let digits = value.chars().rev().filter_map(|c| c.to_digit(10));
    let sum = digits.enumerate().fold(0_u32, |sum, (at, digit)| {
        let doubled = if at % 2 == 1 { digit.saturating_mul(2) } else { digit };
        sum.saturating_add(if doubled > 9 { doubled.saturating_sub(9) } else { doubled })
    });
    sum % 10 == 0 && sum > 0
}

/// One word of some length, that is not a placeholder.
fn is_opaque(value: &str, min: usize) -> bool {
    let first = value.chars().next();
    let varied = value.chars().any(|c| Some(c) != first);
    let deleted = ["deleted", "undefined", "anonymous"].contains(&value);
    value.len() >= min && varied && !deleted && !value.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, value: &str) -> Field {
        Field { place: Place::Json, name: name.into(), path: "".into(), value: value.into() }
    }

    #[test]
    fn words_are_compared_as_last_names_are_written() {
        for name in ["client_secret", "a.Client-Secret", "x[clientSecret]", "client", "", "\u{c4}b"]
        {
            let field = field(name, "");
            for word in ["clientsecret", "client", "", "\u{e4}b"] {
                assert_eq!(is_called(&field, word), field.last_name() == word, "{name} {word}");
            }
        }
    }

    #[test]
    fn passwords_and_users() {
        for name in ["password", "user[passwd]", "j_password", "ctl00$Pwd", "client-secret"] {
            assert!(is_password(&field(name, "hunter2")), "{name}");
        }
        for (name, value) in [("password", ""), ("password", "****"), ("passenger", "hunter2")] {
            assert!(!is_password(&field(name, value)), "{name}");
        }
        assert!(is_user(&field("user", "me")) && is_user(&field("loginEmail", "me@a.test")));
        assert!(!is_user(&field("page", "1")) && !is_user(&field("user", "")));
    }

    #[test]
    fn tokens_look_like_tokens() {
        assert!(is_token(field("access_token", "eyJhbGciOiJSUzI1NiJ9").borrowed()));
        assert!(!is_token(field("token", "1").borrowed()), "a page number");
        assert!(!is_token(field("next", "eyJhbGciOiJSUzI1NiJ9").borrowed()));
        assert!(is_session_cookie("PHPSESSID", "0123456789abcdef0123"));
        assert!(!is_session_cookie("csrftoken", "0123456789abcdef0123"));
        assert!(!is_session_cookie("_ga", "0123456789abcdef0123"));
        assert_eq!(bearer_scheme("Bearer eyJhbGciOi"), Some("Bearer"));
        assert_eq!(bearer_scheme("Digest username=a, realm=b"), None);
        assert_eq!(bearer_scheme("Basic dTpwYXNzd29yZA=="), None);
        assert!(is_key_header("X-API-Key", "0123456789") && !is_key_header("X-Api-Key", "1"));
    }

    #[test]
    fn personal_data_is_told_by_its_value() {
        for (name, value, expected) in [
            ("email", "me@shop.test", true),
            ("email", "yes", false),
            ("phone", "+49 170 1234567", true),
            ("phone", "iPhone 15", false),
            ("card_number", "4111 1111 1111 1111", true),
            ("card_number", "4111 1111 1111 1112", false),
            ("lat", "48.13743", true),
            ("lat", "48.1", false),
        ] {
            assert_eq!(
                personal(field(name, value).borrowed()).is_some(),
                expected,
                "{name} {value}"
            );
        }
    }
}

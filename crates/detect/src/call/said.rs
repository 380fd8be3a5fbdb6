//! What an answer says of itself in its fields, whatever its status: that it failed, as GraphQL, JSON-RPC
//! and others say with 200; and whether it may give a token out.

use dissect::http::values::Fields;

/// What an answer says of itself.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Said {
    /// It reports an error at its top.
    pub(crate) error: bool,
    /// It says that there is nothing: errors without data in GraphQL, or the like.
    pub(crate) no: bool,
    /// One of its values begins as JSON Web Tokens do: with `{"`, in Base64.
    pub(crate) token: bool,
}

impl Said {
    /// What these fields say.
    pub(super) fn of(fields: &Fields) -> Self {
        let mut said = Self::default();
        let (mut errors, mut data, mut failed) = (false, false, false);
        for field in fields.iter() {
            said.token |= field.value.starts_with("ey");
            let (is_document, top) = match field.path.strip_prefix("$.") {
                Some(top) => (true, top),
                None => (false, field.path),
            };
            // Nearly all are called otherwise, as their first letter says.
            match top.as_bytes().first() {
                Some(b'e' | b'E') => {
                    let says_nothing = matches!(field.value, "" | "null" | "false" | "0");
                    said.error |= !says_nothing && is_error(top);
                    errors |= is_document && top.starts_with("errors");
                }
                Some(b'd') => data |= is_document && top.starts_with("data."),
                Some(b's' | b'o') => {
                    failed |=
                        is_document && matches!(top, "success" | "ok") && field.value == "false";
                }
                _ => {}
            }
        }
        said.no = (errors && !data) || failed;
        said
    }
}

/// Whether the first word of a path says that something went wrong.
fn is_error(path: &str) -> bool {
    let first = path.split(['.', '[']).next().unwrap_or_default();
    ["error", "errors"].iter().any(|word| word.eq_ignore_ascii_case(first))
}

#[cfg(test)]
mod tests {
    use dissect::http::{Body, Header, Headers};

    use super::*;

    fn said(kind: &str, text: &str) -> Said {
        let header = Header { name: "Content-Type".into(), value: kind.into() };
        let body = Body { bytes: text.into(), ..Body::default() };
        Said::of(&Fields::of_body(&Headers(vec![header]), &body))
    }

    #[test]
    fn answers_say_that_they_failed() {
        for (text, error, no) in [
            (r#"{"data": {"a": 1}}"#, false, false),
            (r#"{"errors": [{"message": "x"}]}"#, true, true),
            (r#"{"errors": [{"message": "x"}], "data": {"a": 1}}"#, true, false),
            (r#"{"Error": {"code": 5}}"#, true, false),
            (r#"{"error": false, "errand": 1}"#, false, false),
            (r#"{"items": [{"error": "x"}]}"#, false, false),
            (r#"[{"error": "x"}]"#, false, false),
            (r#"{"success": false}"#, false, true),
            (r#"{"ok": false}"#, false, true),
            (r#"{"ok": true, "successes": false}"#, false, false),
        ] {
            let told = said("application/json", text);
            assert_eq!((told.error, told.no, told.token), (error, no, false), "{text}");
        }
        let form = said("application/x-www-form-urlencoded", "error=denied&success=false");
        assert_eq!((form.error, form.no), (true, false));
        assert!(said("application/json", r#"{"jwt": "eyJ"}"#).token);
    }
}

//! What an answer says of itself in its fields, whatever its status: that it failed, as GraphQL, JSON-RPC
//! and others say with 200; and whether it may give a token out.

use dissect::http::values::{FieldRef, Fields};

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
        let mut told = Told::default();
        fields.iter().for_each(|field| told.add(&field));
        told.said()
    }
}

/// What the fields told so far.
#[derive(Default)]
pub(super) struct Told {
    said: Said,
    /// `$.errors`, whatever is in it.
    errors: bool,
    /// `$.data` with members.
    data: bool,
    /// `$.success` or `$.ok` is false.
    failed: bool,
}

impl Told {
    /// Takes in one more field.
    #[inline]
    pub(super) fn add(&mut self, field: &FieldRef<'_>) {
        self.said.token |= matches!(field.value.as_bytes(), [b'e', b'y', ..]);
        // Nearly all are called otherwise, as their first letter says.
        if matches!(field.top().as_bytes(), [b'e' | b'E' | b'd' | b'o' | b's', ..]) {
            self.add_named(field);
        }
    }

    #[cold]
    fn add_named(&mut self, field: &FieldRef<'_>) {
        let says_nothing = matches!(field.value, "" | "null" | "false" | "0");
        let path = field.path();
        let in_document = path.strip_prefix("$.");
        self.said.error |= !says_nothing && is_error(in_document.unwrap_or(&path));
        if let Some(top) = in_document {
            self.errors |= top.starts_with("errors");
            self.data |= top.starts_with("data.");
            self.failed |= matches!(top, "success" | "ok") && field.value == "false";
        }
    }

    /// What they said together.
    pub(super) const fn said(self) -> Said {
        Said { no: (self.errors && !self.data) || self.failed, ..self.said }
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

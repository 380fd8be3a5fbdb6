//! The objects that GraphQL asks for: among the variables, and as literals in the document.

use dissect::Request;
use dissect::http::Coding;
use dissect::http::values::graphql::operations;
use dissect::http::values::{document, media_type, pairs, string_length};
use memchr::memmem;
use serde_json::Value;

use super::ids::{kind_of_containers, kind_of_name, plain, singular, without_places};
use super::kinds;

/// Most ids that are read.
const MAX_IDS: usize = 64;
/// Most bytes of a document that are read.
const MAX_DOCUMENT: usize = 64 * 1024;

/// Slot, kind and value of the ids of a request, if it is GraphQL.
pub(super) fn ids(request: &Request) -> Vec<(String, String, String)> {
    if !may_be(request) {
        return Vec::new();
    }
    let operations = operations(request);
    if operations.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for operation in &operations {
        let field = operation.fields.first().map(String::as_str).unwrap_or_default();
        let name = operation.name.as_deref().unwrap_or(field);
        for variable in &operation.variables {
            let Some(kind) = kind_of_name(&variable.name) else { continue };
            let kind = if kind.is_empty() { kind_of_containers(&variable.path) } else { kind };
            let kind = if kind.is_empty() { kind_of_field(field) } else { kind };
            let kind = if kind.is_empty() { kind_of_field(name) } else { kind };
            let slot = format!("{name} {}", without_places(&variable.path));
            found.push((slot, kind, variable.value.clone()));
        }
    }
    for text in documents(request) {
        found.extend(literals(&text));
    }
    found.truncate(MAX_IDS);
    found
}

/// Whether a request may be GraphQL. Most are not, which is seen without reading their documents: none
/// of their keys is `query` or `persistedQuery`, nor written with an escape that could stand for them.
fn may_be(request: &Request) -> bool {
    let body = &request.body;
    if body.bytes.is_empty() || body.coding == Coding::Left {
        return request.query().is_some_and(|query| query.contains("uery") || query.contains('%'));
    }
    ["uery", "\\u"].iter().any(|part| memmem::find(&body.bytes, part.as_bytes()).is_some())
        || media_type(&request.headers).as_deref() == Some("application/graphql")
}

/// The kind that a field of the schema gives: `order` of `order`, `orders`, `getOrder`, `orderById`.
fn kind_of_field(field: &str) -> String {
    let plain = plain(field);
    let rest = ["get", "fetch", "find", "load", "query"]
        .into_iter()
        .find_map(|verb| plain.strip_prefix(verb))
        .unwrap_or(&plain);
    let rest = rest.strip_suffix("byid").unwrap_or(rest);
    if kinds::is_empty(rest) { String::new() } else { singular(rest) }
}

/// The documents of a request as text.
fn documents(request: &Request) -> Vec<String> {
    let body = &request.body.bytes;
    if body.len() > MAX_DOCUMENT {
        return Vec::new();
    }
    if media_type(&request.headers).as_deref() == Some("application/graphql") {
        return vec![String::from_utf8_lossy(body).into_owned()];
    }
    let text = |value: &Value| value.get("query")?.as_str().map(str::to_owned);
    match document(body) {
        Some(Value::Array(batch)) => batch.iter().filter_map(text).collect(),
        Some(single) => text(&single).into_iter().collect(),
        None => {
            let query = request.query().into_iter().flat_map(pairs);
            query.filter(|(name, _)| name == "query").map(|(_, value)| value).collect()
        }
    }
}

/// Arguments with a literal: `order(id: 7)`.
fn literals(text: &str) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    let (mut field, mut open, mut name) = ("", 0_usize, "");
    // What stands before a parenthesis or colon.
    let mut before = "";
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = first.is_ascii_alphanumeric() || first == '_';
        let length = match first {
            '"' => string_length(rest),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            _ if is_word => {
                let ends = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
                rest.find(ends).unwrap_or(rest.len())
            }
            _ => first.len_utf8(),
        };
        let Some((token, after)) = rest.split_at_checked(length) else { break };
        rest = after;
        match first {
            '(' => {
                if open == 0 {
                    field = before;
                }
                open = open.saturating_add(1);
            }
            ')' => open = open.saturating_sub(1),
            ':' => name = before,
            '"' | '0'..='9' if open > 0 && !name.is_empty() => {
                let value = token.trim_matches('"');
                if let Some(kind) = kind_of_name(name)
                    && found.len() < MAX_IDS
                    && !value.is_empty()
                {
                    let kind = if kind.is_empty() { kind_of_field(field) } else { kind };
                    found.push((format!("{field}({name})"), kind, value.to_owned()));
                }
            }
            _ => {}
        }
        if is_word {
            before = token;
            // A variable or a word, not a literal: the name is used up.
            if !first.is_ascii_digit() && !rest.trim_start().starts_with(':') {
                name = "";
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissect::http::Body;
    use dissect::{Header, Headers};

    fn told(kind: &str, body: &str) -> Vec<String> {
        let header = Header { name: "Content-Type".into(), value: kind.into() };
        let request = Request {
            method: "POST".into(),
            target: "/graphql".into(),
            headers: Headers(vec![header]),
            body: Body { bytes: body.into(), length: body.len() as u64, ..Body::default() },
            ..Request::default()
        };
        ids(&request).into_iter().map(|(slot, kind, id)| format!("{slot} {kind} {id}")).collect()
    }

    #[test]
    fn variables_and_literals_name_objects() {
        let json = "application/json";
        for (body, expected) in [
            (
                r#"{"query":"query Q($id: ID!){order(id:$id){total}}","operationName":"Q",
                "variables":{"id":7}}"#,
                &["Q $.id order 7"][..],
            ),
            (
                r#"{"query":"{a: order(id: 1){total} b: order(id: \"2\"){total}}"}"#,
                &["order(id) order 1", "order(id) order 2"],
            ),
            (
                r#"{"query":"mutation M($i: In!){pay(input:$i, userId: 3){ok}}",
                "variables":{"i":{"orderId":"x9","amount":4}}}"#,
                &["M $.i.orderId order x9", "pay(userId) user 3"],
            ),
            (
                r#"{"qu\u0065ry":"query Q($id: ID!){order(id:$id){total}}","variables":{"id":7}}"#,
                &["Q $.id order 7"],
            ),
            (
                r#"{"extensions":{"persistedQuery":null},"variables":{"orderId":7}}"#,
                &[" $.orderId order 7"],
            ),
            (r#"{"query":"{orders(first: 10, after: \"abc\"){id}}"}"#, &[]),
            (r#"{"query":"{user(login: $id, size: 3){id}}","variables":{"size":3}}"#, &[]),
        ] {
            assert_eq!(told(json, body), expected, "{body}");
        }
        assert_eq!(
            told("application/graphql", "{invoiceById(id:9){a}}"),
            ["invoiceById(id) invoice 9"]
        );
    }

    #[test]
    fn other_documents_do_not() {
        assert!(told("application/json", r#"{"query":"shoes","id":7}"#).is_empty());
    }
}

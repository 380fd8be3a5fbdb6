//! GraphQL over HTTP: what is asked of an endpoint that has one path for everything (GraphQL,
//! October 2021, section 2; GraphQL over HTTP, section 5).

use serde_json::Value;

use super::{Field, document, flattened, media_type, pairs, string_length};
use crate::http::{Coding, Request};
use crate::limits::{GRAPHQL_FIELDS, GRAPHQL_OPERATIONS};

/// One operation.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Operation {
    /// `None` where the request names a query that the server knows already.
    pub kind: Option<OperationKind>,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Names of the fields that it asks for at the top, without aliases, in order; `...Name` of a
    /// fragment.
    pub fields: Vec<String>,
    /// The variables, flattened: `$.input.password`.
    pub variables: Vec<Field>,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum OperationKind {
    /// It changes something.
    Mutation,
    /// It reads.
    Query,
    /// It asks for events.
    Subscription,
}

impl OperationKind {
    /// The word used in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mutation => "mutation",
            Self::Query => "query",
            Self::Subscription => "subscription",
        }
    }

    fn named(word: &str) -> Option<Self> {
        [Self::Mutation, Self::Query, Self::Subscription].into_iter().find(|k| k.word() == word)
    }
}

/// The operations that a request asks for: none if it is no GraphQL, several if it is a batch.
pub fn operations(request: &Request) -> Vec<Operation> {
    let body = &request.body;
    if !body.bytes.is_empty() && body.coding != Coding::Left {
        if media_type(&request.headers).as_deref() == Some("application/graphql") {
            let text = String::from_utf8_lossy(&body.bytes);
            return chosen(&text, None).into_iter().collect();
        }
        return match document(&body.bytes) {
            Some(Value::Array(batch)) => {
                batch.iter().take(GRAPHQL_OPERATIONS).filter_map(of_document).collect()
            }
            Some(single) => of_document(&single).into_iter().collect(),
            None => Vec::new(),
        };
    }
    let (mut query, mut name, mut variables) = (None, None, None);
    for (key, value) in request.query().into_iter().flat_map(pairs) {
        match key.as_str() {
            "query" => query = Some(value),
            "operationName" => name = Some(value),
            "variables" => variables = document(value.as_bytes()),
            _ => {}
        }
    }
    let found = query.and_then(|query| chosen(&query, name.as_deref()));
    let variables = variables.as_ref().map(flattened).unwrap_or_default();
    found.map(|found| Operation { variables, ..found }).into_iter().collect()
}

/// `{"query": …, "operationName": …, "variables": …}`, or a query that the server knows by a hash.
fn of_document(document: &Value) -> Option<Operation> {
    let name = document.get("operationName").and_then(Value::as_str);
    let found = match document.get("query").and_then(Value::as_str) {
        Some(query) => chosen(query, name)?,
        None => {
            document.get("extensions")?.get("persistedQuery")?;
            Operation { name: name.map(str::to_owned), ..Operation::default() }
        }
    };
    let variables = document.get("variables").map(flattened).unwrap_or_default();
    Some(Operation { variables, ..found })
}

/// The operation of this name, or the only one.
fn chosen(text: &str, name: Option<&str>) -> Option<Operation> {
    let mut all = definitions(text)?;
    let at = name.and_then(|name| all.iter().position(|one| one.name.as_deref() == Some(name)));
    let at = at.unwrap_or_default();
    (at < all.len()).then(|| all.swap_remove(at))
}

/// The operations of a document; `None` if it is none.
fn definitions(text: &str) -> Option<Vec<Operation>> {
    let mut tokens = Tokens { rest: text };
    let mut found = Vec::new();
    while let Some(token) = tokens.next() {
        if found.len() >= GRAPHQL_OPERATIONS {
            break;
        }
        let mut operation = Operation { kind: Some(OperationKind::Query), ..Operation::default() };
        let fragment = token == "fragment";
        if token != "{" {
            operation.kind = OperationKind::named(token);
            (fragment || operation.kind.is_some()).then_some(())?;
            // The name, variables and directives.
            let mut nested = 0_usize;
            loop {
                match tokens.next()? {
                    "(" | "[" => nested = nested.saturating_add(1),
                    ")" | "]" => nested = nested.checked_sub(1)?,
                    "{" if nested == 0 => break,
                    "{" | "}" if nested == 0 => return None,
                    word if nested == 0 && operation.name.is_none() && is_name(word) => {
                        operation.name = Some(word.to_owned());
                    }
                    "@" if nested == 0 => operation.name = operation.name.or(Some(String::new())),
                    _ => {}
                }
            }
            operation.name = operation.name.filter(|name| !name.is_empty());
        }
        operation.fields = top_fields(&mut tokens);
        if !fragment {
            found.push(operation);
        }
    }
    Some(found).filter(|found| !found.is_empty())
}

/// Names at the top of a selection set whose brace is open; reads until it is closed.
fn top_fields(tokens: &mut Tokens<'_>) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    let (mut braces, mut nested) = (1_usize, 0_usize);
    let mut before = "";
    for token in tokens.by_ref() {
        match token {
            "{" if nested == 0 => braces = braces.saturating_add(1),
            "}" if nested == 0 => braces = braces.saturating_sub(1),
            "(" | "[" | "{" => nested = nested.saturating_add(1),
            ")" | "]" | "}" => nested = nested.saturating_sub(1),
            word if braces == 1 && nested == 0 && is_name(word) => match before {
                // What stood before the colon was an alias.
                ":" => {
                    if let Some(last) = fields.last_mut() {
                        word.clone_into(last);
                    }
                }
                "@" => {}
                "..." if word == "on" => {}
                "on" => {}
                "..." if fields.len() < GRAPHQL_FIELDS => fields.push(format!("...{word}")),
                _ if fields.len() < GRAPHQL_FIELDS => fields.push(word.to_owned()),
                _ => {}
            },
            _ => {}
        }
        if braces == 0 {
            break;
        }
        before = if token == "on" && before != "..." { "" } else { token };
    }
    fields
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// Words and signs, without white space, commas, comments; a string is one token.
struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            self.rest = self
                .rest
                .trim_start_matches(|c: char| c.is_whitespace() || c == ',' || c == '\u{feff}');
            match self.rest.strip_prefix('#') {
                Some(comment) => {
                    self.rest = comment.split_once(['\n', '\r']).map_or("", |(_, rest)| rest);
                }
                None => break,
            }
        }
        let first = self.rest.chars().next()?;
        let length = if self.rest.starts_with("...") {
            3
        } else if first.is_ascii_alphanumeric() || first == '_' {
            let part = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.');
            self.rest.find(part).unwrap_or(self.rest.len())
        } else if let Some(block) = self.rest.strip_prefix("\"\"\"") {
            block.find("\"\"\"").map_or(self.rest.len(), |end| end.saturating_add(6))
        } else if first == '"' {
            string_length(self.rest)
        } else {
            first.len_utf8()
        };
        let (token, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Body, Header, Headers};

    /// `kind name: fields | variables` of each operation.
    fn told(request: &Request) -> Vec<String> {
        let told = operations(request).into_iter().map(|operation| {
            let variables: Vec<String> = operation
                .variables
                .iter()
                .map(|field| format!("{}={}", field.path, field.value))
                .collect();
            format!(
                "{} {}: {} | {}",
                operation.kind.map_or("?", OperationKind::word),
                operation.name.as_deref().unwrap_or("-"),
                operation.fields.join(" "),
                variables.join(" ")
            )
        });
        told.collect()
    }

    fn post(kind: &str, body: &str) -> Vec<String> {
        let header = Header { name: "Content-Type".into(), value: kind.into() };
        told(&Request {
            method: "POST".into(),
            headers: Headers(vec![header]),
            body: Body { bytes: body.into(), ..Body::default() },
            ..Request::default()
        })
    }

    #[test]
    fn documents_of_every_kind() {
        for (text, expected) in [
            ("{ user(id: 4) { name } }", "query -: user | "),
            ("query { a, b }", "query -: a b | "),
            (
                "query Q($id: ID! = \"}\", $l: [Int]) @d(x: {y: 1}) { me: user(id: $id, o: {k: [1]}) \
                 @include(if: true) { id } ...F ... on T { x } two: three }",
                "query Q: user ...F three | ",
            ),
            ("# comment {\nmutation M{login(a:\"\\\"{\"){t}}", "mutation M: login | "),
            ("subscription @live { s(text: \"\"\"}\"\"\") }", "subscription -: s | "),
            ("fragment F on T { x } query Q { a }", "query Q: a | "),
            ("query A { on } query B { b }", "query A: on | "),
        ] {
            assert_eq!(post("application/graphql", text), [expected], "{text}");
        }
        for text in
            ["", "hello", "SELECT 1", "query", "query Q", "{", "fragment F on T { x }", "[1]"]
        {
            let found = post("application/graphql", text);
            assert!(found.is_empty() || text == "{", "{text} {found:?}");
        }
    }

    #[test]
    fn requests_of_every_kind() {
        let json = |body: &str| post("application/json", body);
        assert_eq!(
            json(
                r#"{"operationName": "B", "query": "query A { a } mutation B { b }",
                "variables": {"input": {"password": "x"}, "n": [1]}}"#
            ),
            ["mutation B: b | $.input.password=x $.n[0]=1"]
        );
        assert_eq!(
            json(r#"[{"query": "{ a }"}, {"query": "{ b }"}, {"x": 1}]"#),
            ["query -: a | ", "query -: b | "]
        );
        let known =
            r#"{"operationName": "Feed", "extensions": {"persistedQuery": {"version": 1}}}"#;
        assert_eq!(json(known), ["? Feed:  | "]);
        assert!(json(r#"{"query": "cheap shoes"}"#).is_empty());
        let target = "/graphql?query=query+Q%7Bme%7Bid%7D%7D&variables=%7B%22a%22%3A1%7D".into();
        assert_eq!(told(&Request { target, ..Request::default() }), ["query Q: me | $.a=1"]);
        let target = "/search?query=shoes".into();
        assert!(told(&Request { target, ..Request::default() }).is_empty());
    }

    #[test]
    fn what_is_read_is_bounded() {
        let many = format!("{{ {} }}", "a ".repeat(10_000));
        let header = Header { name: "content-type".into(), value: "application/graphql".into() };
        let request = Request {
            headers: Headers(vec![header]),
            body: Body { bytes: many.into(), ..Body::default() },
            ..Request::default()
        };
        assert_eq!(operations(&request)[0].fields.len(), GRAPHQL_FIELDS);
        let deep = post("application/graphql", &"{a".repeat(20_000));
        assert_eq!(deep, ["query -: a | "]);
    }
}

//! Requests: method, path, query, headers, content.

use std::collections::BTreeMap;

use dissect::Request;
use dissect::http::values::{self, Place};

use super::body::{self, Content};
use super::headers::{self, Meaning};
use super::quoted::change;
use super::{Difference, Part, keys};
use crate::call::quote::shortened;
use crate::policy::Api;
use crate::rule::Severity;

/// Fields that describe the client, and that proxies for data saving or privacy rewrite.
const OF_THE_CLIENT: [&str; 7] =
    ["accept", "accept-language", "dnt", "origin", "referer", "save-data", "user-agent"];

/// The differences of two requests.
pub(in super::super) fn differences(
    before: &Request,
    after: &Request,
    api: &Api,
) -> Vec<Difference> {
    let mut found = Vec::new();
    if before.method != after.method && !before.method.is_empty() && !after.method.is_empty() {
        let change = format!("{} → {}", shortened(&before.method), shortened(&after.method));
        found.push(whole(Part::Method, change));
    }
    let is_known = !before.target.is_empty() && !after.target.is_empty();
    if is_known && !same_path(before.path(), after.path()) {
        let change = format!("{} → {}", shortened(before.path()), shortened(after.path()));
        found.push(whole(Part::Path, change));
    }
    if is_known {
        found.extend(of_queries(before, after));
    }
    found.extend(of_headers(before, after, api));
    let content = |request| -> Content<'_> {
        let request: &Request = request;
        Content { headers: &request.headers, body: &request.body }
    };
    found.extend(body::differences(Part::Body, content(before), content(after)));
    found
}

/// The same path, however it is escaped.
fn same_path(one: &str, other: &str) -> bool {
    // A path is read like the name of a pair without a value.
    let plain = |path: &str| {
        values::pairs(&path.replace('+', "%2B"))
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
    };
    one == other || plain(one) == plain(other)
}

fn of_queries(before: &Request, after: &Request) -> Vec<Difference> {
    let by_name = |request: &Request| {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in request.query().into_iter().flat_map(values::pairs) {
            all.entry(name).or_default().push(value);
        }
        all
    };
    let (before, after) = (by_name(before), by_name(after));
    let names = keys(&before, &after);
    let differs = |name: &&String| before.get(*name) != after.get(*name);
    let joined = |all: &BTreeMap<String, Vec<String>>, name: &String| {
        all.get(name).map(|values| values.join(","))
    };
    names
        .into_iter()
        .filter(differs)
        .map(|name| Difference {
            part: Part::Query,
            name: shortened(name),
            change: change(
                Place::Query,
                name,
                joined(&before, name).as_deref(),
                joined(&after, name).as_deref(),
            ),
            gravity: Severity::Critical,
        })
        .collect()
}

fn of_headers(before: &Request, after: &Request, api: &Api) -> Vec<Difference> {
    let (old, new) = (headers::by_name(&before.headers), headers::by_name(&after.headers));
    let names = keys(&old, &new);
    let mut found = Vec::new();
    for name in names {
        let meaning = headers::meaning(name, api);
        if meaning == Meaning::Cookies {
            let cookies = (headers::cookies(&before.headers), headers::cookies(&after.headers));
            found.extend(of_cookies(&cookies.0, &cookies.1));
            continue;
        }
        let values = (old.get(name), new.get(name));
        let same = |(one, other): (&String, &String)| headers::same_value(name, one, other);
        if meaning == Meaning::Way || values.0.zip(values.1).is_some_and(same) {
            continue;
        }
        let is_of_client = OF_THE_CLIENT.contains(&name.as_str());
        let gravity = match (meaning, values) {
            (Meaning::Credential, _) => Severity::Critical,
            (Meaning::ContentType, _) => Severity::High,
            // Whoever stands in between may add; what he takes away or rewrites was the app's.
            (_, (Some(_), _)) if !is_of_client => Severity::Medium,
            _ => Severity::Low,
        };
        let quoted = match meaning {
            Meaning::Credential => change(
                Place::Form,
                "secret",
                values.0.map(String::as_str),
                values.1.map(String::as_str),
            ),
            _ => change(
                Place::Form,
                name,
                values.0.map(String::as_str),
                values.1.map(String::as_str),
            ),
        };
        let (part, name) = (Part::Header, shortened(name));
        found.push(Difference { part, name, change: quoted, gravity });
    }
    found
}

fn of_cookies(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<Difference> {
    let names = keys(before, after);
    let differs =
        |name: &&String| before.get(*name) != after.get(*name) && !headers::is_way_cookie(name);
    names
        .into_iter()
        .filter(differs)
        .map(|name| {
            let values =
                (before.get(name).map(String::as_str), after.get(name).map(String::as_str));
            Difference {
                part: Part::Header,
                name: format!("cookie {}", shortened(name)),
                change: change(Place::Form, "cookie", values.0, values.1),
                gravity: Severity::High,
            }
        })
        .collect()
}

const fn whole(part: Part, change: String) -> Difference {
    Difference { part, name: String::new(), change, gravity: Severity::Critical }
}

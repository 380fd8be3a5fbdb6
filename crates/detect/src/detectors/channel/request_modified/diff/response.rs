//! Responses: status, headers, content.

use dissect::Response;
use dissect::http::values::Place;

use super::body::{self, Content};
use super::headers::{self, Meaning};
use super::quoted::change;
use super::{Difference, Part, keys};
use crate::call::quote::{shortened, without_secrets};
use crate::policy::Api;
use crate::rule::Severity;

/// Not Modified, Partial Content: what a cache in between makes of a 200, and the other way round.
const OF_CACHES: [u16; 2] = [206, 304];

/// The differences of two responses, `before` being what the server sent.
pub(in super::super) fn differences(
    before: &Response,
    after: &Response,
    api: &Api,
) -> Vec<Difference> {
    let of_cache = |response: &Response| OF_CACHES.contains(&response.status);
    if before.status != after.status && (of_cache(before) || of_cache(after)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if before.status != after.status {
        let change = format!("{} → {}", before.status, after.status);
        found.push(Difference {
            part: Part::Status,
            name: String::new(),
            change,
            gravity: Severity::Critical,
        });
    }
    found.extend(of_headers(before, after, api));
    let content = |response| -> Content<'_> {
        let response: &Response = response;
        Content { headers: &response.headers, body: &response.body }
    };
    found.extend(body::differences(Part::ResponseBody, content(before), content(after)));
    found
}

fn of_headers(before: &Response, after: &Response, api: &Api) -> Vec<Difference> {
    let (old, new) = (headers::by_name(&before.headers), headers::by_name(&after.headers));
    let names = keys(&old, &new);
    let mut found = Vec::new();
    for name in names {
        let meaning = headers::meaning(name, api);
        if meaning == Meaning::Cookies {
            found.extend(of_cookies(before, after));
            continue;
        }
        let values = (old.get(name), new.get(name));
        let same = |(one, other): (&String, &String)| headers::same_value(name, one, other);
        if meaning == Meaning::Way || values.0.zip(values.1).is_some_and(same) {
            continue;
        }
        let gravity = match (meaning, values) {
            (Meaning::Location, _) => Severity::Critical,
            (Meaning::Credential | Meaning::ContentType, _) => Severity::High,
            // A proxy may add protection; what it takes away is missed.
            (Meaning::Protecting, (Some(_), _)) => Severity::High,
            _ => Severity::Low,
        };
        let (one, other) = (values.0.map(String::as_str), values.1.map(String::as_str));
        let quoted = match meaning {
            Meaning::Credential => change(Place::Form, "secret", one, other),
            Meaning::Location => {
                let shown = |value: Option<&str>| {
                    value.map_or_else(|| String::from("nothing"), without_secrets)
                };
                format!("{} → {}", shown(one), shown(other))
            }
            _ => change(Place::Form, name, one, other),
        };
        let (part, name) = (Part::ResponseHeader, shortened(name));
        found.push(Difference { part, name, change: quoted, gravity });
    }
    found
}

fn of_cookies(before: &Response, after: &Response) -> Vec<Difference> {
    let (old, new) = (headers::set_cookies(&before.headers), headers::set_cookies(&after.headers));
    let names = keys(&old, &new);
    let mut found = Vec::new();
    for name in names.into_iter().filter(|name| !headers::is_way_cookie(name)) {
        let (change, gravity) = match (old.get(name), new.get(name)) {
            (Some((old, _)), Some((new, _))) if old != new => ("changed", Severity::Critical),
            (Some((_, old)), Some((_, new))) if old.iter().any(|part| !new.contains(part)) => {
                ("less protected", Severity::High)
            }
            (Some(_), None) => ("removed", Severity::High),
            (None, Some(_)) => ("added", Severity::High),
            _ => continue,
        };
        found.push(Difference {
            part: Part::ResponseHeader,
            name: format!("set-cookie {}", shortened(name)),
            change: change.into(),
            gravity,
        });
    }
    found
}

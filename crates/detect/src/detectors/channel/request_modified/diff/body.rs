//! Contents: JSON by its paths, forms by their fields, everything else by length and hash.

use std::collections::BTreeMap;

use dissect::Headers;
use dissect::hex;
use dissect::http::values::{self, Field, Place, is_form, is_json, media_type, multipart};
use dissect::http::{Body, Coding};
use dissect::limits::HTTP_BODY_BYTES;

use super::quoted::change;
use super::{Difference, Part, keys};
use crate::call::quote::shortened;
use crate::rule::Severity;

/// Contents of the media types that operators' proxies make smaller.
const COMPRESSED_BY_OPERATORS: [&str; 3] = ["audio/", "image/", "video/"];

/// A content with what describes it.
#[derive(Clone, Copy)]
pub(in super::super) struct Content<'a> {
    /// Of its message.
    pub(in super::super) headers: &'a Headers,
    /// The content.
    pub(in super::super) body: &'a Body,
}

impl Content<'_> {
    /// Its media type, also where none is named but a document begins.
    fn kind(&self) -> String {
        media_type(self.headers).unwrap_or_default()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body.bytes).into_owned()
    }

    /// All of it was seen.
    fn is_whole(&self) -> bool {
        self.body.length == 0 || self.body.is_whole()
    }

    /// All of it is kept, and without coding.
    fn is_readable(&self) -> bool {
        self.is_whole()
            && self.body.coding != Coding::Left
            && self.body.bytes.len() < HTTP_BODY_BYTES
    }

    /// By length and hash.
    fn described(&self) -> String {
        let id = self.body.sha256().map(|sha256| hex(sha256.get(..6).unwrap_or_default()));
        format!("{} bytes, SHA-256 {}…", self.body.length, id.unwrap_or_default())
    }
}

/// The differences of two contents.
pub(in super::super) fn differences(
    part: Part,
    before: Content<'_>,
    after: Content<'_>,
) -> Vec<Difference> {
    if !before.is_whole() || !after.is_whole() || is_same(before, after) {
        return Vec::new();
    }
    if !before.is_readable() || !after.is_readable() {
        return unreadable(part, before, after);
    }
    if before.body.bytes.is_empty() || after.body.bytes.is_empty() {
        let (content, word) = match before.body.bytes.is_empty() {
            true => (after, "added"),
            false => (before, "removed"),
        };
        let change = format!("{word}: {}", content.described());
        return vec![whole(part, change, Severity::Critical)];
    }
    structured(part, before, after).unwrap_or_else(|| opaque(part, before, after))
}

fn is_same(before: Content<'_>, after: Content<'_>) -> bool {
    let hashes = before.body.sha256().zip(after.body.sha256());
    let coded = before.body.coding == Coding::Left || after.body.coding == Coding::Left;
    hashes.is_some_and(|(before, after)| before == after)
        || (!coded && before.body.bytes == after.body.bytes && before.is_readable())
}

/// What is too long to be kept whole, or in a coding that is not known: by hash, if the same coding
/// was sent, else by what is kept.
fn unreadable(part: Part, before: Content<'_>, after: Content<'_>) -> Vec<Difference> {
    let coding = |content: Content<'_>| {
        content.headers.first("content-encoding").unwrap_or("identity").to_ascii_lowercase()
    };
    let is_coded = |content: Content<'_>| content.body.coding == Coding::Left;
    if is_coded(before) != is_coded(after) || (is_coded(before) && coding(before) != coding(after))
    {
        return Vec::new();
    }
    let begins_alike = before.body.bytes.iter().zip(&after.body.bytes).all(|(a, b)| a == b);
    // The same bytes may be compressed anew, so that only what is readable can tell.
    if begins_alike && before.body.coding == Coding::Decoded {
        return Vec::new();
    }
    if begins_alike && before.body.coding != after.body.coding {
        return Vec::new();
    }
    opaque(part, before, after)
}

/// Field by field; `None` if they are not of a kind that has fields.
fn structured(part: Part, before: Content<'_>, after: Content<'_>) -> Option<Vec<Difference>> {
    let (kind, other) = (before.kind(), after.kind());
    let opens = |content: Content<'_>| {
        matches!(content.body.bytes.trim_ascii_start().first(), Some(b'{' | b'['))
    };
    let is_document = |kind: &str, content| is_json(kind) || (!is_form(kind) && opens(content));
    if is_document(&kind, before) && is_document(&other, after) {
        let documents =
            (values::document(&before.body.bytes)?, values::document(&after.body.bytes)?);
        if documents.0 == documents.1 {
            return Some(Vec::new());
        }
        let flat = |document| by_path(values::flattened(document));
        let found = fields(part, Place::Json, &flat(&documents.0), &flat(&documents.1));
        // Numbers are written in more than one way, but only `null` and empty parts have no path.
        let is_number = found.is_empty() && same_shape(&documents.0, &documents.1);
        return Some(match found.is_empty() && !is_number {
            true => vec![whole(part, String::from("changed"), Severity::Critical)],
            false => found,
        });
    }
    if is_form(&kind) && is_form(&other) {
        let pairs = |content: Content<'_>| by_path(values::of_body(content.headers, content.body));
        return Some(fields(part, Place::Form, &pairs(before), &pairs(after)));
    }
    if kind == "multipart/form-data" && other == kind {
        return Some(fields(part, Place::Form, &parts(before), &parts(after)));
    }
    None
}

/// Whether the documents differ in nothing but how numbers are written.
fn same_shape(one: &serde_json::Value, other: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Number, Object};
    match (one, other) {
        (Array(one), Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| same_shape(a, b))
        }
        (Object(one), Object(other)) => {
            let same = |(key, value)| other.get(key).is_some_and(|other| same_shape(value, other));
            one.len() == other.len() && one.iter().all(same)
        }
        (Number(one), Number(other)) => one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

/// The values of each path; a form may have several.
fn by_path(fields: Vec<Field>) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for field in fields {
        let value = all.entry(field.path).or_default();
        if !value.is_empty() {
            value.push(',');
        }
        value.push_str(&field.value);
    }
    all
}

fn parts(content: Content<'_>) -> BTreeMap<String, String> {
    let parts = multipart::parts(content.headers, &content.body.bytes);
    let named = parts.into_iter().map(|part| {
        let value = match &part.filename {
            // Files are compared, but never quoted: their names tell more than their bytes.
            Some(name) => format!("{name} {}", crate::digest::Digest::of([part.content]).id()),
            None => String::from_utf8_lossy(part.content).into_owned(),
        };
        (part.name.unwrap_or_default(), value)
    });
    named.collect()
}

fn fields(
    part: Part,
    place: Place,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<Difference> {
    let paths = keys(before, after);
    let differ = |path: &&String| {
        let (before, after) = (before.get(*path), after.get(*path));
        before != after
            && !before.zip(after).is_some_and(|(a, b)| place == Place::Json && equal(a, b))
    };
    paths
        .into_iter()
        .filter(differ)
        .map(|path| Difference {
            part,
            name: shortened(path),
            change: change(
                place,
                path,
                before.get(path).map(String::as_str),
                after.get(path).map(String::as_str),
            ),
            gravity: Severity::Critical,
        })
        .collect()
}

/// Whether two numbers are the same, as `25.0` and `25`.
fn equal(one: &str, other: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    number(one).zip(number(other)).is_some_and(|(one, other)| one == other)
}

/// Contents without fields.
fn opaque(part: Part, before: Content<'_>, after: Content<'_>) -> Vec<Difference> {
    let kind = before.kind();
    let mut gravity = Severity::Critical;
    let mut change = format!("{} → {}", before.described(), after.described());
    if COMPRESSED_BY_OPERATORS.iter().any(|begin| kind.starts_with(begin)) {
        gravity = Severity::Low;
    } else if is_markup(&kind) {
        let (old, new) = (before.text(), after.text());
        let dense = |text: &str| text.split_whitespace().collect::<String>();
        if dense(&old) == dense(&new) {
            return Vec::new();
        }
        let scripts = |text: &str| text.to_ascii_lowercase().matches("<script").count();
        let (had, has) = (scripts(&old), scripts(&new));
        if has > had {
            change = format!("{had} scripts → {has} scripts; {change}");
        } else {
            // Minified, or addresses in it rewritten: done by services themselves, too.
            gravity = Severity::High;
        }
    }
    vec![whole(part, change, gravity)]
}

fn is_markup(kind: &str) -> bool {
    kind.starts_with("text/")
        || kind.ends_with("+xml")
        || kind.contains("javascript")
        || kind.ends_with("/xml")
}

const fn whole(part: Part, change: String, gravity: Severity) -> Difference {
    Difference { part, name: String::new(), change, gravity }
}

//! Two exchanges beside each other: what was asked and what was answered, line by line, with the
//! words that differ.
//!
//! What is compared is what was sent; secrets are compared too, but shown only where secrets are:
//! of a hidden value one sees whether it differs. Signs tell lines apart without colours.

mod contents;
mod rows;
mod text;

use dissect::Exchange;
use dissect::http::{Header, Headers, PseudoFields, Request};
use report::redact::{self, Secrets};

use super::body::Look;
use super::message;
use super::page::{Notation, Page};
use crate::format;
use contents::Content;
use rows::{Row, Sign, draw, headings};
use text::Masked;

/// Most fields of a message that are compared. Servers refuse a hundred.
const MAX_FIELDS: usize = 200;

/// Most characters of a field or a target that are compared word by word.
const MAX_FIELD: usize = 4000;

/// Most names that a sentence lists.
const MAX_NAMED: usize = 6;

/// Fields that say the host.
const HOST_FIELDS: [&str; 2] = [":authority", "host"];

/// Sections with both exchanges, each under its name: whose it is, when and in which packets.
pub(crate) fn section(
    page: &mut Page,
    left: &Exchange,
    right: &Exchange,
    names: [&str; 2],
    look: Look,
) {
    page.section("Side by side", "≠ differs, < only here, > only there");
    let requests = [&left.request, &right.request];
    let start = start(requests, look.secrets);
    let both = requests.map(|request| (request.pseudo.as_ref(), &request.headers));
    let fields = fields(both, look.secrets);
    let answers = [&left.response, &right.response].map(Option::as_ref);
    let answered = match answers {
        [Some(one), Some(other)] => {
            Some(self::fields([(None, &one.headers), (None, &other.headers)], look.secrets))
        }
        _ => None,
    };
    let strong = page.theme().strong();
    page.paragraph(&about_requests(requests, &fields), strong);
    page.paragraph(&about_answers([left, right], answered.as_deref().unwrap_or_default()), strong);
    page.section("Requests", "");
    headings(page, names, strong);
    let dim = page.theme().dim();
    draw(page, &[start], "line", Notation::Text);
    draw_fields(page, &fields);
    let asked = requests.map(|request| Content { body: &request.body, headers: &request.headers });
    contents::section(page, asked, look);
    trailers(page, requests.map(|request| &request.trailers), look);
    page.section("Responses", "");
    let [one, other] = answers.map(|answer| match answer {
        Some(answer) => when(answer.packets),
        None => String::from("none was seen"),
    });
    headings(page, [&one, &other], dim);
    let status = answers.map(|answer| {
        answer.map(|answer| format!("{} {}", answer.version, message::status(answer)))
    });
    let status =
        status.each_ref().map(|text| text.as_ref().map(|text| Masked::new(text, text).line()));
    let [one, other] = &status;
    if let (None, None) = (one, other) {
        return;
    }
    draw(page, &[Row::new(one.as_deref(), other.as_deref())], "line", Notation::Text);
    // Where one has no answer, there is nothing to be compared with.
    if let (Some(fields), [Some(one), Some(other)]) = (&answered, answers) {
        draw_fields(page, fields);
        let both = [one, other];
        let contents = both.map(|it| Content { body: &it.body, headers: &it.headers });
        contents::section(page, contents, look);
        trailers(page, both.map(|it| &it.trailers), look);
    }
}

/// When, and in which packets.
fn when(packets: dissect::PacketSpan) -> String {
    let at = packets.first.timestamp;
    let mut parts = Vec::new();
    if at != dissect::Timestamp::default() {
        parts.push(format!("{} UTC", format::date_time(at)));
    }
    parts.extend(Some(format::span(packets)).filter(|span| !span.is_empty()));
    if parts.is_empty() { String::from("seen") } else { parts.join(", ") }
}

/// Method, target, version.
fn start(requests: [&Request; 2], secrets: Secrets) -> Row {
    let texts = requests.map(|request| {
        let target: String = request.target.chars().take(MAX_FIELD).collect();
        let line = |target: &str| format!("{} {target} {}", request.method, request.version);
        (line(&redact::url(&target, secrets)), line(&target))
    });
    let [one, other] = texts.each_ref().map(|(shown, sent)| Masked::new(shown, sent).line());
    Row::new(Some(&one), Some(&other))
}

/// A field of one side or both.
#[derive(Debug)]
struct Field {
    name: String,
    row: Row,
}

impl Field {
    /// Its name in a sentence.
    fn named(&self) -> String {
        let hidden = if self.row.hidden { " (hidden)" } else { "" };
        format!("{}{hidden}", self.name)
    }
}

/// A name and a value as it may be shown and as it was sent.
type Shown = (String, String, String);

/// Fields of both sides: the nth of a name beside the nth of that name, in the order of the left
/// one; what only the right one has stands behind.
fn fields(both: [(Option<&PseudoFields>, &Headers); 2], secrets: Secrets) -> Vec<Field> {
    let [left, right] = both.map(|(pseudo, headers)| listed(pseudo, headers, secrets));
    let mut rest: Vec<Option<&Shown>> = right.iter().map(Some).collect();
    let mut fields = Vec::new();
    for field in &left {
        let same = |other: &&mut Option<&Shown>| {
            other.is_some_and(|other| other.0.eq_ignore_ascii_case(&field.0))
        };
        let other = rest.iter_mut().find(same).and_then(Option::take);
        fields.push(paired(Some(field), other));
    }
    fields.extend(rest.into_iter().flatten().map(|field| paired(None, Some(field))));
    fields
}

fn listed(pseudo: Option<&PseudoFields>, headers: &Headers, secrets: Secrets) -> Vec<Shown> {
    let pseudo = pseudo.into_iter().flat_map(|pseudo| {
        [
            (":authority", &pseudo.authority),
            (":scheme", &pseudo.scheme),
            (":protocol", &pseudo.protocol),
        ]
    });
    let pseudo = pseudo.filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let headers = headers.0.iter().map(|Header { name, value }| (name.as_str(), value.as_str()));
    let all = pseudo.chain(headers).take(MAX_FIELDS);
    all.map(|(name, value)| {
        let [name, sent] =
            [name, value].map(|text| text.chars().take(MAX_FIELD).collect::<String>());
        let shown = redact::field(&name, &sent, secrets).into_owned();
        (name, shown, sent)
    })
    .collect()
}

fn paired(left: Option<&Shown>, right: Option<&Shown>) -> Field {
    let texts = [left, right].map(|field| {
        field.map(|(name, shown, sent)| (format!("{name}: {shown}"), format!("{name}: {sent}")))
    });
    let lines = texts
        .each_ref()
        .map(|texts| texts.as_ref().map(|(shown, sent)| Masked::new(shown, sent).line()));
    let [one, other] = &lines;
    let row = Row::new(one.as_deref(), other.as_deref());
    let name = left.or(right).map_or_else(String::new, |(name, ..)| name.to_ascii_lowercase());
    Field { name, row }
}

fn draw_fields(page: &mut Page, fields: &[Field]) {
    let rows: Vec<Row> = fields.iter().map(|field| field.row.clone()).collect();
    draw(page, &rows, "field", Notation::Text);
}

fn trailers(page: &mut Page, both: [&Headers; 2], look: Look) {
    if both.iter().any(|headers| !headers.0.is_empty()) {
        page.blank();
        let dim = page.theme().dim();
        page.paragraph("Fields behind the content:", dim);
        draw_fields(page, &fields(both.map(|headers| (None, headers)), look.secrets));
    }
}

/// `The requests have the same method, host, path and content; they differ in header x-nonce.`
fn about_requests(requests: [&Request; 2], fields: &[Field]) -> String {
    let [one, other] = requests;
    let targets = requests.map(|request| match request.target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (request.target.as_str(), None),
    });
    let [(path, query), (other_path, other_query)] = targets;
    let mut facts = vec![
        ("method", one.method == other.method),
        ("host", one.authority() == other.authority()),
        ("path", path == other_path),
    ];
    if query.is_some() || other_query.is_some() {
        facts.push(("query", query == other_query));
    }
    facts.push(("version", one.version == other.version));
    facts.extend(content(&one.body, &other.body));
    sentence("requests", &facts, fields)
}

fn about_answers(exchanges: [&Exchange; 2], fields: &[Field]) -> String {
    match exchanges.map(|exchange| exchange.response.as_ref()) {
        [None, None] => String::from("Neither response was seen."),
        [Some(_), None] | [None, Some(_)] => String::from("Only one response was seen."),
        [Some(one), Some(other)] => {
            let mut facts = vec![("status", one.status == other.status)];
            facts.extend(content(&one.body, &other.body));
            sentence("responses", &facts, fields)
        }
    }
}

/// Whether contents are the same; `None` where there are none.
fn content(one: &dissect::http::Body, other: &dissect::http::Body) -> Option<(&'static str, bool)> {
    let any = one.length > 0 || other.length > 0;
    any.then(|| ("content", one == other))
}

fn sentence(what: &str, facts: &[(&str, bool)], fields: &[Field]) -> String {
    let of = |same: bool| {
        facts.iter().filter(move |(_, is)| *is == same).map(|(word, _)| (*word).to_owned())
    };
    let same: Vec<String> = of(true).collect();
    let mut differ: Vec<String> = of(false).collect();
    // The host has a word of its own.
    let is_other = |field: &&Field| !HOST_FIELDS.contains(&field.name.as_str());
    let others = fields.iter().filter(|field| field.row.sign != Sign::Equal).filter(is_other);
    let mut named: Vec<String> = others.clone().take(MAX_NAMED).map(Field::named).collect();
    let left = others.count().saturating_sub(MAX_NAMED);
    if left > 0 {
        named.push(format!("{left} more"));
    }
    match named.as_slice() {
        [] => {}
        [one] => differ.push(format!("header {one}")),
        many => differ.push(format!("headers {}", many.join(", "))),
    }
    match (same.is_empty(), differ.is_empty()) {
        (_, true) => format!("The {what} are the same in {} and headers.", same.join(", ")),
        (true, false) => format!("The {what} differ in {}.", differ.join(", ")),
        (false, false) => format!(
            "The {what} have the same {}; they differ in {}.",
            same.join(", "),
            differ.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests;

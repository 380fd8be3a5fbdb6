//! The contents of two messages, as lines where they are text and as bytes around the first
//! difference where they are not.

use dissect::http::{Body, Coding, Headers};
use report::redact::{self, Secrets};

use super::super::body::{self, Form, Look};
use super::super::json;
use super::super::page::{Notation, Page};
use super::rows::{self, aligned, draw, headings};
use super::text::{Masked, Tokens};
use crate::format;

/// Most lines of a content that are compared.
const MAX_LINES: usize = 2000;

/// Bytes on a line of a dump: two dumps fit beside each other on 80 columns.
const BYTES: usize = 8;

/// Lines of a dump, one of them before the first difference.
const DUMP_LINES: usize = 6;

/// A content and what is said about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content<'a> {
    pub(super) body: &'a Body,
    pub(super) headers: &'a Headers,
}

impl<'a> Content<'a> {
    fn media(&self) -> Option<&'a str> {
        self.headers.first("content-type")
    }

    fn is_empty(&self) -> bool {
        self.body.length == 0 && self.body.bytes.is_empty()
    }

    /// The text as it may be shown and as it was sent; `None` if it is no text.
    fn texts(&self, secrets: Secrets) -> Option<(String, String)> {
        let bytes = &self.body.bytes;
        let media = self.media();
        if self.body.coding == Coding::Left || body::is_binary(media) || body::has_controls(bytes) {
            return None;
        }
        let shown = redact::body(media, bytes, secrets)?.into_owned();
        let sent = redact::body(media, bytes, Secrets::Shown)?.into_owned();
        Some((shown, sent))
    }

    fn about(&self) -> String {
        if self.is_empty() {
            String::from("no content")
        } else {
            body::summary(self.body, self.headers)
        }
    }
}

/// Appends both contents; nothing if there are none.
pub(super) fn section(page: &mut Page, contents: [Content<'_>; 2], look: Look) {
    if contents.iter().all(Content::is_empty) {
        return;
    }
    page.blank();
    let dim = page.theme().dim();
    let [left, right] = contents.map(|content| content.about());
    headings(page, [&left, &right], dim);
    let [one, other] = contents.map(|content| content.texts(look.secrets));
    match (one, other) {
        (Some(one), Some(other)) => texts(page, contents, [&one, &other], look),
        _ => bytes(page, contents, look),
    }
}

fn texts(page: &mut Page, contents: [Content<'_>; 2], texts: [&(String, String); 2], look: Look) {
    let [left, right] = contents;
    let [one, other] = texts.map(|(shown, sent)| Masked::new(shown, sent));
    let (left, left_form, left_whole) = lines(&one, left.media(), look);
    let (right, right_form, right_whole) = lines(&other, right.media(), look);
    let is_json = left_form == Form::Json && right_form == Form::Json;
    let notation = if is_json && !look.raw { Notation::Json } else { Notation::Text };
    draw(page, &aligned(&left, &right), "line", notation);
    let dim = page.theme().dim();
    if !left_whole || !right_whole {
        let most = format::count(MAX_LINES as u64);
        page.paragraph(&format!("Lines behind the first {most} are not compared."), dim);
    }
    if !(one.is_sure() && other.is_sure()) {
        let words = "Values that are hidden could not be compared one by one.";
        page.paragraph(words, page.theme().warning());
    }
}

/// The lines of a text in the form in which it is easiest to compare, and whether these are all.
fn lines<'a>(text: &Masked<'a>, media: Option<&str>, look: Look) -> (Vec<Tokens<'a>>, Form, bool) {
    let shown = text.shown();
    let form = body::form_of(media, shown);
    match form {
        Form::Json if !look.raw && shown != redact::REDACTED => {
            let (lines, whole) = json::lines(shown, MAX_LINES);
            let pieces = lines.iter().map(|line| {
                let margin = MARGIN.get(..line.indent).unwrap_or(MARGIN);
                let pieces = line.pieces.iter().map(|(_, piece)| *piece);
                std::iter::once(margin).chain(pieces).collect()
            });
            (text.lines(pieces), form, whole)
        }
        Form::Fields if !look.raw => {
            let pairs = shown.trim_end().split_inclusive('&');
            (
                text.lines(pairs.clone().take(MAX_LINES).map(|pair| vec![pair])),
                form,
                pairs.count() <= MAX_LINES,
            )
        }
        _ => {
            let all = shown.lines();
            let pieces = all.clone().take(MAX_LINES).map(|line| vec![line]);
            (text.lines(pieces), form, all.count() <= MAX_LINES)
        }
    }
}

/// As wide as JSON is indented.
const MARGIN: &str = "                                        ";

/// Where two contents begin to differ, and the bytes around.
fn bytes(page: &mut Page, contents: [Content<'_>; 2], look: Look) {
    let dim = page.theme().dim();
    let [left, right] = contents.map(|content| content.body.bytes.as_slice());
    let alike = left.iter().zip(right).take_while(|(one, other)| one == other).count();
    if alike == left.len() && alike == right.len() {
        page.paragraph("The same bytes, as far as they are kept.", dim);
        return;
    }
    let place = format::count(u64::try_from(alike).unwrap_or(u64::MAX));
    let strong = page.theme().strong();
    page.paragraph(&format!("The first {place} bytes are the same, then they differ."), strong);
    let may_hold = contents.iter().any(|content| !body::is_binary(content.media()));
    if look.secrets == Secrets::Redacted && may_hold {
        let words = "No text, and it may hold secrets: it is shown where secrets are.";
        page.paragraph(words, dim);
        return;
    }
    let start = alike.div_euclid(BYTES).saturating_sub(1).saturating_mul(BYTES);
    let [left, right] = [left, right].map(|bytes| dump(bytes.get(start..).unwrap_or_default()));
    let [left_lines, right_lines] = [&left, &right].map(|dump| {
        let text = Masked::new(dump, dump);
        text.lines(dump.lines().map(|line| vec![line]))
    });
    page.line(&[(&format!("from byte {start} on"), dim)]);
    let pairs = 0..left_lines.len().max(right_lines.len());
    let pairs = pairs.map(|nth| {
        rows::Row::new(
            left_lines.get(nth).map(Vec::as_slice),
            right_lines.get(nth).map(Vec::as_slice),
        )
    });
    draw(page, &pairs.collect::<Vec<_>>(), "line", Notation::Text);
}

fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for line in bytes.chunks(BYTES).take(DUMP_LINES) {
        let hex: String = line.iter().map(|byte| format!("{byte:02x} ")).collect();
        let ascii = line.iter().map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        });
        text.push_str(&format!("{hex:<24} {}\n", ascii.collect::<String>()));
    }
    text
}

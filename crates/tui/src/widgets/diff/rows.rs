//! Rows of two texts beside each other: which lines belong together, what differs within them, and
//! how that is drawn.

use std::collections::HashMap;

use ratatui::style::Style;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::super::page::{Cell, Notation, Page};
use super::text::{Token, Tokens};
use crate::format;

/// Columns of a page from which on texts stand beside each other.
const WIDE: usize = 79;

/// Columns of the sign between them.
const SIGN: usize = 3;

/// Most equal rows in a run that are shown.
const MAX_EQUAL: usize = 6;

/// Equal rows that stay at both ends of a run that is folded.
const AROUND: usize = 2;

/// Most rows of one part of a message.
const MAX_ROWS: usize = 1000;

/// Words of a line that are aligned; of longer ones only their equal ends are found.
const MAX_WORDS: usize = 400;

/// Longest equal text that is shown whole within a line that differs, in characters, and what
/// stays at both ends of a longer one.
const MAX_ALIKE: usize = 160;
const ALIKE_ENDS: usize = 60;

/// Longest text that differs which is shown whole.
const MAX_DIFFERENT: usize = 800;

/// How the sides of a row relate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sign {
    Differs,
    Equal,
    OnlyLeft,
    OnlyRight,
}

impl Sign {
    const fn text(self) -> &'static str {
        match self {
            Self::Differs => " ≠ ",
            Self::Equal => "   ",
            Self::OnlyLeft => " < ",
            Self::OnlyRight => " > ",
        }
    }
}

/// A part of a line, and whether the other side has it too.
type Piece = (String, bool);

/// A line of both sides.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) sign: Sign,
    left: Vec<Piece>,
    right: Vec<Piece>,
    /// What reads the same differs where it is hidden.
    pub(super) hidden: bool,
}

impl Row {
    /// Two lines that belong together, or one that has no other.
    pub(super) fn new(left: Option<&[Token<'_>]>, right: Option<&[Token<'_>]>) -> Self {
        let (sign, left, right) = match (left, right) {
            (Some(left), Some(right)) if left == right => {
                let pieces = vec![(shortened(&joined(left), MAX_ALIKE), true)];
                (Sign::Equal, pieces.clone(), pieces)
            }
            (Some(one), Some(other)) => {
                let (left, right) = pieces(one, other);
                let hidden = joined(one) == joined(other);
                return Self { sign: Sign::Differs, left, right, hidden };
            }
            (Some(left), None) => (Sign::OnlyLeft, alone(left), Vec::new()),
            (None, Some(right)) => (Sign::OnlyRight, Vec::new(), alone(right)),
            (None, None) => (Sign::Equal, Vec::new(), Vec::new()),
        };
        Self { sign, left, right, hidden: false }
    }
}

fn joined(tokens: &[Token<'_>]) -> String {
    tokens.iter().map(|token| token.shown).collect()
}

fn alone(tokens: &[Token<'_>]) -> Vec<Piece> {
    vec![(shortened(&joined(tokens), MAX_DIFFERENT), false)]
}

/// A long text without its middle.
fn shortened(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let ends = ALIKE_ENDS.max(most.div_euclid(4));
    let left = length.saturating_sub(ends.saturating_mul(2));
    let head: String = text.chars().take(ends).collect();
    let tail: String = text.chars().skip(ends.saturating_add(left)).collect();
    format!("{head} …({left} more)… {tail}")
}

/// Rows of two lists of lines.
pub(super) fn aligned(left: &[Tokens<'_>], right: &[Tokens<'_>]) -> Vec<Row> {
    let mut numbers = HashMap::new();
    let [one, other] = [left, right].map(|lines| numbered(lines, &mut numbers));
    let mut rows = Vec::new();
    for operation in capture_diff_slices(Algorithm::Myers, &one, &other) {
        let left = left.get(operation.old_range()).unwrap_or_default();
        let right = right.get(operation.new_range()).unwrap_or_default();
        match operation {
            DiffOp::Replace { .. } => replaced(&mut rows, left, right),
            _ => in_order(&mut rows, left, right),
        }
    }
    rows
}

/// A number for each line; equal lines have the same.
fn numbered<'a, 'b>(
    lines: &'b [Tokens<'a>],
    numbers: &mut HashMap<&'b [Token<'a>], usize>,
) -> Vec<usize> {
    let mut list = Vec::with_capacity(lines.len());
    for line in lines {
        let next = numbers.len();
        list.push(*numbers.entry(line.as_slice()).or_insert(next));
    }
    list
}

/// Lines that were replaced by others: those under the same name belong together.
fn replaced(rows: &mut Vec<Row>, left: &[Tokens<'_>], right: &[Tokens<'_>]) {
    let [one, other] =
        [left, right].map(|lines| lines.iter().map(|line| label(line)).collect::<Vec<_>>());
    if one.iter().chain(&other).all(|label| label.is_none()) {
        return in_order(rows, left, right);
    }
    for operation in capture_diff_slices(Algorithm::Myers, &one, &other) {
        let left = left.get(operation.old_range()).unwrap_or_default();
        let right = right.get(operation.new_range()).unwrap_or_default();
        match operation {
            DiffOp::Equal { .. } => in_order(rows, left, right),
            _ => {
                in_order(rows, left, &[]);
                in_order(rows, &[], right);
            }
        }
    }
}

/// What stands before a line's first colon or equals sign.
fn label(line: &[Token<'_>]) -> Option<String> {
    let end = line.iter().position(|token| matches!(token.shown, ":" | ": " | "="))?;
    line.get(..end).map(joined)
}

fn in_order(rows: &mut Vec<Row>, left: &[Tokens<'_>], right: &[Tokens<'_>]) {
    for nth in 0..left.len().max(right.len()) {
        rows.push(Row::new(left.get(nth).map(Vec::as_slice), right.get(nth).map(Vec::as_slice)));
    }
}

/// The pieces of two lines, alike or not.
fn pieces(one: &[Token<'_>], other: &[Token<'_>]) -> (Vec<Piece>, Vec<Piece>) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    if one.len().max(other.len()) <= MAX_WORDS {
        for operation in capture_diff_slices(Algorithm::Myers, one, other) {
            let alike = matches!(operation, DiffOp::Equal { .. });
            push(&mut left, one.get(operation.old_range()).unwrap_or_default(), alike);
            push(&mut right, other.get(operation.new_range()).unwrap_or_default(), alike);
        }
        return (left, right);
    }
    let pairs = one.iter().zip(other);
    let head = pairs.take_while(|(one, other)| one == other).count();
    let most = one.len().min(other.len()).saturating_sub(head);
    let pairs = one.iter().rev().zip(other.iter().rev());
    let tail = pairs.take_while(|(one, other)| one == other).count().min(most);
    for (pieces, tokens) in [(&mut left, one), (&mut right, other)] {
        let end = tokens.len().saturating_sub(tail);
        push(pieces, tokens.get(..head).unwrap_or_default(), true);
        push(pieces, tokens.get(head..end).unwrap_or_default(), false);
        push(pieces, tokens.get(end..).unwrap_or_default(), true);
    }
    (left, right)
}

fn push(pieces: &mut Vec<Piece>, tokens: &[Token<'_>], alike: bool) {
    if alike {
        pieces.push((shortened(&joined(tokens), MAX_ALIKE), true));
        return;
    }
    let mut text = String::new();
    for token in tokens {
        match token.is_hidden() {
            // It reads as the other does.
            true => text.push_str("[hidden, differs]"),
            false => text.push_str(token.shown),
        }
    }
    pieces.push((shortened(&text, MAX_DIFFERENT), false));
}

/// Draws rows; long runs of equal ones are folded.
pub(super) fn draw(page: &mut Page, rows: &[Row], word: &str, notation: Notation) {
    let mut at = 0_usize;
    let mut drawn = 0_usize;
    while let Some(rest) = rows.get(at..).filter(|rest| !rest.is_empty()) {
        if drawn >= MAX_ROWS {
            let left = format::counted(u64::try_from(rest.len()).unwrap_or(u64::MAX), word);
            let dim = page.theme().dim();
            page.paragraph(&format!("{left} more are not shown."), dim);
            return;
        }
        let equal = rest.iter().take_while(|row| row.sign == Sign::Equal).count();
        if equal > MAX_EQUAL {
            let folded = equal.saturating_sub(AROUND.saturating_mul(2));
            let ends = [0..AROUND, equal.saturating_sub(AROUND)..equal];
            let [head, tail] = ends.map(|end| rest.get(end).unwrap_or_default());
            head.iter().for_each(|row| one(page, row, notation));
            let dim = page.theme().dim();
            page.line(&[(&format!("   … {folded} equal {word}s"), dim)]);
            tail.iter().for_each(|row| one(page, row, notation));
            at = at.saturating_add(equal);
            drawn = drawn.saturating_add(AROUND.saturating_mul(2));
        } else if let Some(row) = rest.first() {
            one(page, row, notation);
            at = at.saturating_add(1);
            drawn = drawn.saturating_add(1);
        }
    }
}

/// Columns of one side, if both stand beside each other.
pub(super) fn half(page: &Page) -> Option<usize> {
    let room = page.room();
    (room >= WIDE).then(|| room.saturating_sub(SIGN).saturating_sub(1).div_euclid(2))
}

/// A row of a text of our own or a name for each side.
pub(super) fn headings(page: &mut Page, texts: [&str; 2], style: Style) {
    let [left, right] = texts;
    if let Some(half) = half(page) {
        let left = Cell::words(half, left, style);
        page.row(&[left, Cell::gap(SIGN), Cell::words(half, right, style)]);
        return;
    }
    let room = page.room().saturating_sub(SIGN);
    for (sign, text) in [(Sign::OnlyLeft, left), (Sign::OnlyRight, right)] {
        page.row(&[Cell::words(SIGN, sign.text(), style), Cell::words(room, text, style)]);
    }
}

fn one(page: &mut Page, row: &Row, notation: Notation) {
    let theme = *page.theme();
    let accent = theme.accent();
    let styled = |pieces: &'_ [Piece]| -> Vec<(String, Style)> {
        let style = |alike: bool| match (row.sign, alike) {
            (Sign::Equal, _) => theme.dim(),
            (_, true) => theme.text(),
            (_, false) => accent,
        };
        pieces.iter().map(|(text, alike)| (text.replace('\t', "    "), style(*alike))).collect()
    };
    let (left, right) = (styled(&row.left), styled(&row.right));
    if let Some(half) = half(page) {
        let left = Cell::data(half, borrowed(&left), notation);
        let sign = Cell::data(SIGN, vec![(row.sign.text(), accent)], Notation::Text);
        page.row(&[left, sign, Cell::data(half, borrowed(&right), notation)]);
        return;
    }
    let room = page.room().saturating_sub(SIGN).saturating_sub(1);
    let mut line = |sign: Sign, pieces: &[(String, Style)]| {
        let sign = Cell::data(SIGN, vec![(sign.text(), accent)], Notation::Text);
        page.row(&[sign, Cell::data(room, borrowed(pieces), notation)]);
    };
    match row.sign {
        Sign::Equal | Sign::OnlyLeft => line(row.sign, &left),
        Sign::OnlyRight => line(row.sign, &right),
        Sign::Differs => {
            line(Sign::OnlyLeft, &left);
            line(Sign::OnlyRight, &right);
        }
    }
}

fn borrowed(pieces: &[(String, Style)]) -> Vec<(&str, Style)> {
    pieces.iter().map(|(text, style)| (text.as_str(), *style)).collect()
}

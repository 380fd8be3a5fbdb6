//! A handshake as a ladder: the client on the left, the server on the right, and an arrow for each
//! thing that one sent the other, in the order of the packets, with number, time and size.
//!
//! Times are counted from the first packet that is shown. What is encrypted is an arrow too: its
//! length and direction are facts. Below stands what the client did after the server had shown its
//! certificate; what that means is for findings to say.

mod answer;
mod steps;

use std::sync::Arc;

use dissect::{Flow, Session, Timestamp};
use ratatui::style::Style;

use super::handshake::carrier;
use super::page::{Cell, Page};
use crate::format;
use crate::screen::Target;
use crate::text::{fit, width};
use steps::{Side, Step, Weight, steps};

/// Columns of times and packet numbers, with the gap behind them.
const TIME: usize = 9;
const PACKETS: usize = 10;

/// The same where there is room for numbers of millions.
const PACKETS_WIDE: usize = 17;

/// Columns of a page from which on there is that room.
const WIDE: usize = 99;

/// Below this many columns the times leave.
const TIMES_FROM: usize = 56;

/// The longest arrow: the eye loses longer ones.
const LONGEST: usize = 76;

/// A section with the ladder.
pub(crate) fn section(page: &mut Page, session: &Session, flow: Option<&Flow>) {
    page.section("Ladder", &carrier(session.carrier));
    let (steps, left) = steps(session);
    let lanes = Lanes::of(page, &steps);
    if steps.is_empty() {
        let dim = page.theme().dim();
        page.paragraph("No message of it was seen.", dim);
    } else {
        lanes.ends(page, flow);
    }
    let numbers = packets(&steps);
    for step in &steps {
        let first = step.at.map(|at| at.first.number);
        let nth = first.and_then(|first| numbers.iter().position(|number| *number == first));
        let numbers = Arc::clone(&numbers);
        page.maybe_link(nth.map(|nth| Target::Packet { numbers, nth }));
        lanes.step(page, step);
    }
    if left > 0 {
        let dim = page.theme().dim();
        page.paragraph(&format!("{left} more are not shown."), dim);
    }
    page.blank();
    let text = page.theme().text();
    page.paragraph(&answer::sentence(session), text);
}

/// The packets of all steps, for going through them.
fn packets(steps: &[Step]) -> Arc<[u64]> {
    let mut numbers: Vec<u64> =
        steps.iter().filter_map(|step| step.at).flat_map(|at| at.numbers()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.into()
}

/// How wide everything is.
#[derive(Clone, Copy, Debug)]
struct Lanes {
    time: usize,
    packets: usize,
    /// From one life line to the other, both included.
    arrow: usize,
    start: Timestamp,
}

impl Lanes {
    fn of(page: &Page, steps: &[Step]) -> Self {
        let room = page.room().saturating_sub(1);
        let time = if room >= TIMES_FROM { TIME } else { 0 };
        let packets = if room >= WIDE { PACKETS_WIDE } else { PACKETS };
        let arrow = room.saturating_sub(time).saturating_sub(packets).min(LONGEST);
        let placed = steps.iter().filter_map(|step| step.at);
        let start = placed.map(|at| at.first.timestamp).min().unwrap_or_default();
        Self { time, packets, arrow, start }
    }

    /// Who stands at which side.
    fn ends(self, page: &mut Page, flow: Option<&Flow>) {
        let (strong, dim) = (page.theme().strong(), page.theme().dim());
        let heads = ["time", "packet"].map(str::to_owned);
        let [time, packet] = heads.map(|head| format!("{head} "));
        let names = flow.map(|flow| [flow.client.to_string(), flow.server.to_string()]);
        let half = self.arrow.div_euclid(2);
        let texts = match &names {
            Some([client, server]) => [format!("client {client}"), format!("{server} server")],
            None => ["client", "server"].map(str::to_owned),
        };
        let [client, server] = &texts;
        // No text off the wire: its width is known before it is escaped.
        let server_room = self.arrow.saturating_sub(half);
        let pad = " ".repeat(server_room.saturating_sub(width(server)));
        let server = format!("{pad}{server}");
        page.row(&[
            Cell::words(self.time, &right(&time, self.time), dim),
            Cell::words(self.packets, &right(&packet, self.packets), dim),
            Cell::words(half, client, strong),
            Cell::data(server_room, vec![(&server, strong)], super::page::Notation::Text),
        ]);
    }

    fn step(self, page: &mut Page, step: &Step) {
        let theme = *page.theme();
        let style = match step.weight {
            Weight::Plain => theme.text(),
            Weight::Quiet => theme.dim(),
            Weight::Strong => theme.accent(),
        };
        let time = step.at.map_or_else(String::new, |at| self.time_of(at.first.timestamp));
        let packets = step.at.map_or_else(String::new, |at| numbers(&at.numbers()));
        let arrow = arrow(step, self.arrow);
        page.row(&[
            Cell::words(self.time, &right(&time, self.time), theme.dim()),
            Cell::words(self.packets, &right(&packets, self.packets), theme.dim()),
            Cell::words(self.arrow, &arrow, style),
        ]);
        for detail in &step.details {
            self.detail(page, detail, theme.dim());
        }
    }

    fn detail(self, page: &mut Page, detail: &str, style: Style) {
        page.row(&[
            Cell::gap(self.time.saturating_add(self.packets)),
            Cell::rule(3, "│", style),
            Cell::words(self.arrow.saturating_sub(5), detail, style),
            Cell::gap(1),
            Cell::rule(1, "│", style),
        ]);
    }

    fn time_of(self, at: Timestamp) -> String {
        match at.since(self.start) {
            0 => String::from("0 "),
            nanos if nanos > 0 => format!("+{} ", format::duration(nanos)),
            nanos => format!("-{} ", format::duration(nanos.saturating_neg())),
        }
    }
}

/// A message between the life lines. Nothing in it came off the wire.
fn arrow(step: &Step, columns: usize) -> String {
    let text = match step.size.is_empty() {
        true => step.head.clone(),
        false => format!("{} · {}", step.head, step.size),
    };
    let text = fit(&text, columns.saturating_sub(8)).into_owned();
    let fill = |used: usize, letter: &str| letter.repeat(columns.saturating_sub(used));
    let used = width(&text);
    match step.from {
        Side::Client => format!("├─ {text} {}▶│", fill(used.saturating_add(6), "─")),
        Side::Server => format!("│◀─ {text} {}┤", fill(used.saturating_add(6), "─")),
        Side::Both => format!("│  {text}{}│", fill(used.saturating_add(4), " ")),
    }
}

/// `12`, `12–15`, with the gap behind it.
fn numbers(numbers: &[u64]) -> String {
    match numbers {
        [one] => format!("{one} "),
        [first, last] => format!("{first}–{last} "),
        _ => String::new(),
    }
}

/// Our own words at the right end of a cell.
fn right(text: &str, columns: usize) -> String {
    let text = fit(text, columns);
    format!("{}{text}", "\u{a0}".repeat(columns.saturating_sub(width(&text))))
}

#[cfg(test)]
mod tests;

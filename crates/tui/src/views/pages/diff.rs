//! Two requests side by side.

use crate::app::State;
use crate::format;
use crate::store::exchanges::Told;
use crate::widgets::body::Look;
use crate::widgets::diff;
use crate::widgets::page::Page;

/// Writes the page.
pub(super) fn page(page: &mut Page, state: &State, one: &Told, other: &Told) {
    let look = Look { raw: state.raw, secrets: state.secrets() };
    // The earlier one stands on the left.
    let (one, other) = if other.asked() < one.asked() { (other, one) } else { (one, other) };
    let names = [one, other].map(name);
    let [left, right] = names.each_ref().map(String::as_str);
    diff::section(page, &one.exchange, &other.exchange, [left, right], look);
}

/// Who asked, when and in which packet.
fn name(told: &Told) -> String {
    let flow = told.flow.as_ref().filter(|_| told.exchange.connection.told.is_none());
    let client = flow.map(|flow| flow.client.to_string());
    let time = Some(format::clock_millis(told.asked()));
    let place = Some(format::span(told.exchange.request.packets)).filter(|it| !it.is_empty());
    client.into_iter().chain(time).chain(place).collect::<Vec<_>>().join(" · ")
}

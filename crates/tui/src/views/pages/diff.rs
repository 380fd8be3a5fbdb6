//! Two requests side by side.

use crate::app::State;
use crate::store::exchanges::Told;
use crate::widgets::body::Look;
use crate::widgets::message;
use crate::widgets::page::Page;

/// Writes the page.
pub(super) fn page(page: &mut Page, state: &State, one: &Told, other: &Told) {
    let look = Look { raw: state.raw, secrets: state.secrets() };
    for told in [one, other] {
        message::request(page, &told.exchange, look);
        message::response(page, &told.exchange, look);
    }
}

//! Two chains of one host side by side: the forged one beside the genuine one.

use super::host::presented;
use crate::store::hosts::Host;
use crate::widgets::chain;
use crate::widgets::page::Page;

/// Writes the page.
pub(super) fn page(page: &mut Page, host: &Host, one: usize, other: usize) {
    let theme = *page.theme();
    let (Some(one), Some(other)) = (host.chains.get(one), host.chains.get(other)) else {
        page.paragraph("There is no other chain of this host.", theme.dim());
        return;
    };
    page.paragraph(&format!("Two chains of {}", host.name), theme.strong());
    page.field("the one", &presented(one));
    page.field("the other", &presented(other));
    chain::section(page, "The one", &one.seen);
    chain::section(page, "The other", &other.seen);
}

//! Two chains of one host side by side: the forged one beside the genuine one.

use super::host::presented;
use crate::store::hosts::Host;
use crate::widgets::comparison;
use crate::widgets::page::Page;

/// Writes the page.
pub(super) fn page(page: &mut Page, host: &Host, one: usize, other: usize) {
    let theme = *page.theme();
    let (Some(one), Some(other)) = (host.chains.get(one), host.chains.get(other)) else {
        page.paragraph("There is no other chain of this host.", theme.dim());
        return;
    };
    page.paragraph(&format!("Two chains of {}", host.name), theme.strong());
    let names = [presented(one), presented(other)];
    let [one_name, other_name] = names.each_ref().map(String::as_str);
    comparison::section(page, "Side by side", &one.seen, one_name, &other.seen, other_name);
}

//! The rule catalogue as people and programs read it: the `rules` table and the `explain` page.
//!
//! Generated from the rules themselves, so that no page can say something else than the code.

mod page;
mod table;

use detect::{DETECTORS, Rule};

pub use page::{write_page, write_page_json};
pub use table::{write_table, write_table_json};

/// Every rule of the registry, in its order.
pub fn rules() -> Vec<&'static Rule> {
    DETECTORS.iter().map(|registration| registration.rule).collect()
}

/// The rule with this id, or with this id behind its surface (`weak-protocol` for
/// `channel/weak-protocol`) where only one has it.
pub fn find<'a>(rules: &[&'a Rule], id: &str) -> Option<&'a Rule> {
    if let Some(rule) = rules.iter().find(|rule| rule.id == id) {
        return Some(rule);
    }
    let short = |rule: &&&Rule| rule.id.split_once('/').is_some_and(|(_, short)| short == id);
    match rules.iter().filter(short).collect::<Vec<_>>().as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// Ids that share letters with `id`, best first, at most three: what was meant, perhaps.
pub fn similar(rules: &[&Rule], id: &str) -> Vec<&'static str> {
    let wanted: Vec<&str> = words(id).collect();
    let score = |rule: &Rule| words(rule.id).filter(|word| wanted.contains(word)).count();
    let mut scored: Vec<(usize, &'static str)> =
        rules.iter().map(|rule| (score(rule), rule.id)).filter(|(score, _)| *score > 0).collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    scored.into_iter().take(3).map(|(_, id)| id).collect()
}

/// The words of an id, without its surface.
fn words(id: &str) -> impl Iterator<Item = &str> {
    let short = id.split_once('/').map_or(id, |(_, short)| short);
    short.split('-').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{INTERCEPTED, WEAK};

    #[test]
    fn a_rule_is_found_by_its_id_with_and_without_surface() {
        let rules = [&INTERCEPTED, &WEAK];
        for (id, found) in [
            ("channel/weak-protocol", Some(WEAK.id)),
            ("weak-protocol", Some(WEAK.id)),
            ("api/weak-protocol", None),
            ("protocol", None),
            ("", None),
        ] {
            assert_eq!(find(&rules, id).map(|rule| rule.id), found, "{id:?}");
        }
        assert!(find(&[&WEAK, &WEAK], "weak-protocol").is_none(), "two have that short id");
    }

    #[test]
    fn a_mistyped_id_finds_its_neighbours() {
        let rules = [&INTERCEPTED, &WEAK];
        assert_eq!(similar(&rules, "channel/interception"), [INTERCEPTED.id]);
        assert_eq!(similar(&rules, "weak-cipher"), [WEAK.id]);
        assert!(similar(&rules, "channel/nonsense").is_empty());
    }

    #[test]
    fn the_registry_is_complete() {
        let ids: Vec<&str> = rules().iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), DETECTORS.len());
        for rule in rules() {
            assert!(rule.id.starts_with(&format!("{}/", rule.surface)), "{}", rule.id);
            assert_eq!(find(&rules(), rule.id).map(|found| found.id), Some(rule.id));
        }
    }
}

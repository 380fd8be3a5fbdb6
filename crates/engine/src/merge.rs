//! Puts the records of several workers into their total order.

use dissect::Record;

/// Merges sorted lists into one.
pub(crate) fn merge(mut lists: Vec<Vec<Record>>) -> Vec<Record> {
    lists.retain(|list| !list.is_empty());
    if lists.len() <= 1 {
        return lists.pop().unwrap_or_default();
    }
    let mut all: Vec<Record> = lists.into_iter().flatten().collect();
    // The standard library's stable sort finds the sorted runs and merges them.
    all.sort_by_key(|record| record.order);
    all
}

//! Which packets of a file the caller wants: those that match a filter, and not more than a number
//! of them. Applied to a block after it was read, so that it costs nothing where it is not used.

use dissect::LinkType;

use crate::block::Block;
use crate::error::Error;
use crate::filter::Filter;

/// The caller's choice.
#[derive(Debug)]
pub(crate) struct Selection {
    filter: Option<Filter>,
    left: Option<u64>,
}

/// Whether more packets are wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Quota {
    Open,
    Reached,
}

impl Selection {
    /// `count`: the most packets that are wanted, after filtering.
    pub(crate) fn new(filter: Option<Filter>, count: Option<u64>) -> Self {
        Self { filter, left: count }
    }

    /// Compiles the filter for what is known to come, so that a mistake in it is told at once.
    pub(crate) fn prepare(&mut self, link_types: &[LinkType]) -> Result<(), Error> {
        match &mut self.filter {
            Some(filter) => link_types.iter().try_for_each(|known| filter.prepare(*known)),
            None => Ok(()),
        }
    }

    /// Whether more packets are wanted.
    pub(crate) fn quota(&self) -> Quota {
        if self.left == Some(0) { Quota::Reached } else { Quota::Open }
    }

    /// Takes out of `block` what is not wanted; packets keep their numbers. After an error the
    /// block has the packets before the one that could not be judged.
    pub(crate) fn apply(&mut self, block: &mut Block) -> Result<Quota, Error> {
        let outcome = match &mut self.filter {
            Some(filter) => retain(filter, block),
            None => Ok(()),
        };
        if let Some(left) = &mut self.left {
            let wanted = usize::try_from(*left).unwrap_or(usize::MAX);
            block.heads.truncate(wanted);
            block.numbers.truncate(wanted);
            *left = left.saturating_sub(block.heads.len() as u64);
        }
        outcome.map(|()| self.quota())
    }
}

/// Keeps the packets that match.
fn retain(filter: &mut Filter, block: &mut Block) -> Result<(), Error> {
    let Block { bytes, heads, numbers, first_number } = block;
    let mut number = *first_number;
    let mut failure = None;
    heads.retain(|head| {
        let keep = failure.is_none()
            && filter.matches(head.link_type, head.data(bytes)).unwrap_or_else(|error| {
                failure = Some(error);
                false
            });
        if keep {
            numbers.push(number);
        }
        number = number.saturating_add(1);
        keep
    });
    failure.map_or(Ok(()), Err)
}

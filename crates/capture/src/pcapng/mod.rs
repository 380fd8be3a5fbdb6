//! The pcapng capture file: blocks of a type and a length, in sections that each have their own
//! byte order and interfaces.
//!
//! ```text
//! block   type 4, length 4, body (padded to 4), length again 4
//! ```
//!
//! Numbers from draft-ietf-opsawg-pcapng, section 4. Packets are read from Enhanced, Simple and the
//! obsolete Packet Blocks ([`packet`]); Decryption Secrets and Custom Blocks are kept
//! ([`crate::kept`]); all others are skipped without being held in memory. A section's length is
//! not needed and not believed: many writers leave it unknown.

pub(crate) mod ahead;
pub(crate) mod frame;
pub(crate) mod interface;
mod keep;
mod packet;

use dissect::{LinkType, Timestamp};

use crate::block::PacketHead;
use crate::bytes::Order;
use crate::fault::{BadBlock, Fault, Part};
use crate::format::{Broken, Progress, View};
use crate::kept::{CustomBlock, Kept, Secrets};
use frame::{
    CUSTOM, CUSTOM_NOT_COPIED, ENHANCED_PACKET, FRAME, Frame, INTERFACE, MAX_BLOCK, MAX_OPTIONS,
    OBSOLETE_PACKET, ORDER_MAGIC, SECRETS, SECTION, SECTION_FIELDS, SIMPLE_PACKET,
};
use interface::Interface;

/// The most interfaces of a section: [`PacketHead::interface`] has 16 bits.
const MAX_INTERFACES: usize = 65_536;

/// The most different link types that are listed for a capture; the real ones are about 300.
const MAX_LINK_TYPES: usize = 512;

/// What is known of a pcapng file.
pub(crate) struct Pcapng {
    order: Order,
    interfaces: Vec<Interface>,
    link_types: Vec<LinkType>,
    last: Timestamp,
    skip: Option<Skip>,
    secrets: Kept<Secrets>,
    custom_blocks: Kept<CustomBlock>,
}

impl Default for Pcapng {
    fn default() -> Self {
        Self {
            // The first block is a section header, and says which it is.
            order: Order::Little,
            interfaces: Vec::new(),
            link_types: Vec::new(),
            last: Timestamp::default(),
            skip: None,
            secrets: Kept::default(),
            custom_blocks: Kept::default(),
        }
    }
}

/// A block that is being passed over.
struct Skip {
    frame: Frame,
    /// Bytes up to the length at its end.
    left: u32,
}

/// What to do after looking at a block.
enum Step {
    /// It is done with; it had so many bytes.
    Done(usize),
    /// Go on with the block that is now being skipped.
    Skip,
    /// Look again when so many bytes of it are there.
    Wanted(usize),
}

impl Pcapng {
    /// By the type of the first block and its byte-order magic, as far as they are there.
    pub(crate) fn recognise(head: &[u8]) -> bool {
        let magic = Order::Little.u32_at(head, 8);
        Order::Little.u32_at(head, 0) == Some(SECTION)
            && magic.is_none_or(|m| m == ORDER_MAGIC || m == ORDER_MAGIC.swap_bytes())
    }

    /// Link types of the interfaces described so far.
    pub(crate) fn link_types(&self) -> &[LinkType] {
        &self.link_types
    }

    /// Interfaces of the current section.
    pub(crate) fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// Decryption secrets so far.
    pub(crate) fn secrets(&self) -> &[Secrets] {
        self.secrets.items()
    }

    /// Custom blocks so far.
    pub(crate) fn custom_blocks(&self) -> &[CustomBlock] {
        self.custom_blocks.items()
    }

    /// Goes through every block that is there as a whole, and through the parts that are there of
    /// one that is skipped.
    pub(crate) fn parse(
        &mut self,
        view: View<'_>,
        heads: &mut Vec<PacketHead>,
    ) -> Result<Progress, Broken> {
        let mut next = view.from;
        loop {
            let rest = view.bytes.get(next..).unwrap_or_default();
            let step = match self.skip.take() {
                Some(skip) => self.pass(skip, rest)?,
                None => self.step(view, view.offset(next), rest, heads)?,
            };
            match step {
                Step::Done(length) => next = next.saturating_add(length),
                Step::Skip => {}
                Step::Wanted(wanted) => return Ok(Progress { next, wanted }),
            }
        }
    }

    /// What is cut off at the end of the input.
    pub(crate) fn cut(&self, view: View<'_>) -> Option<Broken> {
        let end = view.offset(view.bytes.len());
        let rest = view.bytes.get(view.from..).unwrap_or_default();
        let cut = |part, offset: u64, expected: u32| {
            let expected = u64::from(expected);
            let fault = Fault::Cut { present: end.saturating_sub(offset), expected };
            Some(Broken { part, offset, fault })
        };
        if let Some(Skip { frame, .. }) = self.skip {
            return cut(frame.part(), frame.offset, frame.span);
        }
        let offset = view.offset(view.from);
        match self.frame(offset, rest) {
            _ if rest.is_empty() => None,
            // A section header is skipped from its versions on; before them, its length may not
            // have a known byte order.
            Some(frame) if frame.kind == SECTION => cut(frame.part(), offset, SECTION_FIELDS),
            Some(frame) => cut(frame.part(), offset, frame.span),
            None if offset == 0 => cut(Part::FileHeader, offset, SECTION_FIELDS),
            None => cut(Part::BlockHeader, offset, FRAME),
        }
    }

    /// Type and length of the block that begins with `rest`.
    #[inline]
    fn frame(&self, offset: u64, rest: &[u8]) -> Option<Frame> {
        let [a, b, c, d, e, f, g, h] = *rest.first_chunk()?;
        let kind = self.order.u32([a, b, c, d]);
        let length = self.order.u32([e, f, g, h]);
        let span = length.checked_next_multiple_of(4).unwrap_or(u32::MAX);
        Some(Frame { kind, length, span, offset })
    }

    /// Looks at the block that begins with `rest`.
    #[inline]
    fn step(
        &mut self,
        view: View<'_>,
        offset: u64,
        rest: &[u8],
        heads: &mut Vec<PacketHead>,
    ) -> Result<Step, Broken> {
        let Some(mut frame) = self.frame(offset, rest) else { return Ok(Step::Wanted(8)) };
        if frame.kind == SECTION {
            let Some(magic) = Order::Little.u32_at(rest, 8) else { return Ok(Step::Wanted(12)) };
            self.order = match magic {
                ORDER_MAGIC => Order::Little,
                _ if magic.swap_bytes() == ORDER_MAGIC => Order::Big,
                _ => return Err(frame.bad(BadBlock::OrderMagic(magic))),
            };
            frame = self.frame(offset, rest).unwrap_or(frame);
        }
        frame.at_least(FRAME)?;
        if frame.span > MAX_BLOCK {
            return Err(frame.absurd(frame.length, MAX_BLOCK));
        }
        match frame.kind {
            ENHANCED_PACKET | SIMPLE_PACKET | OBSOLETE_PACKET => {
                self.packet(view, frame, rest, heads)
            }
            SECTION => self.section(frame, rest),
            INTERFACE => self.interface(frame, rest),
            SECRETS if self.secrets.has_room(frame.length as usize) => {
                self.keep_secrets(frame, rest, view.packets.saturating_add(heads.len() as u64))
            }
            CUSTOM | CUSTOM_NOT_COPIED if self.custom_blocks.has_room(frame.length as usize) => {
                self.keep_custom(frame, rest, view.packets.saturating_add(heads.len() as u64))
            }
            _ => Ok(self.skip(frame)),
        }
    }

    /// Begins to skip a block.
    fn skip(&mut self, frame: Frame) -> Step {
        self.skip = Some(Skip { frame, left: frame.span.saturating_sub(4) });
        Step::Skip
    }

    /// Goes on skipping a block.
    fn pass(&mut self, skip: Skip, rest: &[u8]) -> Result<Step, Broken> {
        let here = u32::try_from(rest.len()).unwrap_or(u32::MAX).min(skip.left);
        if here > 0 {
            self.skip = Some(Skip { left: skip.left.saturating_sub(here), ..skip });
            return Ok(Step::Done(here as usize));
        }
        let trailer = self.order.u32_at(rest, 0).filter(|_| skip.left == 0);
        let Some(second) = trailer else {
            let wanted = if skip.left == 0 { 4 } else { 1 };
            self.skip = Some(skip);
            return Ok(Step::Wanted(wanted));
        };
        skip.frame.closed_by(second)?;
        Ok(Step::Done(4))
    }

    /// The body of a block that is there as a whole, without its frame.
    fn body(&self, frame: Frame, rest: &[u8]) -> Result<Option<Vec<u8>>, Broken> {
        let Some(whole) = rest.get(..frame.span as usize) else { return Ok(None) };
        self.check_trailer(frame, whole)?;
        let end = (frame.length as usize).saturating_sub(4);
        Ok(Some(whole.get(8..end).unwrap_or_default().to_vec()))
    }

    /// Compares the length at the end of a whole block with the one at its beginning.
    #[inline]
    fn check_trailer(&self, frame: Frame, whole: &[u8]) -> Result<(), Broken> {
        let second = self.order.u32_at(whole, whole.len().saturating_sub(4));
        frame.closed_by(second.unwrap_or_default())
    }

    /// A new section: its own interfaces, its own byte order (already set).
    fn section(&mut self, frame: Frame, rest: &[u8]) -> Result<Step, Broken> {
        frame.at_least(SECTION_FIELDS)?;
        let (Some(major), Some(minor)) = (self.order.u16_at(rest, 12), self.order.u16_at(rest, 14))
        else {
            return Ok(Step::Wanted(16));
        };
        // Version 1.2 is what some writers call 1.0.
        if !matches!((major, minor), (1, 0 | 2)) {
            let format = "pcapng";
            return Err(frame.broken(Fault::UnsupportedVersion { format, major, minor }));
        }
        self.interfaces.clear();
        Ok(self.skip(frame))
    }

    /// One more interface of this section.
    fn interface(&mut self, frame: Frame, rest: &[u8]) -> Result<Step, Broken> {
        frame.at_least(20)?;
        if frame.length > MAX_OPTIONS {
            return Err(frame.absurd(frame.length, MAX_OPTIONS));
        }
        if self.interfaces.len() >= MAX_INTERFACES {
            return Err(frame.bad(BadBlock::TooManyInterfaces { limit: MAX_INTERFACES }));
        }
        let Some(body) = self.body(frame, rest)? else {
            return Ok(Step::Wanted(frame.span as usize));
        };
        if let Some(interface) = Interface::parse(self.order, &body) {
            let link_type = interface.link_type;
            if self.link_types.len() < MAX_LINK_TYPES && !self.link_types.contains(&link_type) {
                self.link_types.push(link_type);
            }
            self.interfaces.push(interface);
        }
        Ok(Step::Done(frame.span as usize))
    }
}

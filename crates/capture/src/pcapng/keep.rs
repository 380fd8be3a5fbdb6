//! Blocks that are kept for later: Decryption Secrets (draft-ietf-opsawg-pcapng, section 4.7) and
//! Custom Blocks (section 4.8).

use super::frame::Frame;
use super::{Pcapng, Step};
use crate::fault::BadBlock;
use crate::format::Broken;
use crate::kept::{CustomBlock, Secrets};

impl Pcapng {
    /// Keeps a Decryption Secrets Block: kind, length, data, options.
    pub(super) fn keep_secrets(
        &mut self,
        frame: Frame,
        rest: &[u8],
        after_packet: u64,
    ) -> Result<Step, Broken> {
        frame.at_least(20)?;
        let Some(body) = self.body(frame, rest)? else {
            return Ok(Step::Wanted(frame.span as usize));
        };
        let kind = self.order.u32_at(&body, 0).unwrap_or_default();
        let inner = self.order.u32_at(&body, 4).unwrap_or_default();
        let Some(data) = body.get(8..).and_then(|rest| rest.get(..inner as usize)) else {
            return Err(frame.bad(BadBlock::DataBeyondBlock { inner, block: frame.length }));
        };
        self.secrets.keep(data.len(), || Secrets { kind, data: data.to_vec(), after_packet });
        Ok(Step::Done(frame.span as usize))
    }

    /// Keeps a Custom Block: the number of its definer, then what only that one knows.
    pub(super) fn keep_custom(
        &mut self,
        frame: Frame,
        rest: &[u8],
        after_packet: u64,
    ) -> Result<Step, Broken> {
        frame.at_least(16)?;
        let Some(body) = self.body(frame, rest)? else {
            return Ok(Step::Wanted(frame.span as usize));
        };
        let enterprise = self.order.u32_at(&body, 0).unwrap_or_default();
        let data = body.get(4..).unwrap_or_default();
        self.custom_blocks.keep(data.len(), || CustomBlock {
            enterprise,
            data: data.to_vec(),
            after_packet,
        });
        Ok(Step::Done(frame.span as usize))
    }
}

//! A slice of a capture: the packets that prove findings and those that are needed to dissect them,
//! as pcapng, with comments. What `evidence` and the export of the terminal UI share.
//!
//! Packets are written as they were captured: nothing is left out of their bytes.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use capture::{Again, OwnedPacket};
use detect::Finding;
use report::evidence::Plan;

/// The packets, and what is said of them.
#[derive(Debug)]
pub(crate) struct Slice {
    packets: Vec<OwnedPacket>,
    plan: Plan,
    /// Packets of the findings' flows that were not taken, for there are too many.
    left_out: u64,
    /// Packets that could not be had again.
    missing: usize,
}

impl Slice {
    /// Fetches what these findings need from where their packets are.
    pub(crate) fn gather<'a>(
        place: &dyn Again,
        findings: impl IntoIterator<Item = &'a Finding>,
    ) -> anyhow::Result<Self> {
        let plan = Plan::new(findings);
        if plan.is_empty() {
            anyhow::bail!("there is no packet to write: HAR files have none");
        }
        let flows = capture::with_flows(place, &plan.numbers())?;
        let wanted = flows.numbers.len();
        let packets = capture::again::packets(place, flows.numbers)?;
        if packets.is_empty() {
            anyhow::bail!("none of the packets can be read again");
        }
        let missing = wanted.saturating_sub(packets.len());
        Ok(Self { packets, plan, left_out: flows.left_out, missing })
    }

    /// Writes it; `secrets` are lines of a key log, or nothing.
    pub(crate) fn write(&self, out: &mut dyn Write, secrets: &[u8]) -> io::Result<()> {
        let application = concat!("interloper ", env!("CARGO_PKG_VERSION"));
        let mut writer = capture::Writer::new(out, application)?;
        if !secrets.is_empty() {
            writer.secrets(secrets)?;
        }
        for packet in &self.packets {
            writer.packet(&packet.packet(), self.plan.comments(packet.number))?;
        }
        writer.finish().map(|_| ())
    }

    /// Writes it to a file that was made for it.
    pub(crate) fn write_file(&self, file: File, secrets: &[u8]) -> io::Result<()> {
        let mut writer = BufWriter::new(file);
        self.write(&mut writer, secrets)?;
        writer.flush()
    }

    /// How many packets it has.
    pub(crate) fn len(&self) -> usize {
        self.packets.len()
    }

    /// What it has not; `None` if it has all.
    pub(crate) fn lacks(&self) -> Option<String> {
        match (self.missing, self.left_out) {
            (0, 0) => None,
            (0, left_out) => Some(format!("{left_out} packets of long flows are left out")),
            (missing, 0) => Some(format!("{missing} packets could not be read again")),
            (missing, left_out) => Some(format!(
                "{missing} packets could not be read again, {left_out} of long flows are left out"
            )),
        }
    }
}

//! Where packets come from, and where they are written: a crate of its own so that libpcap and the
//! compression libraries stay out of everything that reads packets.
//!
//! Capture files are read by the pure-Rust reader behind [`open`] and [`open_stdin`]; libpcap is
//! used for live interfaces ([`LiveSource`]) and to compile filter expressions ([`Filter`]). Both
//! kinds of input are a [`Source`]: they fill large reused [`Block`]s of packets. A HAR file has no
//! packets: [`open_any`] gives it as a [`HarFile`], whose bytes are for others to read. Packets that
//! were seen can be had [`again`], and are written by a [`Writer`].

pub mod again;
pub mod block;
mod bytes;
mod compress;
pub mod error;
pub mod fault;
pub mod file;
pub mod filter;
pub mod flows;
mod format;
pub mod har;
mod input;
pub mod kept;
pub mod link;
pub mod live;
mod pcap;
mod pcapng;
pub mod recent;
mod selection;
pub mod source;
pub mod write;

pub use again::{Again, CaptureFile, OwnedPacket};
pub use block::{Block, PacketHead};
pub use error::Error;
pub use fault::{BadBlock, Fault, Part, Position};
pub use file::{FileOptions, FileSource, Opened, open, open_any, open_any_stdin, open_stdin};
pub use filter::Filter;
pub use flows::{FlowPackets, with_flows};
pub use har::HarFile;
pub use kept::{CustomBlock, Secrets};
pub use live::{LiveOptions, LiveSource, interfaces};
pub use pcapng::interface::Interface;
pub use recent::Recent;
pub use source::{Fill, Source, Status};
pub use write::Writer;

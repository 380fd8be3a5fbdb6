//! Where packets come from: a crate of its own so that libpcap and the compression libraries stay
//! out of everything that reads packets.

pub mod block;
pub mod error;
pub mod source;

pub use block::{Block, PacketHead};
pub use error::Error;
pub use source::{Fill, Source, Status};

//! Capture files made byte by byte, read through the public interface.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails may panic"
)]

mod compressed;
mod cut;
mod garbled;
mod large;
mod made;
mod pcap;
mod pcapng;
mod refused;
mod selection;

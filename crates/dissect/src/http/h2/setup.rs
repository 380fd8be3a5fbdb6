//! The client's first frames: how it sets the connection up, before it asks for anything.

use super::frame::setting;
use crate::bytes::{u16_at, u32_at};
use crate::http::Http2Setup;
use crate::limits::HTTP2_SETUP;

/// Settings of a frame: identifier and value (RFC 9113 section 6.5.1).
pub(super) fn settings(payload: &[u8]) -> impl Iterator<Item = (u16, u32)> {
    payload.chunks_exact(6).filter_map(|it| Some((u16_at(it, 0)?, u32_at(it, 2)?)))
}

/// Collects the setup until the first request.
#[derive(Debug, Default)]
pub(super) struct Collecting {
    setup: Http2Setup,
    settings_seen: bool,
}

impl Collecting {
    /// A SETTINGS frame that is no acknowledgment.
    pub(super) fn settings(&mut self, payload: &[u8]) {
        if !std::mem::replace(&mut self.settings_seen, true) {
            self.setup.settings = settings(payload).take(HTTP2_SETUP).collect();
        }
    }

    /// A WINDOW_UPDATE frame for the whole connection.
    pub(super) fn window_update(&mut self, payload: &[u8]) {
        if self.setup.window_update == 0 {
            self.setup.window_update = u32_at(payload, 0).unwrap_or_default() & 0x7fff_ffff;
        }
    }

    /// A PRIORITY frame (RFC 9113 section 6.3).
    pub(super) fn priority(&mut self, stream: u32, payload: &[u8]) {
        if let (Some(on), [_, _, _, _, weight]) = (u32_at(payload, 0), payload)
            && self.setup.priorities.len() < HTTP2_SETUP
        {
            self.setup.priorities.push((stream, on >> 31 != 0, on & 0x7fff_ffff, *weight));
        }
    }

    /// What came.
    pub(super) fn finish(self) -> Http2Setup {
        self.setup
    }
}

/// The largest value of a setting in a frame.
pub(super) fn largest(payload: &[u8], identifier: u16) -> Option<u32> {
    let of_kind = settings(payload).filter(|(kind, _)| *kind == identifier);
    of_kind.map(|(_, value)| value).max()
}

/// Of SETTINGS_HEADER_TABLE_SIZE.
pub(super) fn table_size(payload: &[u8]) -> Option<u32> {
    largest(payload, setting::HEADER_TABLE_SIZE)
}

/// Of SETTINGS_MAX_FRAME_SIZE.
pub(super) fn max_frame(payload: &[u8]) -> Option<u32> {
    largest(payload, setting::MAX_FRAME_SIZE)
}

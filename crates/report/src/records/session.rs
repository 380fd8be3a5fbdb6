//! The `tls` and `quic` events: one session, when it is over.

mod body;
mod parts;

use std::io;

use dissect::{Carrier, Record, Session};
use serde::Serialize;

use super::head::write_event;
use super::{EventType, Options};
use body::SessionJson;
pub(super) use parts::ViaJson;

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Body<'a> {
    Quic(SessionJson<'a>),
    Tls(SessionJson<'a>),
}

/// Writes one line, if its kind is wanted.
pub(super) fn write(
    writer: &mut dyn io::Write,
    record: &Record,
    session: &Session,
    options: &Options,
) -> io::Result<()> {
    let quic = matches!(session.carrier, Carrier::Quic { .. });
    let event = if quic { EventType::Quic } else { EventType::Tls };
    if !options.wants(event) {
        return Ok(());
    }
    let json = SessionJson::new(session, options);
    let body = if quic { Body::Quic(json) } else { Body::Tls(json) };
    write_event(writer, record, event, options, body)
}

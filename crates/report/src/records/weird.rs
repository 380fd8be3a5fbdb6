//! The `weird` event: an anomaly.

use std::io;

use dissect::{Record, Weird};
use serde::Serialize;

use super::head::write_event;
use super::{EventType, Options};

#[derive(Serialize)]
struct Body<'a> {
    weird: WeirdJson<'a>,
}

#[derive(Serialize)]
struct WeirdJson<'a> {
    name: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
}

pub(super) fn write(
    writer: &mut dyn io::Write,
    record: &Record,
    weird: &Weird,
    options: &Options,
) -> io::Result<()> {
    let weird = WeirdJson { name: weird.kind.word(), detail: &weird.detail };
    write_event(writer, record, EventType::Weird, options, Body { weird })
}

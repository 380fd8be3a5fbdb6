//! Runs a HAR file: one thread, no packets, the same end of the line.

use capture::HarFile;
use dissect::Record;
use dissect::har::Reader;

use crate::error::Error;
use crate::offline::Listener;
use crate::progress::Progress;

/// Reads `file` to its end.
pub(crate) fn run(file: &mut HarFile, listener: &mut Listener<'_>) -> Result<(), Error> {
    let mut reader = Reader::new(file.count());
    let result = read(file, &mut reader, listener);
    listener.stats.flows = reader.connections();
    listener.stats.left_out = reader.left_out();
    file.drain();
    result
}

fn read(file: &mut HarFile, reader: &mut Reader, listener: &mut Listener<'_>) -> Result<(), Error> {
    let name = file.status().name;
    let failed = |error| Error::Har { name: name.clone(), error };
    let mut records: Vec<Record> = Vec::new();
    loop {
        let bytes = file.read()?;
        let is_end = bytes.is_empty();
        let result = if is_end { reader.finish() } else { reader.read(bytes, &mut records) };
        listener.records(&records);
        let last = records.last().map(|record| record.packet.timestamp);
        let first = records.first().map(|record| record.packet.timestamp);
        listener.stats.first = listener.stats.first.or(first);
        listener.stats.last = last.or(listener.stats.last);
        records.clear();
        let status = file.status();
        let progress = Progress {
            bytes_read: status.bytes_read,
            bytes_total: status.bytes_total,
            last: listener.stats.last,
            ..Progress::default()
        };
        let goes_on = listener.subscriber.progress(&progress);
        result.map_err(failed)?;
        if is_end || reader.is_done() || goes_on.is_break() {
            return Ok(());
        }
    }
}

//! Capture files: pcap and pcapng, compressed or not.
#![no_main]
use capture::{Block, FileOptions, FileSource, Fill, Source};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let input = std::io::Cursor::new(bytes.to_vec());
    let Ok(mut source) = FileSource::from_reader("-", input, &FileOptions::default()) else {
        return;
    };
    let mut block = Block::default();
    while matches!(source.fill(&mut block), Ok(Fill::More)) {}
});

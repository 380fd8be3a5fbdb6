//! Counts the packets of a capture: `cargo run -p capture --example count -- FILE [FILTER]`.
//!
//! `-` is standard input.

#![allow(clippy::print_stdout, reason = "this example is a program, and programs print")]

use std::env;
use std::error::Error;
use std::path::Path;

use capture::{Block, FileOptions, Fill, Filter, Source, open, open_stdin};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let path = arguments.next().ok_or("usage: count FILE [FILTER]")?;
    let filter = arguments.next().map(Filter::new);
    let options = FileOptions { filter, ..FileOptions::default() };
    let mut source =
        if path == "-" { open_stdin(&options)? } else { open(Path::new(&path), &options)? };
    let mut block = Block::default();
    let (mut packets, mut bytes) = (0_u64, 0_u64);
    loop {
        let filled = source.fill(&mut block);
        for packet in block.packets() {
            packets = packets.saturating_add(1);
            bytes = bytes.saturating_add(packet.data.len() as u64);
        }
        match filled {
            Ok(Fill::More) => {}
            Ok(Fill::End) => break,
            Err(error) => {
                println!("{packets} packets, {bytes} bytes, and then: {error}");
                return Err(error.into());
            }
        }
    }
    println!("{packets} packets, {bytes} bytes");
    Ok(())
}

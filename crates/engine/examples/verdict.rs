//! Runs a capture file through the whole line and prints its sessions and findings:
//! `cargo run -p engine --example verdict -- capture.pcapng`

#![allow(clippy::print_stdout, reason = "an example talks to people")]

use detect::{Change, Finding};
use dissect::{Fact, Record, Stage};
use engine::{Engine, Settings, Subscriber};

/// A face of the program in ten lines.
struct Printer;

impl Subscriber for Printer {
    fn records(&mut self, records: &[Record]) {
        for record in records {
            if let (Fact::Session(Stage::Ended, session), Some(flow)) = (&record.fact, &record.flow)
            {
                let version = session.version().map(|version| version.to_string());
                let (host, version) = (session.host().unwrap_or("-"), version.unwrap_or_default());
                println!("{} -> {}: {host} {version} {:?}", flow.client, flow.server, session.end);
            }
        }
    }

    fn finding(&mut self, finding: &Finding, change: Change) {
        if matches!(change, Change::New(_)) {
            println!("{}: {}", finding.severity, finding.title);
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: verdict FILE")?;
    let mut source = capture::open(path.as_ref(), &capture::FileOptions::default())?;
    let mut engine = Engine::new(Settings::default());
    engine.run(&mut source, &mut Printer)?;
    for input in engine.inputs() {
        println!("{} packets, {} flows", input.packets, input.flows);
    }
    Ok(())
}

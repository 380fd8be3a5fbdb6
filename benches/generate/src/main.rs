//! Large captures out of the small ones in `captures/`: deterministic, with new addresses, ports,
//! times, randoms and names, correct lengths and checksums. `benches/README.md` says what for.

mod chain;
mod edit;
mod flow;
mod random;
mod script;
mod sealed;
mod template;
mod wire;

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Parser;

use chain::Issuer;
use flow::{Bulk, Flow};
use script::{Kind, Script, Tail};
use wire::Pcap;

/// 2026-11-25, 00:00 UTC: all certificates of the captures are valid.
const START: u64 = 1_795_564_800;

/// Makes a large capture. What is in it is written to stderr and to OUT.facts.
#[derive(Debug, Parser)]
struct Arguments {
    /// What it is made of
    kind: Kind,
    /// The capture; `-` is standard output. The key log is OUT.keys, the root OUT.pem
    out: PathBuf,
    /// So many flows
    #[arg(long, default_value_t = u64::MAX, hide_default_value = true)]
    flows: u64,
    /// About so many megabytes (10^6), if that is reached before
    #[arg(long, default_value_t = 1000.0)]
    size: f64,
    /// Flows at the same time
    #[arg(long, default_value_t = 2000)]
    concurrent: usize,
    /// Packets a second
    #[arg(long, default_value_t = 100_000)]
    rate: u64,
    /// Packets of bulk data of each flow instead of the kind's own
    #[arg(long)]
    bulk: Option<u64>,
    /// Where the small captures are
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../captures"))]
    captures: PathBuf,
}

/// What is in the file.
#[derive(Debug, Default)]
struct Facts {
    flows: u64,
    handshakes: u64,
    exchanges: u64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let issuer = Arc::new(Issuer::new());
    let mut scripts = script::of(arguments.kind, &arguments.captures, &issuer)?;
    if let Some(packets) = arguments.bulk {
        scripts.iter_mut().for_each(|script| script.bulk = (packets, packets));
    }
    let beside = |ending: &str| {
        let mut name = arguments.out.clone().into_os_string();
        name.push(ending);
        PathBuf::from(name)
    };
    if arguments.out.as_os_str() == "-" {
        write(&arguments, &scripts, io::stdout().lock(), &mut io::sink())?;
        return Ok(());
    }
    let named = |path: &PathBuf| format!("{}", path.display());
    let file = File::create(&arguments.out).with_context(|| named(&arguments.out))?;
    let facts = if arguments.kind == Kind::Decrypted {
        let keys = beside(".keys");
        let mut keys = io::BufWriter::new(File::create(&keys).with_context(|| named(&keys))?);
        let facts = write(&arguments, &scripts, file, &mut keys)?;
        keys.flush()?;
        facts
    } else {
        write(&arguments, &scripts, file, &mut io::sink())?
    };
    if arguments.kind == Kind::Flood {
        std::fs::write(beside(".pem"), issuer.root_pem())?;
    }
    std::fs::write(beside(".facts"), format!("{facts}\n"))?;
    eprintln!("{}: {facts}", arguments.out.display());
    Ok(())
}

/// All packets: each flow under way sends one in turn.
fn write(
    arguments: &Arguments,
    scripts: &[Script],
    out: impl Write,
    keys: &mut dyn Write,
) -> Result<String> {
    let most = (arguments.size * 1e6) as u64;
    let mut planned = 0;
    let bulk = Bulk::new();
    let mut pcap = Pcap::new(out, START, arguments.rate);
    let mut facts = Facts::default();
    let mut under_way: Vec<Flow<'_>> = Vec::new();
    let mut begin = || -> Result<Option<Flow<'_>>> {
        let number = facts.flows;
        if number >= arguments.flows || planned >= most {
            return Ok(None);
        }
        let script = &scripts[(number % scripts.len() as u64) as usize];
        planned += script.size(number);
        let (handshakes, exchanges) = script.counts();
        facts.flows += 1;
        facts.handshakes += handshakes;
        facts.exchanges += exchanges;
        if let Tail::Exchanges(sealed) = &script.tail {
            sealed.log(number, keys)?;
        }
        Ok(Some(Flow::new(script, number)))
    };
    loop {
        // One more at each turn until all are under way, so that they are not in step.
        if under_way.len() < arguments.concurrent
            && let Some(flow) = begin()?
        {
            under_way.push(flow);
        }
        if under_way.is_empty() {
            break;
        }
        let mut index = 0;
        while index < under_way.len() {
            if under_way[index].step(&mut pcap, &bulk)? {
                index += 1;
                continue;
            }
            match begin()? {
                Some(flow) => under_way[index] = flow,
                None => drop(under_way.swap_remove(index)),
            }
        }
    }
    pcap.finish()?;
    let Facts { flows, handshakes, exchanges } = facts;
    Ok(format!(
        "flows={flows} handshakes={handshakes} exchanges={exchanges} packets={} bytes={}",
        pcap.packets, pcap.bytes
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    /// Lengths of all frames of a pcap file.
    fn frames(file: &[u8]) -> Vec<usize> {
        let mut rest = &file[24..];
        let mut lengths = Vec::new();
        while !rest.is_empty() {
            let length = u32::from_le_bytes(*rest[8..].first_chunk().unwrap()) as usize;
            lengths.push(length);
            rest = &rest[16 + length..];
        }
        lengths
    }

    #[test]
    fn every_kind_is_the_same_in_every_run_and_whole() {
        for kind in Kind::value_variants() {
            let name = kind.to_possible_value().unwrap();
            let arguments =
                Arguments::parse_from(["generate", name.get_name(), "-", "--flows", "50"]);
            let make = || {
                let issuer = Arc::new(Issuer::new());
                let scripts = script::of(*kind, &arguments.captures, &issuer).unwrap();
                let (mut file, mut keys) = (Vec::new(), Vec::new());
                let facts = write(&arguments, &scripts, &mut file, &mut keys).unwrap();
                (file, keys, facts)
            };
            let (file, keys, facts) = make();
            let packets = format!("packets={} bytes={}", frames(&file).len(), file.len());
            assert!(facts.starts_with("flows=50 ") && facts.ends_with(&packets), "{facts}");
            assert_eq!(keys.is_empty(), *kind != Kind::Decrypted);
            assert!((file, keys, facts) == make(), "{kind:?}");
        }
    }
}

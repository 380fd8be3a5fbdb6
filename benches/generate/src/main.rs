//! Makes a large capture: see the library.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use generate::{Kind, Plan};

/// Makes a large capture out of the small ones. What is in it is written to stderr and to OUT.facts.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    plan: Plan,
    /// The capture; `-` is standard output. The key log is OUT.keys, the root OUT.pem
    out: PathBuf,
}

fn main() -> Result<()> {
    let Arguments { plan, out } = Arguments::parse();
    if out.as_os_str() == "-" {
        plan.write(io::stdout().lock(), &mut io::sink())?;
        return Ok(());
    }
    let create = |path: PathBuf| {
        File::create(&path).with_context(|| format!("{}", path.display())).map(io::BufWriter::new)
    };
    let beside = |ending: &str| {
        let mut name = out.clone().into_os_string();
        name.push(ending);
        PathBuf::from(name)
    };
    let mut keys: Box<dyn Write> = match plan.kind {
        Kind::Decrypted => Box::new(create(beside(".keys"))?),
        _ => Box::new(io::sink()),
    };
    let facts = plan.write(create(out.clone())?, &mut keys)?;
    keys.flush()?;
    if plan.kind == Kind::Flood {
        std::fs::write(beside(".pem"), generate::root_pem())?;
    }
    std::fs::write(beside(".facts"), format!("{facts}\n"))?;
    eprintln!("{}: {facts}", out.display());
    Ok(())
}

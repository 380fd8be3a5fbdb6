//! Prints whether certificate chains lead to a trusted root.
//!
//! ```sh
//! cargo run -p detect --example chain -- [--root ROOT.pem]... [--at SECONDS] CHAIN.pem...
//! ```
//!
//! Each file holds one chain, leaf first. `--at` is the time of the capture in seconds since 1970;
//! without it, each chain is judged at the moment its leaf became valid.

#![allow(clippy::print_stdout)] // an example talks to people

use std::error::Error;
use std::sync::Arc;

use detect::Trust;
use dissect::Timestamp;
use dissect::x509::{CertificateCache, Chain};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut roots, mut files, mut at) = (Vec::new(), Vec::new(), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--root" => {
                roots.extend(certificates(&arguments.next().ok_or("--root needs a file")?)?)
            }
            "--at" => at = Some(arguments.next().ok_or("--at needs a time")?.parse()?),
            _ => files.push(argument),
        }
    }
    let mut trust = Trust::new(roots, Vec::new());
    let mut cache = CertificateCache::default();
    for file in files {
        let ders = certificates(&file)?;
        let chain = Chain::from_ders(ders.iter().map(Vec::as_slice), &mut cache);
        let begin =
            chain.leaf().map(|leaf| leaf.not_before.saturating_timestamp()).unwrap_or_default();
        let assessment = trust.assess(&Arc::new(chain), at.map_or(begin, Timestamp::from_secs));
        println!("{file}: {assessment:?}");
    }
    Ok(())
}

/// All certificates of a PEM file.
fn certificates(file: &str) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let pem = std::fs::read(file)?;
    let certificates = CertificateDer::pem_slice_iter(&pem).map(|certificate| {
        let certificate = certificate.map_err(|error| format!("{file}: {error:?}"))?;
        Ok(certificate.to_vec())
    });
    certificates.collect()
}

//! Prints what certificates say, one line each.
//!
//! Reads them in hex, one a line, as Wireshark's command line prints them:
//!
//! ```sh
//! tshark -r capture.pcap -Y tls.handshake.certificate -T fields -e tls.handshake.certificate |
//!     tr ',' '\n' | cargo run -p dissect --example certificates
//! ```

#![allow(clippy::print_stdout)] // an example talks to people

use std::io::BufRead;

use dissect::x509::Certificate;

fn main() -> std::io::Result<()> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let digits = line.trim().as_bytes().chunks(2);
        let der: Option<Vec<u8>> = digits
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        match der.map(|der| Certificate::parse(&der)) {
            Some(Ok(certificate)) => print(&certificate),
            Some(Err(error)) => println!("{error}"),
            None => println!("not in hex"),
        }
    }
    Ok(())
}

fn print(certificate: &Certificate) {
    let sha256: String = certificate.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    println!(
        "{sha256}\t{}\t{}\t{}\t{}\t{:?}\t{}\t{:?}\t{:?}\t{:?}\t{}\t{:?}",
        certificate.subject,
        certificate.issuer,
        certificate.not_before.secs(),
        certificate.not_after.secs(),
        certificate.public_key,
        certificate.signature_algorithm,
        certificate.basic_constraints_ca,
        certificate.subject_alt_names,
        certificate.is_self_signed(),
        certificate.extensions.len(),
        certificate.scts.len(),
    );
}

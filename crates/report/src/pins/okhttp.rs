//! Pins for OkHttp: Kotlin source with a `CertificatePinner`.

use std::io;

use detect::pins::{HostPins, Scope};

use super::plain;

/// Writes it.
pub(super) fn write(writer: &mut dyn io::Write, hosts: &[HostPins]) -> io::Result<()> {
    writeln!(writer, "import okhttp3.CertificatePinner\n")?;
    writeln!(writer, "val certificatePinner: CertificatePinner = CertificatePinner.Builder()")?;
    for host in hosts {
        let wildcard = match host.scope {
            Scope::Host => "",
            Scope::OneLabel => "*.",
            Scope::Subdomains => "**.",
        };
        writeln!(writer, "    .add(\n        \"{wildcard}{}\",", plain(&host.host))?;
        for pin in &host.pins {
            writeln!(writer, "        \"{pin}\",")?;
        }
        writeln!(writer, "    )")?;
    }
    writeln!(writer, "    .build()")
}

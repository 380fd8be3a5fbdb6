//! Pins in the form that `--pins` reads.

use std::io;

use detect::pins::{HostPins, Scope};

use super::plain;

/// Writes it.
pub(super) fn write(writer: &mut dyn io::Write, hosts: &[HostPins]) -> io::Result<()> {
    writeln!(writer, "# Keys that hosts must present; one of each list is enough.")?;
    for host in hosts {
        let wildcard = if host.scope == Scope::OneLabel { "*." } else { "" };
        writeln!(writer, "\n[[host]]\nname = \"{wildcard}{}\"", plain(&host.host))?;
        if host.scope == Scope::Subdomains {
            writeln!(writer, "include-subdomains = true")?;
        }
        writeln!(writer, "pins = [")?;
        for pin in &host.pins {
            writeln!(writer, "    \"{pin}\",")?;
        }
        writeln!(writer, "]")?;
    }
    Ok(())
}

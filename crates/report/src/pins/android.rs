//! Pins for Android: a network security configuration.

use std::io;

use detect::pins::{HostPins, Scope};

use super::plain;

/// Writes it.
pub(super) fn write(writer: &mut dyn io::Write, hosts: &[HostPins]) -> io::Result<()> {
    writeln!(writer, "<?xml version=\"1.0\" encoding=\"utf-8\"?>")?;
    writeln!(writer, "<!-- res/xml/network_security_config.xml. Give every pin-set an expiration")?;
    writeln!(writer, "     if the app must go on working when it is no longer updated. -->")?;
    writeln!(writer, "<network-security-config>")?;
    for host in hosts {
        let below = host.scope != Scope::Host;
        writeln!(writer, "    <domain-config>")?;
        writeln!(
            writer,
            "        <domain includeSubdomains=\"{below}\">{}</domain>",
            plain(&host.host)
        )?;
        writeln!(writer, "        <pin-set>")?;
        for pin in &host.pins {
            writeln!(writer, "            <pin digest=\"SHA-256\">{}</pin>", pin.base64())?;
        }
        writeln!(writer, "        </pin-set>")?;
        writeln!(writer, "    </domain-config>")?;
    }
    writeln!(writer, "</network-security-config>")
}

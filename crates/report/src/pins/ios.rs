//! Pins for iOS: `NSPinnedDomains`, to be merged into the app's Info.plist.
//!
//! App Transport Security wants a match in each of the two lists that is there. So that a leaf may
//! change, authorities are written alone where they are known, and leaves only where they are not.

use std::io;

use detect::pins::{Bearer, HostPins, Pin, Scope};

use super::plain;

/// Writes it.
pub(super) fn write(writer: &mut dyn io::Write, hosts: &[HostPins]) -> io::Result<()> {
    writeln!(writer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        writer,
        "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">"
    )?;
    writeln!(writer, "<plist version=\"1.0\">\n<dict>")?;
    writeln!(writer, "    <key>NSAppTransportSecurity</key>\n    <dict>")?;
    writeln!(writer, "        <key>NSPinnedDomains</key>\n        <dict>")?;
    for host in hosts {
        let below = host.scope != Scope::Host;
        writeln!(writer, "            <key>{}</key>\n            <dict>", plain(&host.host))?;
        writeln!(
            writer,
            "                <key>NSIncludesSubdomains</key>\n                <{below}/>"
        )?;
        let (key, pins) = chosen(host);
        list(writer, key, &pins)?;
        writeln!(writer, "            </dict>")?;
    }
    writeln!(writer, "        </dict>\n    </dict>\n</dict>\n</plist>")
}

/// The list that is written, and what is in it.
pub(super) fn chosen(host: &HostPins) -> (&'static str, Vec<&Pin>) {
    let authorities = host.pins.iter().filter(|pin| pin.bearer == Bearer::Authority);
    let authorities: Vec<&Pin> = authorities.collect();
    match authorities.is_empty() {
        true => ("NSPinnedLeafIdentities", host.pins.iter().collect()),
        false => ("NSPinnedCAIdentities", authorities),
    }
}

fn list(writer: &mut dyn io::Write, key: &str, pins: &[&Pin]) -> io::Result<()> {
    writeln!(writer, "                <key>{key}</key>\n                <array>")?;
    for pin in pins {
        writeln!(writer, "                    <dict>")?;
        writeln!(writer, "                        <key>SPKI-SHA256-BASE64</key>")?;
        writeln!(writer, "                        <string>{}</string>", pin.base64())?;
        writeln!(writer, "                    </dict>")?;
    }
    writeln!(writer, "                </array>")
}

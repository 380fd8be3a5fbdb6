//! iOS: `NSAppTransportSecurity`, `NSPinnedDomains` of an Info.plist, XML or binary.

use std::io::Cursor;

use plist::{Dictionary, Value};

use super::{Bearer, HostPins, Pin, PinsError, Scope, normal};

/// Reads it.
pub(super) fn read(content: &[u8]) -> Result<Vec<HostPins>, PinsError> {
    let value = Value::from_reader(Cursor::new(content))?;
    let domains = value
        .as_dictionary()
        .and_then(|plist| plist.get("NSAppTransportSecurity")?.as_dictionary())
        .and_then(|security| security.get("NSPinnedDomains")?.as_dictionary());
    let Some(domains) = domains else { return Err(PinsError::NoPins) };
    let mut hosts = Vec::new();
    for (name, settings) in domains {
        let host = normal(name);
        let place = format!("NSPinnedDomains.{name}");
        if host.is_empty() {
            return Err(PinsError::Host { place });
        }
        let Some(settings) = settings.as_dictionary() else {
            return Err(PinsError::Host { place });
        };
        let below = settings.get("NSIncludesSubdomains").and_then(Value::as_boolean);
        let mut pins = identities(settings, "NSPinnedLeafIdentities", Bearer::Leaf, &place)?;
        pins.extend(identities(settings, "NSPinnedCAIdentities", Bearer::Authority, &place)?);
        let scope = if below == Some(true) { Scope::Subdomains } else { Scope::Host };
        hosts.push(HostPins { host, scope, expires: None, pins });
    }
    Ok(hosts)
}

fn identities(
    settings: &Dictionary,
    key: &str,
    bearer: Bearer,
    place: &str,
) -> Result<Vec<Pin>, PinsError> {
    let Some(list) = settings.get(key).and_then(Value::as_array) else { return Ok(Vec::new()) };
    let pin = |(position, identity): (usize, &Value)| {
        let text = identity
            .as_dictionary()
            .and_then(|identity| identity.get("SPKI-SHA256-BASE64")?.as_string())
            .unwrap_or_default();
        Pin::parse(text, bearer).ok_or_else(|| PinsError::Pin {
            place: format!("{place}.{key}[{position}]"),
            text: text.into(),
        })
    };
    list.iter().enumerate().map(pin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: &str = "7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=";

    fn plist(pin: &str) -> String {
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
            <plist version="1.0"><dict><key>NSAppTransportSecurity</key><dict>
            <key>NSPinnedDomains</key><dict><key>Shop.test</key><dict>
            <key>NSIncludesSubdomains</key><true/>
            <key>NSPinnedCAIdentities</key><array><dict><key>SPKI-SHA256-BASE64</key>
            <string>{pin}</string></dict></array>
            <key>NSPinnedLeafIdentities</key><array><dict><key>SPKI-SHA256-BASE64</key>
            <string>{pin}</string></dict></array>
            </dict></dict></dict></dict></plist>"#
        )
    }

    #[test]
    fn leaves_and_authorities_are_told_apart() {
        let hosts = read(plist(PIN).as_bytes()).unwrap();
        assert_eq!((hosts[0].host.as_str(), hosts[0].scope), ("shop.test", Scope::Subdomains));
        let bearers: Vec<_> = hosts[0].pins.iter().map(|pin| pin.bearer).collect();
        assert_eq!(bearers, [Bearer::Leaf, Bearer::Authority]);
    }

    #[test]
    fn a_binary_one_says_the_same() {
        let value = Value::from_reader(Cursor::new(plist(PIN))).unwrap();
        let mut binary = Vec::new();
        value.to_writer_binary(&mut binary).unwrap();
        assert_eq!(read(&binary).unwrap(), read(plist(PIN).as_bytes()).unwrap());
    }

    #[test]
    fn errors_say_where() {
        let error = read(plist("AAA").as_bytes()).unwrap_err().to_string();
        assert_eq!(
            error,
            "NSPinnedDomains.Shop.test.NSPinnedLeafIdentities[0]: 'AAA' is no SHA-256 in Base64"
        );
        let other = "<plist version=\"1.0\"><dict/></plist>";
        assert!(matches!(read(other.as_bytes()), Err(PinsError::NoPins)));
        assert!(matches!(read(b"<plist"), Err(PinsError::Plist(_))));
    }
}

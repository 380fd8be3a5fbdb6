//! Android's network security configuration: `res/xml/network_security_config.xml`.
//!
//! A nested `domain-config` without pins of its own has those of the one around it.

use roxmltree::{Document, Node};

use super::{Bearer, HostPins, Pin, PinsError, Scope, day, normal};
use dissect::x509::ValidityTime;

/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 32;

/// A `pin-set`.
#[derive(Clone, Default)]
struct PinSet {
    expires: Option<ValidityTime>,
    pins: Vec<Pin>,
}

/// Reads it.
pub(super) fn read(text: &str) -> Result<Vec<HostPins>, PinsError> {
    let document = Document::parse(text)?;
    let root = document.root_element();
    if !root.has_tag_name("network-security-config") {
        return Err(PinsError::Format);
    }
    let mut hosts = Vec::new();
    for config in root.children().filter(|node| node.has_tag_name("domain-config")) {
        domain_config(config, &PinSet::default(), 0, &mut hosts)?;
    }
    Ok(hosts)
}

fn domain_config(
    config: Node<'_, '_>,
    around: &PinSet,
    depth: usize,
    hosts: &mut Vec<HostPins>,
) -> Result<(), PinsError> {
    let own = config.children().find(|node| node.has_tag_name("pin-set"));
    let set = match own {
        Some(node) => pin_set(node)?,
        None => around.clone(),
    };
    for domain in config.children().filter(|node| node.has_tag_name("domain")) {
        let host = normal(domain.text().unwrap_or_default());
        if host.is_empty() {
            return Err(PinsError::Host { place: place(domain) });
        }
        let below = domain.attribute("includeSubdomains").map(str::trim) == Some("true");
        let scope = if below { Scope::Subdomains } else { Scope::Host };
        if !set.pins.is_empty() {
            hosts.push(HostPins { host, scope, expires: set.expires, pins: set.pins.clone() });
        }
    }
    if depth < MAX_DEPTH {
        for nested in config.children().filter(|node| node.has_tag_name("domain-config")) {
            domain_config(nested, &set, depth.saturating_add(1), hosts)?;
        }
    }
    Ok(())
}

fn pin_set(node: Node<'_, '_>) -> Result<PinSet, PinsError> {
    let expires = match node.attribute("expiration") {
        None => None,
        Some(text) => Some(
            day(text).ok_or_else(|| PinsError::Date { place: place(node), text: text.into() })?,
        ),
    };
    let mut pins = Vec::new();
    for pin in node.children().filter(|node| node.has_tag_name("pin")) {
        let digest = pin.attribute("digest").unwrap_or_default();
        if digest != "SHA-256" {
            return Err(PinsError::Digest { place: place(pin), text: digest.into() });
        }
        let text = pin.text().unwrap_or_default().trim();
        let parsed = Pin::parse(text, Bearer::Any);
        pins.push(parsed.ok_or_else(|| PinsError::Pin { place: place(pin), text: text.into() })?);
    }
    Ok(PinSet { expires, pins })
}

/// The line of an element.
fn place(node: Node<'_, '_>) -> String {
    format!("line {}", node.document().text_pos_at(node.range().start).row)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: &str = "7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=";

    #[test]
    fn nested_configurations_inherit_pins() {
        let text = format!(
            r#"<?xml version="1.0" encoding="utf-8"?>
            <network-security-config>
              <base-config cleartextTrafficPermitted="false"/>
              <domain-config>
                <domain includeSubdomains="true">Shop.test</domain>
                <pin-set expiration="2027-01-31"><pin digest="SHA-256">{PIN}</pin></pin-set>
                <domain-config><domain>pay.shop.example</domain></domain-config>
              </domain-config>
              <domain-config><domain>free.test</domain></domain-config>
            </network-security-config>"#
        );
        let hosts = read(&text).unwrap();
        assert_eq!(hosts.len(), 2);
        assert_eq!((hosts[0].host.as_str(), hosts[0].scope), ("shop.test", Scope::Subdomains));
        assert_eq!((hosts[1].host.as_str(), hosts[1].scope), ("pay.shop.example", Scope::Host));
        assert!(hosts.iter().all(|host| host.expires == day("2027-01-31")));
        assert_eq!(hosts[1].pins[0].base64(), PIN);
    }

    #[test]
    fn errors_say_where() {
        let file = |inner: &str| {
            format!(
                "<network-security-config>\n<domain-config>\n{inner}</domain-config></network-security-config>"
            )
        };
        for (inner, expected) in [
            (
                "<domain>a.test</domain><pin-set><pin digest=\"SHA-256\">AAA</pin></pin-set>",
                "line 3: 'AAA' is no SHA-256",
            ),
            ("<pin-set><pin digest=\"SHA-1\">AAA</pin></pin-set>", "line 3: digest 'SHA-1'"),
            ("<pin-set expiration=\"soon\"/>", "line 3: 'soon' is no date"),
            ("<domain> </domain>", "line 3: pins without a host"),
        ] {
            let error = read(&file(inner)).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        assert!(matches!(read("<html/>"), Err(PinsError::Format)));
        assert!(matches!(read("<html"), Err(PinsError::Xml(_))));
    }
}

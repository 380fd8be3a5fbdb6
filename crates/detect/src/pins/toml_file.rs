//! Pins in a file of one's own:
//!
//! ```toml
//! [[host]]
//! name = "shop.test"
//! include-subdomains = true
//! expires = "2027-01-31"
//! pins = ["sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y="]
//! ```
//!
//! `*.shop.test` means hosts with exactly one label more. `leaf-pins` and `authority-pins` say whose
//! key it must be; where both are given, both must fit.

use serde::Deserialize;

use super::{Bearer, HostPins, Pin, PinsError, Scope, day, normal};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    host: Vec<Host>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Host {
    name: String,
    #[serde(default)]
    include_subdomains: bool,
    expires: Option<String>,
    #[serde(default)]
    pins: Vec<String>,
    #[serde(default)]
    leaf_pins: Vec<String>,
    #[serde(default)]
    authority_pins: Vec<String>,
}

/// Reads it.
pub(super) fn read(text: &str) -> Result<Vec<HostPins>, PinsError> {
    let file: File = toml::from_str(text)?;
    file.host.iter().map(host).collect()
}

fn host(entry: &Host) -> Result<HostPins, PinsError> {
    let place = format!("host '{}'", entry.name);
    let expires = match &entry.expires {
        None => None,
        Some(text) => Some(
            day(text)
                .ok_or_else(|| PinsError::Date { place: place.clone(), text: text.clone() })?,
        ),
    };
    let (name, scope) = match (entry.name.trim().strip_prefix("*."), entry.include_subdomains) {
        (Some(rest), _) => (rest, Scope::OneLabel),
        (None, true) => (entry.name.as_str(), Scope::Subdomains),
        (None, false) => (entry.name.as_str(), Scope::Host),
    };
    let name = normal(name);
    if name.is_empty() {
        return Err(PinsError::Host { place });
    }
    let mut pins = Vec::new();
    for (list, bearer) in [
        (&entry.pins, Bearer::Any),
        (&entry.leaf_pins, Bearer::Leaf),
        (&entry.authority_pins, Bearer::Authority),
    ] {
        for text in list {
            let pin = Pin::parse(text, bearer);
            pins.push(
                pin.ok_or_else(|| PinsError::Pin { place: place.clone(), text: text.clone() })?,
            );
        }
    }
    Ok(HostPins { host: name, scope, expires, pins })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: &str = "sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=";

    #[test]
    fn hosts_and_their_pins() {
        let hosts = read(&format!(
            "[[host]]\nname = 'Shop.test'\ninclude-subdomains = true\nexpires = '2027-01-31'\n\
             pins = ['{PIN}']\n[[host]]\nname = '*.bank.test'\nleaf-pins = ['{PIN}']\n"
        ))
        .unwrap();
        assert_eq!((hosts[0].host.as_str(), hosts[0].scope), ("shop.test", Scope::Subdomains));
        assert_eq!(hosts[0].expires, day("2027-01-31"));
        assert_eq!((hosts[1].host.as_str(), hosts[1].scope), ("bank.test", Scope::OneLabel));
        assert_eq!(hosts[1].pins[0].bearer, Bearer::Leaf);
    }

    #[test]
    fn errors_say_where() {
        let error = |text: &str| read(text).unwrap_err().to_string();
        assert!(error("[[host]]\nname = 'a'\npins = ['x']").starts_with("host 'a': 'x' is no"));
        assert!(
            error("[[host]]\nname = 'a'\nexpires = 'x'").starts_with("host 'a': 'x' is no date")
        );
        assert!(error("[[host]]\nname = 'a'\npin = []").contains("line 3"));
        assert!(error("[[host]]\nname = ''").contains("without a host"));
    }
}

//! Tells the formats of pin files apart, by their content.

use super::{HostPins, PinsError, android, ios, okhttp, toml_file};

/// Reads the pins of a file: Android's network security configuration, an iOS Info.plist (XML or
/// binary), Kotlin or Java source with OkHttp's `CertificatePinner`, or TOML.
pub fn read(content: &[u8]) -> Result<Vec<HostPins>, PinsError> {
    let hosts = if content.starts_with(b"bplist") {
        ios::read(content)?
    } else {
        let text = std::str::from_utf8(content).map_err(|_| PinsError::Format)?;
        let text = text.trim_start_matches('\u{feff}');
        if text.contains("<plist") {
            ios::read(text.as_bytes())?
        } else if text.trim_start().starts_with('<') {
            android::read(text)?
        } else if text.contains("CertificatePinner") {
            okhttp::read(text)?
        } else {
            toml_file::read(text)?
        }
    };
    match hosts.iter().all(|host| host.pins.is_empty()) {
        true => Err(PinsError::NoPins),
        false => Ok(hosts),
    }
}

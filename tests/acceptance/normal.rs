//! Normal forms: what tools write differently although they mean the same.
//!
//! Contract: a normal form never makes two different facts equal, except for distinguished names,
//! of which the order of attributes is given up, since some tools print it reversed.

use std::net::IpAddr;

/// A TLS version: `TLSv12`, `TLSv1.2`, `TLS 1.2`, `0x0303`, `DTLSv12`, `TLS 1.3 draft-18`, …
pub(crate) fn version(text: &str) -> String {
    let known = match text {
        "SSLv2" | "0x0002" | "0x0200" => "SSL 2.0",
        "SSLv3" | "SSL 3.0" | "0x0300" => "SSL 3.0",
        "TLSv1" | "TLSv10" | "TLSv1.0" | "TLS 1.0" | "0x0301" => "TLS 1.0",
        "TLSv11" | "TLSv1.1" | "TLS 1.1" | "0x0302" => "TLS 1.1",
        "TLSv12" | "TLSv1.2" | "TLS 1.2" | "0x0303" => "TLS 1.2",
        "TLSv13" | "TLSv1.3" | "TLS 1.3" | "0x0304" => "TLS 1.3",
        // Facebook's variant of draft 26, which it served for years.
        "TLS 1.3 draft-26-fb" | "0xfb1a" => "TLS 1.3 draft-26-fb",
        "DTLSv10" | "DTLSv1.0" | "DTLS 1.0" | "0xfeff" => "DTLS 1.0",
        "DTLSv12" | "DTLSv1.2" | "DTLS 1.2" | "0xfefd" => "DTLS 1.2",
        "DTLSv13" | "DTLSv1.3" | "DTLS 1.3" | "0xfefc" => "DTLS 1.3",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let draft = match text.strip_prefix("0x7f").map(|hex| u8::from_str_radix(hex, 16)) {
        Some(Ok(draft)) => Some(draft.to_string()),
        _ => text
            .strip_prefix("TLSv13-draft")
            .or_else(|| text.strip_prefix("TLSv1.3-draft-"))
            .or_else(|| text.strip_prefix("TLS 1.3 draft-"))
            .map(str::to_owned),
    };
    draft.map_or_else(|| text.to_owned(), |draft| format!("TLS 1.3 draft-{draft}"))
}

/// Lower-case hex without colons, blanks and `0x`.
pub(crate) fn hex(text: &str) -> String {
    let text = text.trim().trim_start_matches("0x");
    text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_lowercase()
}

/// A serial number: hex without leading zeros, so that a sign octet makes no difference.
pub(crate) fn serial(text: &str) -> String {
    let digits = hex(text);
    let trimmed = digits.trim_start_matches('0');
    if trimmed.is_empty() { String::from("0") } else { trimmed.to_owned() }
}

/// A name of a host: without the dot of the root, in lower case.
pub(crate) fn host(text: &str) -> String {
    text.trim_end_matches('.').to_lowercase()
}

/// An alternative name: addresses in one spelling, names in lower case, as their case means nothing
/// (RFC 4343) and some tools give it up.
pub(crate) fn alternative(name: &str) -> String {
    name.parse::<IpAddr>().map_or_else(|_| name.to_lowercase(), |address| address.to_string())
}

/// A JA4 with its marks of a server name and of the first ALPN protocol blanked.
pub(crate) fn ja4_lists(ja4: &str) -> String {
    match (ja4.get(..3), ja4.get(4..8), ja4.get(10..)) {
        (Some(version), Some(counts), Some(hashes)) => format!("{version}.{counts}..{hashes}"),
        _ => ja4.to_owned(),
    }
}

/// A distinguished name: its attributes, sorted, with one spelling of each type.
pub(crate) fn name(text: &str) -> String {
    let mut attributes: Vec<String> = Vec::new();
    for part in text.split(',') {
        // A comma belongs to the value unless an attribute type follows it.
        match (begins_attribute(part), attributes.last_mut()) {
            (false, Some(last)) => {
                last.push(',');
                last.push_str(part);
            }
            _ => attributes.push(part.trim_start().to_owned()),
        }
    }
    let mut attributes: Vec<String> =
        attributes.iter().flat_map(|attribute| split_plus(attribute)).collect();
    attributes.sort();
    attributes.join(", ")
}

/// The attributes of a relative name with several: `CN=a+OU=b`.
fn split_plus(attribute: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in attribute.split('+') {
        match (begins_attribute(part), parts.last_mut()) {
            (false, Some(last)) => {
                last.push('+');
                last.push_str(part);
            }
            _ => parts.push(part.trim().to_owned()),
        }
    }
    parts.iter().map(|part| spelled(part)).collect()
}

fn begins_attribute(part: &str) -> bool {
    let Some((kind, _)) = part.trim_start().split_once('=') else { return false };
    !kind.is_empty() && kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
}

fn spelled(attribute: &str) -> String {
    let (kind, value) = attribute.split_once('=').unwrap_or(("", attribute));
    let kind = match kind.to_lowercase().as_str() {
        "1.2.840.113549.1.9.1" | "e" | "email" | "emailaddress" => String::from("emailAddress"),
        "2.5.4.3" | "cn" => String::from("CN"),
        "2.5.4.4" | "sn" | "surname" => String::from("SN"),
        "2.5.4.5" | "serialnumber" => String::from("serialNumber"),
        "2.5.4.9" | "street" => String::from("street"),
        "2.5.4.12" | "t" | "title" => String::from("title"),
        "2.5.4.13" | "description" => String::from("description"),
        "2.5.4.15" | "businesscategory" => String::from("businessCategory"),
        "2.5.4.17" | "postalcode" => String::from("postalCode"),
        "2.5.4.18" | "postofficebox" => String::from("postOfficeBox"),
        "2.5.4.41" | "name" => String::from("name"),
        "2.5.4.42" | "gn" | "givenname" => String::from("GN"),
        "2.5.4.46" | "dnqualifier" => String::from("dnQualifier"),
        "1.3.6.1.4.1.311.60.2.1.1" | "jurisdictionl" | "jurisdictionlocality" => {
            String::from("jurisdictionL")
        }
        "1.3.6.1.4.1.311.60.2.1.2"
        | "jurisdictionst"
        | "jurisdictionstate"
        | "jurisdictionstateorprovince" => String::from("jurisdictionST"),
        "1.3.6.1.4.1.311.60.2.1.3" | "jurisdictionc" | "jurisdictioncountry" => {
            String::from("jurisdictionC")
        }
        "0.9.2342.19200300.100.1.1" | "uid" => String::from("UID"),
        "0.9.2342.19200300.100.1.25" | "dc" => String::from("DC"),
        other => other.to_uppercase(),
    };
    format!("{kind}={}", unescaped(value.trim()))
}

/// A value without the backslashes and hex pairs of RFC 4514.
fn unescaped(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let pair = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let pair = pair.and_then(|pair| u8::from_str_radix(pair.trim_start_matches('x'), 16).ok());
        match (pair, tail) {
            // OpenSSL writes `\xE9`, RFC 4514 `\E9`.
            (_, [b'x', high, low, after @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).unwrap_or("3f");
                bytes.push(u8::from_str_radix(digits, 16).unwrap_or(b'?'));
                rest = after;
            }
            (Some(byte), [_, _, after @ ..]) => {
                bytes.push(byte);
                rest = after;
            }
            (_, [next, after @ ..]) => {
                bytes.push(*next);
                rest = after;
            }
            (_, []) => bytes.push(b'\\'),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A moment as `2017-03-23T12:00:00`, from `2017-03-23 12:00:00`, `…+00:00`, `…Z`.
pub(crate) fn moment(text: &str) -> String {
    let text = text.trim().replace(' ', "T");
    text.get(..19).unwrap_or(&text).to_owned()
}

/// A moment from seconds since 1970, UTC.
pub(crate) fn moment_of_unix(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days to a civil date: eras of 400 years that begin on 1 March.
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day_of_month:02}T{hour:02}:{minute:02}:{second:02}")
}

/// What was asked and answered in HTTP, the target without percent-encoding, as Zeek has it.
pub(crate) fn exchange(method: &str, target: &str, status: &str) -> String {
    let mut plain = Vec::new();
    let mut rest = target.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        rest = match (first, code) {
            (b'%', Some(byte)) => {
                plain.push(byte);
                &after[2..]
            }
            _ => {
                plain.push(*first);
                after
            }
        };
    }
    format!("{method} {} {status}", String::from_utf8_lossy(&plain))
}

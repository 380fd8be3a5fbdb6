//! JA3 and JA3S: MD5 over the numbers of a hello, in decimal (<https://github.com/salesforce/ja3>).
//!
//! GREASE values are left out of a ClientHello's lists. SSL 2.0-framed hellos have none of the
//! lists but one, and neither Wireshark nor nDPI nor Zeek fingerprints them: neither is it here.

use std::fmt::Write as _;

use md5::{Digest, Md5};

use super::super::registry::is_grease;
use super::super::{Offer, ServerHello};
use crate::hex;

/// A JA3 or JA3S fingerprint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ja3 {
    /// `771,4865-4866,0-23,29-23,0`: what is hashed.
    pub string: String,
    /// MD5 of `string`, 32 lower-case hexadecimal digits.
    pub hash: String,
}

impl Ja3 {
    fn new(string: String) -> Self {
        let hash = hex(&Md5::digest(string.as_bytes()));
        Self { string, hash }
    }
}

/// Version, cipher suites, extensions, groups and point formats of a ClientHello; `None` for one
/// in SSL 2.0 framing.
pub fn ja3(offer: &Offer) -> Option<Ja3> {
    if offer.ssl2_framing {
        return None;
    }
    let mut string = offer.legacy_version.to_string();
    for list in [&offer.cipher_suites, &offer.extensions, &offer.groups] {
        string.push(',');
        push_list(&mut string, list.iter().copied().filter(|value| !is_grease(*value)));
    }
    string.push(',');
    push_list(&mut string, offer.point_formats.iter().copied().map(u16::from));
    Some(Ja3::new(string))
}

/// Version, cipher suite and extensions of a ServerHello.
pub fn ja3s(hello: &ServerHello) -> Ja3 {
    let mut string = format!("{},{},", hello.legacy_version, hello.cipher_suite);
    push_list(&mut string, hello.extensions.iter().copied());
    Ja3::new(string)
}

/// Appends decimal numbers with `-` between them.
fn push_list(string: &mut String, values: impl Iterator<Item = u16>) {
    for (at, value) in values.enumerate() {
        let separator = if at == 0 { "" } else { "-" };
        // Writing to a String does not fail.
        let _ = write!(string, "{separator}{value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two examples of the specification's README.
    #[test]
    fn examples_of_the_specification() {
        let long = Offer {
            legacy_version: 769,
            cipher_suites: vec![0x0a0a, 47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
            extensions: vec![0, 10, 11, 0x1a1a],
            groups: vec![0xfafa, 23, 24, 25],
            point_formats: vec![0],
            ..Offer::default()
        };
        let long = ja3(&long).unwrap();
        assert_eq!(
            long.string,
            "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"
        );
        assert_eq!(long.hash, "ada70206e40642a3e4461f35503241d5");
        let short = Offer {
            legacy_version: 769,
            cipher_suites: vec![4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99],
            ..Offer::default()
        };
        let short = ja3(&short).unwrap();
        assert_eq!(short.string, "769,4-5-10-9-100-98-3-6-19-18-99,,,");
        assert_eq!(short.hash, "de350869b8c85de67a350c8d186f11e6");
    }

    /// Strings and hashes as Wireshark computes them.
    #[test]
    fn server_hellos() {
        let cases: [(u16, u16, &[u16], &str, &str); 2] = [
            (771, 4865, &[51, 43], "771,4865,51-43", "eb1d94daa7e0344597e756a1fb6e7054"),
            (
                771,
                49195,
                &[65281, 0, 11, 35, 5, 16],
                "771,49195,65281-0-11-35-5-16",
                "489634f4293b3c4e2bb342e3117dc2c3",
            ),
        ];
        for (legacy_version, cipher_suite, extensions, string, hash) in cases {
            let extensions = extensions.into();
            let hello =
                ServerHello { legacy_version, cipher_suite, extensions, ..ServerHello::default() };
            let ja3s = ja3s(&hello);
            assert_eq!((ja3s.string.as_str(), ja3s.hash.as_str()), (string, hash));
        }
    }

    #[test]
    fn ssl2_has_none() {
        let offer = Offer { ssl2_framing: true, ..Offer::default() };
        assert_eq!(ja3(&offer), None);
    }
}

//! What `interloper pins` writes: the audit as a table or JSON, and pins in the forms in which apps
//! want them.
//!
//! Exported hosts are names of plain ASCII (the audit leaves others out), so that no format needs
//! any quoting; whatever else stands in them is escaped all the same by leaving it out.

mod android;
mod audit;
mod ios;
mod okhttp;
mod toml_file;

use std::io;

use detect::pins::HostPins;

pub use audit::{write_audit, write_audit_json};

/// Version of the audit's JSON form.
pub const SCHEMA: &str = "interloper-pins/1";

/// A form in which apps want their pins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// `network_security_config.xml`.
    Android,
    /// `NSPinnedDomains` of an Info.plist.
    Ios,
    /// Kotlin source with a `CertificatePinner`.
    OkHttp,
    /// The form that `--pins` reads, with a comment.
    Toml,
}

/// Writes pins.
pub fn write_pins(writer: &mut dyn io::Write, hosts: &[HostPins], form: Form) -> io::Result<()> {
    match form {
        Form::Android => android::write(writer, hosts),
        Form::Ios => ios::write(writer, hosts),
        Form::OkHttp => okhttp::write(writer, hosts),
        Form::Toml => toml_file::write(writer, hosts),
    }
}

/// How many pins of a host are written in this form.
pub fn written(host: &HostPins, form: Form) -> usize {
    match form {
        Form::Ios => ios::chosen(host).1.len(),
        Form::Android | Form::OkHttp | Form::Toml => host.pins.len(),
    }
}

/// A host without what could end a string or an element.
fn plain(host: &str) -> String {
    let fits = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    host.chars().filter(fits).collect()
}

#[cfg(test)]
mod tests {
    use detect::pins::{Bearer, Pin, Scope, read};

    use super::*;

    fn host(name: &str, scope: Scope, pins: &[(Bearer, u8)]) -> HostPins {
        let pins = pins.iter().map(|&(bearer, byte)| Pin { bearer, sha256: [byte; 32] }).collect();
        HostPins { host: name.into(), scope, expires: None, pins }
    }

    fn hosts() -> Vec<HostPins> {
        vec![
            host("api.shop.test", Scope::Host, &[(Bearer::Leaf, 1), (Bearer::Authority, 2)]),
            host("bank.test", Scope::Subdomains, &[(Bearer::Leaf, 3), (Bearer::Leaf, 4)]),
        ]
    }

    fn text(hosts: &[HostPins], form: Form) -> String {
        let mut out = Vec::new();
        write_pins(&mut out, hosts, form).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn hashes(hosts: &[HostPins]) -> Vec<(String, Scope, Vec<[u8; 32]>)> {
        let sorted = |host: &HostPins| {
            let mut hashes: Vec<_> = host.pins.iter().map(|pin| pin.sha256).collect();
            hashes.sort_unstable();
            (host.host.clone(), host.scope, hashes)
        };
        hosts.iter().map(sorted).collect()
    }

    #[test]
    fn what_is_written_is_read_again() {
        for form in [Form::Android, Form::OkHttp, Form::Toml] {
            let text = text(&hosts(), form);
            let again = read(text.as_bytes()).unwrap();
            assert_eq!(hashes(&again), hashes(&hosts()), "{form:?}\n{text}");
        }
    }

    /// iOS wants a match in each list that is given: a leaf beside its authority would be no
    /// backup but a second condition.
    #[test]
    fn ios_is_given_authorities_or_leaves_and_never_both() {
        let again = read(text(&hosts(), Form::Ios).as_bytes()).unwrap();
        let expected = [
            host("api.shop.test", Scope::Host, &[(Bearer::Authority, 2)]),
            host("bank.test", Scope::Subdomains, &[(Bearer::Leaf, 3), (Bearer::Leaf, 4)]),
        ];
        assert_eq!(again, expected);
        let counts = |form| hosts().iter().map(|host| written(host, form)).collect::<Vec<_>>();
        assert_eq!((counts(Form::Ios), counts(Form::Toml)), (vec![1, 2], vec![2, 2]));
    }

    #[test]
    fn hosts_cannot_break_out() {
        let hostile = [host("a\"></domain>.test\n]]", Scope::Host, &[(Bearer::Any, 1)])];
        for form in [Form::Android, Form::Ios, Form::OkHttp, Form::Toml] {
            let again = read(text(&hostile, form).as_bytes()).unwrap();
            assert_eq!(again[0].host, "adomain.test", "{form:?}");
        }
    }
}

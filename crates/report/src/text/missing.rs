//! What could not be observed, in sentences, with the remedy.

use std::io;

use detect::NotObservable;
use dissect::Reason;

use super::report::counted;
use super::{MIN_WIDTH, Options, Paint, wrap};

/// Writes one paragraph per reason; nothing if all was observable.
pub(super) fn write_missing(
    writer: &mut dyn io::Write,
    missing: &[NotObservable],
    options: Options,
) -> io::Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let paint = Paint::new(options.style);
    writeln!(writer, "{}", paint.bold("Could not be observed"))?;
    for entry in missing {
        for line in wrap(&sentence(entry), options.width.max(MIN_WIDTH).saturating_sub(2)) {
            writeln!(writer, "  {line}")?;
        }
    }
    writeln!(writer)
}

fn sentence(entry: &NotObservable) -> String {
    if entry.why == Reason::Har {
        return har(entry);
    }
    let sessions = counted(entry.sessions, "session");
    let why = because(entry.why);
    let mut sentence = format!("{} of {sessions}: {why}.", entry.what);
    if let Some(remedy) = entry.remedy {
        sentence.push_str(" Remedy: ");
        sentence.push_str(remedy);
        sentence.push('.');
    }
    sentence
}

/// What a HAR file does not hold.
fn har(entry: &NotObservable) -> String {
    let exchanges = counted(entry.sessions, "exchange");
    let remedy = entry.remedy.map(|remedy| format!(" Remedy: {remedy}.")).unwrap_or_default();
    format!(
        "packets, handshakes and certificates of {exchanges}: a HAR file does not hold them, so \
         that only rules about HTTP could judge.{remedy}"
    )
}

/// The reason in plain words.
const fn because(why: Reason) -> &'static str {
    match why {
        Reason::NoCertificateSuite => "the cipher suite uses none",
        Reason::NotReached => "the capture does not hold that part of the handshake",
        Reason::Gap => "bytes are missing in the capture",
        Reason::Resumed => "the session was resumed, so the server did not send them again",
        Reason::NoKey => "no key in the key log opens them",
        Reason::Tls13Encrypted => "TLS 1.3 encrypts them",
        Reason::UndecryptableSuite => "a cipher that is not known here encrypts them",
        Reason::UnknownQuicVersion => "the QUIC version is not known here",
        other => other.word(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn says_how_many_why_and_what_would_help() {
        let mut out = Vec::new();
        write_missing(&mut out, &samples::encrypted(4), Options::default()).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "Could not be observed\n  certificates of 4 sessions: TLS 1.3 encrypts them. \
             Remedy: capture with a key log.\n\n"
        );
    }

    #[test]
    fn silent_where_all_was_seen_or_nothing_helps() {
        let mut out = Vec::new();
        write_missing(&mut out, &[], Options::default()).unwrap();
        assert!(out.is_empty());
        let hopeless = NotObservable {
            what: "certificates",
            why: Reason::NoCertificateSuite,
            sessions: 1,
            remedy: None,
        };
        assert_eq!(sentence(&hopeless), "certificates of 1 session: the cipher suite uses none.");
        let remedy = Some("capture packets");
        let told = NotObservable { what: "packets", why: Reason::Har, sessions: 2, remedy };
        assert_eq!(
            sentence(&told),
            "packets, handshakes and certificates of 2 exchanges: a HAR file does not hold them, so \
             that only rules about HTTP could judge. Remedy: capture packets."
        );
    }
}

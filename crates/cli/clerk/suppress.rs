//! Adds a suppression to the policy.
//!
//! What is in the file stays byte for byte; the text is appended, and the whole is read as a policy
//! before it is written. A suppression ends, as policies want it: a year after today, or after the
//! finding's last packet if that is later. Policies count in the capture's time, so that what was
//! recorded before is left out too.

use std::path::Path;

use anyhow::Context;
use detect::Finding;
use detect::policy::Policy;
use dissect::Timestamp;

use super::Clerk;
use crate::trust_files::MAX_FILE;
use crate::{bounded_file, new_file};

/// Seconds of a year, without leap days: nobody counts on the day.
const YEAR: i64 = 365 * 86_400;

impl Clerk {
    /// Leaves such findings out from now on.
    pub(super) fn suppress(
        &self,
        finding: &Finding,
        whole_rule: bool,
        reason: &str,
    ) -> anyhow::Result<String> {
        let path = self.folder.join(&self.policy);
        let now = (self.now)().max(finding.last_seen.timestamp);
        let expires = day(Timestamp::from_secs(now.secs().saturating_add(YEAR)));
        let (entry, what) = entry(finding, whole_rule, reason, &expires)?;
        let mut text = match path.exists() {
            true => bounded_file::read_text(&path, MAX_FILE)?,
            false => String::new(),
        };
        check(&text, &path)?;
        if !text.is_empty() {
            text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
        }
        text.push_str(&entry);
        check(&text, &path)?;
        new_file::replace(&path, text.as_bytes())?;
        Ok(format!("{} (--policy): {what} is left out until {expires}", path.display()))
    }
}

/// An error that names the file, if this is no policy.
fn check(text: &str, path: &Path) -> anyhow::Result<()> {
    Policy::parse(text).map(|_| ()).with_context(|| path.display().to_string())
}

/// The table, and what it leaves out in words.
fn entry(
    finding: &Finding,
    whole_rule: bool,
    reason: &str,
    expires: &str,
) -> anyhow::Result<(String, String)> {
    let rule = finding.rule.id;
    let (fields, what) = if whole_rule {
        let (key, value) = about(finding)?;
        (format!("{key} = {}\n", quoted(&value)), format!("{rule} at {value}"))
    } else {
        let id = &finding.id;
        (format!("finding = {}\n", quoted(id)), format!("{rule} ({id})"))
    };
    // A reason is one line: it is told where it ends.
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let (rule, reason) = (quoted(rule), quoted(&reason));
    let entry =
        format!("[[suppress]]\nrule = {rule}\n{fields}reason = {reason}\nexpires = {expires}\n");
    Ok((entry, what))
}

/// By what all findings of the rule at the same host, or else of the same client, are known. A policy
/// takes a `*` for any text; in a name off the wire it would leave out more than was meant.
fn about(finding: &Finding) -> anyhow::Result<(&'static str, String)> {
    let subject = &finding.subject;
    let (key, value) = match (&subject.host, subject.server, subject.client) {
        (Some(host), ..) => ("host", host.clone()),
        (None, Some(server), _) => ("host", server.to_string()),
        (None, None, Some(client)) => ("client", client.to_string()),
        (None, None, None) => {
            anyhow::bail!("{}: names no host; leave out this finding alone", finding.id)
        }
    };
    if value.contains('*') {
        anyhow::bail!("{value}: a * would stand for any text; leave out this finding alone");
    }
    Ok((key, value))
}

/// A basic string of TOML (version 1.0, section "String").
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if character.is_control() || report::escape::is_hidden(character) => {
                quoted.push_str(&format!("\\U{:08X}", u32::from(character)));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// `2027-11-25`.
fn day(at: Timestamp) -> String {
    report::time::rfc3339(at).chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{clerk, finding};
    use super::*;

    #[test]
    fn the_rest_of_the_policy_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        let mine = "# mine\r\n[severity]\n'channel/weak-protocol'   = \"low\"";
        for (before, gap) in [(mine.to_owned(), "\n\n"), (format!("{mine}\n"), "\n")] {
            std::fs::write(&path, &before).unwrap();
            let clerk = clerk(folder.path());
            let said = clerk.suppress(&finding(), false, " it is \"ours\"\n\\o/ ").unwrap();
            assert!(
                said.ends_with("channel/known-interceptor (f-3b1c) is left out until 2027-11-25")
            );
            let text = std::fs::read_to_string(&path).unwrap();
            let entry = "[[suppress]]\nrule = \"channel/known-interceptor\"\nfinding = \"f-3b1c\"\n\
                reason = \"it is \\\"ours\\\" \\\\o/\"\nexpires = 2027-11-25\n";
            assert_eq!(text, format!("{before}{gap}{entry}"));
        }
    }

    #[test]
    fn a_whole_rule_goes_by_whom_it_is_about() {
        let folder = tempfile::tempdir().unwrap();
        let clerk = clerk(folder.path());
        let mut finding = finding();
        let mut expected = String::new();
        let mut put = |finding: &Finding, line: &str| {
            clerk.suppress(finding, true, "r").unwrap();
            let gap = if expected.is_empty() { "" } else { "\n" };
            expected.push_str(&format!(
                "{gap}[[suppress]]\nrule = \"channel/known-interceptor\"\n{line}\nreason = \"r\"\n\
                 expires = 2027-11-25\n"
            ));
        };
        put(&finding, "host = \"api.shop.test\"");
        finding.subject.host = Some("a\u{202e}\"\n".into());
        put(&finding, "host = \"a\\U0000202E\\\"\\U0000000A\"");
        finding.subject.host = None;
        put(&finding, "host = \"203.0.113.5:443\"");
        finding.subject.server = None;
        put(&finding, "client = \"10.0.0.2\"");
        assert_eq!(std::fs::read_to_string(folder.path().join("policy.toml")).unwrap(), expected);
        for host in [None, Some("*".to_owned()), Some("a*.test".to_owned())] {
            finding.subject = detect::Subject { host, ..Default::default() };
            assert!(clerk.suppress(&finding, true, "r").is_err());
        }
        assert_eq!(std::fs::read_to_string(folder.path().join("policy.toml")).unwrap(), expected);
    }

    #[test]
    fn what_is_no_policy_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let clerk = clerk(folder.path());
        let path = folder.path().join("policy.toml");
        let error = clerk.suppress(&finding(), false, "  ").unwrap_err();
        assert!(format!("{error:#}").contains("reason"), "{error:#}");
        assert!(!path.exists());
        for broken in ["[[suppress]]\n", "x = \"\"\"\n", "not TOML"] {
            std::fs::write(&path, broken).unwrap();
            let error = clerk.suppress(&finding(), false, "r").unwrap_err();
            assert!(format!("{error:#}").contains("policy.toml"), "{error:#}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), broken);
        }
    }

    #[test]
    fn it_holds_for_a_year_from_today_or_from_the_last_packet() {
        let folder = tempfile::tempdir().unwrap();
        let clerk = clerk(folder.path());
        let mut finding = finding();
        for (packet, expires) in [
            (0, "2027-11-25"),
            (2_000_000_000, "2034-05-18"),
            (i64::MAX, "2262-04-11"),
            (i64::MIN, "2027-11-25"),
        ] {
            finding.last_seen.timestamp = Timestamp::from_secs(packet);
            let said = clerk.suppress(&finding, false, "r").unwrap();
            assert!(said.contains(expires), "{packet}: {said}");
        }
    }
}

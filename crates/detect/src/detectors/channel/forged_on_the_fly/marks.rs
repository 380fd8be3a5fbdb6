//! The marks, what each is worth, and how it is found.

use dissect::Timestamp;
use dissect::x509::{Certificate, GeneralName, ValidityTime};

use super::super::case::Case;
use super::super::known_interceptor::{self, serial};
use super::memory::{Company, Genuine, registrable};
use crate::hostname::is_public;
use crate::trust::Assessment;
use crate::when::{self, DAY};

/// Score that raises the rule: one mark that proves, or three weak ones of different groups.
pub(super) const ENOUGH: u32 = 3;
/// Days by which minting programs date back.
const BACKDATED: [i64; 6] = [0, 1, 2, 7, 20, 30];
/// Seconds for which a minted leaf is still fresh.
const FRESH: i64 = 3_600;
/// Seconds by which two machines' clocks may differ.
const CLOCKS_DIFFER: i64 = 5;
/// Seconds between minting and sending while the client waits.
const WAITING: i64 = 60;
/// Lengths of key identifiers that are in use: truncated and whole SHA-1, SHA-2 (RFC 7093).
const KEY_ID_LENGTHS: [usize; 6] = [8, 20, 28, 32, 48, 64];
/// Shortest serial number that two certificates do not share by chance, in bytes.
const LONG_SERIAL: usize = 8;
/// Bytes at the end of a serial number that change when 32 random bits are added to it.
const ADDED: usize = 5;

/// One mark.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mark {
    /// The server's own address among the names.
    AddressNamed,
    /// A public authority's name on a key that is not its own.
    BorrowedName,
    /// The genuine certificate's serial number under another issuer.
    CopiedSerial,
    /// notBefore lies a round number of days before the connection.
    Fresh,
    /// A private issuer for unrelated domains.
    IssuerOfUnrelated,
    /// A key identifier of a length that nobody uses.
    KeyIdLength,
    /// One key under unrelated domains.
    KeyOfUnrelated,
    /// Both dates are midnights.
    Midnights,
    /// Minted while the client waited, within this capture.
    Minted,
    /// The genuine certificate's dates under another issuer.
    MirroredDates,
    /// Neither timestamps nor issuer's address nor policy, for a public name.
    NothingPublic,
    /// A serial number that is made from something.
    SerialGrammar,
    /// The leaf carries its issuer's key.
    SharedKey,
    /// Timestamps of logs that nobody knows.
    UnknownLogs,
}

/// What a mark is about. Of one group only the heaviest counts: they are not independent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Group {
    Contents,
    Dates,
    Genuine,
    Identifiers,
    Issuer,
    Key,
    Logs,
    Names,
    Serial,
}

impl Mark {
    /// Group, weight, and the word in evidence.
    const fn row(self) -> (Group, u32, &'static str) {
        match self {
            Self::SharedKey => (Group::Key, 3, "shared-key"),
            Self::KeyOfUnrelated => (Group::Key, 3, "key-of-unrelated-hosts"),
            Self::BorrowedName => (Group::Issuer, 3, "borrowed-name"),
            Self::CopiedSerial => (Group::Genuine, 3, "copied-serial"),
            Self::MirroredDates => (Group::Genuine, 2, "mirrored-validity"),
            Self::Minted => (Group::Dates, 2, "minted-in-capture"),
            Self::Fresh => (Group::Dates, 1, "fresh-validity"),
            Self::Midnights => (Group::Dates, 1, "validity"),
            Self::IssuerOfUnrelated => (Group::Issuer, 1, "issuer-of-unrelated-hosts"),
            Self::SerialGrammar => (Group::Serial, 1, "serial"),
            Self::NothingPublic => (Group::Contents, 1, "missing"),
            Self::UnknownLogs => (Group::Logs, 1, "unknown-logs"),
            Self::KeyIdLength => (Group::Identifiers, 1, "key-identifier"),
            Self::AddressNamed => (Group::Names, 1, "subject-alternative-name"),
        }
    }

    /// The word in evidence.
    pub(super) const fn fact(self) -> &'static str {
        self.row().2
    }
}

/// A mark, and what shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Found {
    pub(super) mark: Mark,
    pub(super) value: String,
}

/// What the chain alone does not say.
pub(super) struct Context<'a> {
    pub(super) assessment: &'a Assessment,
    pub(super) company: &'a Company<'a>,
    pub(super) genuine: Option<&'a Genuine>,
    /// The public authority whose name is borrowed, and how.
    pub(super) borrowed_name: Option<String>,
    /// A timestamp is of a known log.
    pub(super) logs_known: bool,
    /// When the capture began.
    pub(super) begin: Timestamp,
}

/// The sum of the heaviest mark of each group.
pub(super) fn score(marks: &[Found]) -> u32 {
    let heaviest = |position: usize, found: &Found| {
        let (group, weight, _) = found.mark.row();
        marks.iter().enumerate().all(|(other, rival)| {
            let (rivals, theirs, _) = rival.mark.row();
            rivals != group || (weight, other) >= (theirs, position)
        })
    };
    let counted = marks.iter().enumerate().filter(|(position, found)| heaviest(*position, found));
    counted.map(|(_, found)| found.mark.row().1).fold(0, u32::saturating_add)
}

/// All marks of a case, the heaviest kinds first.
pub(super) fn find(case: &Case<'_>, context: &Context<'_>) -> Vec<Found> {
    let leaf = &**case.leaf;
    let rows = [
        (Mark::SharedKey, known_interceptor::shares_ca_key(case, context.assessment)),
        (Mark::KeyOfUnrelated, context.company.of_key(case)),
        (Mark::BorrowedName, context.borrowed_name.clone()),
        (Mark::CopiedSerial, context.genuine.and_then(|genuine| copied_serial(leaf, genuine))),
        (Mark::MirroredDates, context.genuine.and_then(|genuine| mirrored(leaf, genuine))),
        (Mark::Minted, minted(case, context.begin)),
        (Mark::Fresh, fresh(case)),
        (Mark::Midnights, midnights(leaf)),
        (Mark::IssuerOfUnrelated, context.company.of_issuer(case)),
        (Mark::SerialGrammar, serial_grammar(case, context.assessment)),
        (Mark::NothingPublic, nothing_public(case)),
        (Mark::UnknownLogs, unknown_logs(leaf, context.logs_known)),
        (Mark::KeyIdLength, key_id_length(leaf)),
        (Mark::AddressNamed, known_interceptor::names_server_address(case)),
    ];
    rows.into_iter().filter_map(|(mark, value)| Some(Found { mark, value: value? })).collect()
}

fn copied_serial(leaf: &Certificate, genuine: &Genuine) -> Option<String> {
    if genuine.issuer == leaf.issuer.der || leaf.serial.len() < LONG_SERIAL {
        return None;
    }
    let serial = dissect::hex(&leaf.serial);
    if leaf.serial == genuine.serial {
        return Some(format!("{serial}: that of the genuine certificate of {}", genuine.issued_by));
    }
    let front = |serial: &[u8]| serial.len().checked_sub(ADDED).filter(|n| *n >= LONG_SERIAL);
    let ours = front(&leaf.serial).and_then(|n| leaf.serial.get(..n));
    let theirs = front(&genuine.serial).and_then(|n| genuine.serial.get(..n));
    (ours.is_some() && ours == theirs).then(|| {
        format!("{serial}: begins as that of the genuine certificate of {}", genuine.issued_by)
    })
}

fn mirrored(leaf: &Certificate, genuine: &Genuine) -> Option<String> {
    let same = genuine.validity == (leaf.not_before, leaf.not_after);
    (same && genuine.issuer != leaf.issuer.der).then(|| {
        format!(
            "{} to {}: to the second that of the genuine certificate of {}",
            when::utc(leaf.not_before),
            when::utc(leaf.not_after),
            genuine.issued_by
        )
    })
}

/// Days dated back, and seconds from minting to sending.
fn dated_back(case: &Case<'_>) -> Option<(i64, i64)> {
    let age = ValidityTime::from(case.at()).seconds_since(case.leaf.not_before);
    BACKDATED.into_iter().find_map(|days| {
        let since = age.saturating_sub(days.saturating_mul(DAY));
        (-CLOCKS_DIFFER..=FRESH).contains(&since).then_some((days, since))
    })
}

fn fresh(case: &Case<'_>) -> Option<String> {
    let (days, since) = dated_back(case)?;
    let not_before = when::utc(case.leaf.not_before);
    Some(format!("{not_before}: {days} days and {} before it was sent", when::stretch(since)))
}

fn minted(case: &Case<'_>, begin: Timestamp) -> Option<String> {
    let (days, since) = dated_back(case)?;
    let begin = case
        .session
        .client_hello
        .as_ref()
        .map_or(begin, |hello| begin.min(hello.packets.first.timestamp));
    let minted = case.at().secs().saturating_sub(since);
    // notBefore has whole seconds.
    let within = since <= WAITING && minted >= begin.secs();
    within.then(|| {
        let ago = when::stretch(since);
        format!("{ago} before it was sent, if notBefore is dated back by {days} days")
    })
}

fn midnights(leaf: &Certificate) -> Option<String> {
    let both = [leaf.not_before, leaf.not_after].iter().all(|t| t.secs().rem_euclid(DAY) == 0);
    both.then(|| format!("{} to {}", when::utc(leaf.not_before), when::utc(leaf.not_after)))
}

fn serial_grammar(case: &Case<'_>, assessment: &Assessment) -> Option<String> {
    let leaf = &**case.leaf;
    let how = if serial::is_uuid4(&leaf.serial) {
        String::from("a random UUID")
    } else if serial::is_issue_time(leaf) {
        String::from("the time of issue")
    } else {
        format!("the MD5 of {}", serial::md5_preimage(leaf, case.host(), assessment)?)
    };
    Some(format!("{}: {how}", dissect::hex(&leaf.serial)))
}

fn nothing_public(case: &Case<'_>) -> Option<String> {
    let leaf = &**case.leaf;
    let nothing =
        leaf.scts.is_empty() && leaf.authority_info_access.is_empty() && leaf.policies.is_empty();
    if !nothing {
        return None;
    }
    let host = case.host().or_else(|| leaf.subject.common_name())?;
    is_public_name(host)
        .then(|| format!("no CT timestamps, no address of the issuer and no policy, for {host}"))
}

/// Whether a host could be reached from anywhere, and somebody registered its domain.
pub(super) fn is_public_name(host: &str) -> bool {
    registrable(host).is_some() && is_public(host)
}

fn unknown_logs(leaf: &Certificate, logs_known: bool) -> Option<String> {
    let id = leaf.scts.first().filter(|_| !logs_known)?.log_id;
    Some(format!("{} timestamps, none of a known log; {}", leaf.scts.len(), dissect::hex(&id)))
}

fn key_id_length(leaf: &Certificate) -> Option<String> {
    let odd = |name: &str, id: Option<&Vec<u8>>| {
        let length = id?.len();
        (!KEY_ID_LENGTHS.contains(&length)).then(|| format!("{name} of {length} bytes"))
    };
    odd("subjectKeyIdentifier", leaf.subject_key_id.as_ref())
        .or_else(|| odd("authorityKeyIdentifier", leaf.authority_key_id.as_ref()))
}

/// Whether the certificate names any host at all; used for what it is about.
pub(super) fn dns_names(leaf: &Certificate) -> impl Iterator<Item = &str> {
    leaf.subject_alt_names.iter().flatten().filter_map(|name| match name {
        GeneralName::Dns(name) => Some(name.as_str()),
        _ => None,
    })
}

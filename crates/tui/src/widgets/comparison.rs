//! Two certificate chains beside each other: leaf by leaf, issuer by issuer, field by field.
//!
//! What is compared is what was sent, bytes and order included, and not how it reads. What differs
//! has a sign, so that it is found without colours too. Two columns where there is room, else both
//! values under each other.

mod fields;
mod known;

use std::sync::Arc;

use dissect::Seen;
use dissect::x509::{Chain, ChainEntry};

use super::chain::{MAX_CERTIFICATES, short_name};
use super::page::{Cell, Page};
use crate::format;
use fields::{Field, compared};

pub(crate) use known::against_baseline;

/// Columns of a page from which on there is room for both values.
const WIDE: usize = 99;

/// Columns of the sign.
const SIGN: usize = 2;

/// Columns of the labels.
const LABEL: usize = 11;

/// Columns between the values.
const BETWEEN: usize = 2;

/// Columns of the letter of a chain, where values stand under each other.
const LETTER: usize = 5;

/// What stands for each chain.
const LETTERS: [&str; 2] = ["A", "B"];

/// A section with both chains, each under its name: where it was seen.
pub(crate) fn section(
    page: &mut Page,
    title: &str,
    one: &Seen<Arc<Chain>>,
    one_name: &str,
    other: &Seen<Arc<Chain>>,
    other_name: &str,
) {
    page.section(title, "≠ differs, = is the same");
    legend(page, LETTERS[0], one_name, one);
    legend(page, LETTERS[1], other_name, other);
    page.blank();
    let chains = [&*one.value, &*other.value];
    let strong = page.theme().strong();
    page.paragraph(&summary(chains), strong);
    if one.value.fingerprint() == other.value.fingerprint() {
        return;
    }
    let number = length(chains);
    for position in 0..number.min(MAX_CERTIFICATES) {
        page.blank();
        pair(page, position, chains.map(|chain| chain.entries.get(position)));
    }
    let left = number.saturating_sub(MAX_CERTIFICATES);
    if left > 0 {
        let dim = page.theme().dim();
        page.paragraph(&format!("{left} more are not compared."), dim);
    }
}

fn legend(page: &mut Page, letter: &str, name: &str, chain: &Seen<Arc<Chain>>) {
    let number = u64::try_from(chain.value.entries.len()).unwrap_or(u64::MAX);
    let mut about = vec![name.to_owned(), format::counted(number, "certificate")];
    about.extend(Some(format::span(chain.packets)).filter(|span| !span.is_empty()));
    let strong = page.theme().strong();
    let (dim, room) = (page.theme().dim(), page.room());
    page.row(&[
        Cell::words(SIGN, letter, strong),
        Cell::words(room.saturating_sub(SIGN), &about.join(", "), dim),
    ]);
}

/// Certificates of the longer chain.
fn length(chains: [&Chain; 2]) -> usize {
    chains.map(|chain| chain.entries.len()).into_iter().max().unwrap_or(0)
}

/// Leaf, or the certificates that should have issued it.
fn role(position: usize) -> String {
    match position {
        0 => String::from("leaf"),
        _ => format!("issuer {position}"),
    }
}

/// The same in a sentence.
fn with_article(position: usize) -> String {
    if position == 0 { String::from("the leaf") } else { role(position) }
}

/// What is the same and what is not, in a sentence for the leaf and a few words for the others.
fn summary(chains: [&Chain; 2]) -> String {
    let [one, other] = chains;
    if one.fingerprint() == other.fingerprint() {
        return String::from("Both chains are the same, byte for byte.");
    }
    let mut sentences = Vec::new();
    for position in 0..length(chains).min(MAX_CERTIFICATES) {
        let role = with_article(position);
        let entries = (one.entries.get(position), other.entries.get(position));
        sentences.push(match entries {
            (Some(one), Some(other)) if one.der() == other.der() => {
                format!("{role} is the same certificate.")
            }
            (Some(ChainEntry::Certificate(one)), Some(ChainEntry::Certificate(other))) => {
                let same = position == 0;
                format!("{role} {}.", in_words(&compared(one, other), same))
            }
            (Some(_), Some(_)) => format!("{role} cannot be read in one of them."),
            (Some(_), None) => format!("Only {} has {role}.", LETTERS[0]),
            (None, _) => format!("Only {} has {role}.", LETTERS[1]),
        });
    }
    let sentences: Vec<String> = sentences.iter().map(|sentence| capitalised(sentence)).collect();
    sentences.join(" ")
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// `differs in issuer, key; same subject, names`; what is the same only `with_same`.
fn in_words(fields: &[Field], with_same: bool) -> String {
    let words = |same: bool| {
        let mut words: Vec<&str> = Vec::new();
        for field in fields.iter().filter(|field| field.same == same) {
            // What is told in two fields is not the same if one of them is not.
            let differs = fields.iter().any(|other| other.word == field.word && !other.same);
            if !words.contains(&field.word) && (!same || !differs) {
                words.push(field.word);
            }
        }
        words.join(", ")
    };
    match (words(false), words(true)) {
        (differs, same) if differs.is_empty() => {
            format!("differs in bytes that are not shown; same {same}")
        }
        (differs, same) if same.is_empty() || !with_same => format!("differs in {differs}"),
        (differs, same) => format!("differs in {differs}; same {same}"),
    }
}

/// The certificates at one place of both chains.
fn pair(page: &mut Page, position: usize, entries: [Option<&ChainEntry>; 2]) {
    heading(page, position, entries);
    match entries {
        [Some(one), Some(other)] if one.der() == other.der() => {
            let dim = page.theme().dim();
            page.line(&[("= the same certificate", dim)]);
        }
        [Some(ChainEntry::Certificate(one)), Some(ChainEntry::Certificate(other))] => {
            for field in &compared(one, other) {
                draw(page, field);
            }
        }
        // One of them has nothing to be compared with: its own tree shows what it says.
        _ => {}
    }
}

fn heading(page: &mut Page, position: usize, entries: [Option<&ChainEntry>; 2]) {
    let names = entries.map(|entry| match entry {
        Some(ChainEntry::Certificate(certificate)) => short_name(certificate).to_owned(),
        Some(ChainEntry::Malformed { error, .. }) => format!("not readable: {error}"),
        None => String::from("not sent"),
    });
    let (role, theme) = (role(position), *page.theme());
    let ([one, other], [one_letter, other_letter]) = (&names, LETTERS);
    if let Some(half) = half(page) {
        page.row(&[
            Cell::words(SIGN.saturating_add(LABEL), &role, theme.accent()),
            Cell::words(SIGN, one_letter, theme.strong()),
            Cell::words(half.saturating_sub(SIGN), one, theme.strong()),
            Cell::gap(BETWEEN),
            Cell::words(SIGN, other_letter, theme.strong()),
            Cell::words(half.saturating_sub(SIGN), other, theme.strong()),
        ]);
        return;
    }
    page.line(&[(&role, theme.accent())]);
    let room = page.room().saturating_sub(SIGN);
    for (letter, name) in LETTERS.into_iter().zip(&names) {
        page.row(&[
            Cell::words(SIGN, letter, theme.strong()),
            Cell::words(room, name, theme.strong()),
        ]);
    }
}

/// Columns of one value, where there is room for two.
fn half(page: &Page) -> Option<usize> {
    let fixed = SIGN.saturating_add(LABEL).saturating_add(BETWEEN);
    let half = page.room().saturating_sub(fixed).div_euclid(2);
    (page.room() >= WIDE).then_some(half)
}

fn draw(page: &mut Page, field: &Field) {
    let theme = *page.theme();
    let (sign, style) = match field.same {
        true => ("=", theme.dim()),
        false => ("≠", theme.accent()),
    };
    let [one, other] = &field.values;
    let head = [Cell::words(SIGN, sign, style), Cell::words(LABEL, field.label, theme.dim())];
    if let Some(half) = half(page) {
        let values =
            [Cell::words(half, one, style), Cell::gap(BETWEEN), Cell::words(half, other, style)];
        let cells: Vec<Cell<'_>> = head.into_iter().chain(values).collect();
        page.row(&cells);
        return;
    }
    let fixed = SIGN.saturating_add(LABEL).saturating_add(LETTER);
    let room = page.room().saturating_sub(fixed);
    let mut row = |head: [Cell<'_>; 2], letter: &str, value: &str| {
        let values = [Cell::words(LETTER, letter, theme.dim()), Cell::words(room, value, style)];
        let cells: Vec<Cell<'_>> = head.into_iter().chain(values).collect();
        page.row(&cells);
    };
    if field.same {
        row(head, "both", one);
        return;
    }
    row(head, LETTERS[0], one);
    row([Cell::gap(SIGN), Cell::gap(LABEL)], LETTERS[1], other);
}

#[cfg(test)]
mod tests {
    use dissect::x509::{Certificate, CertificateError, ValidityTime};

    use super::super::samples::certificates::CertificateSketch;
    use super::super::samples::{packets, page, shown};
    use super::*;

    fn seen(entries: Vec<ChainEntry>, first: u64) -> Seen<Arc<Chain>> {
        Seen {
            value: Arc::new(Chain::new(entries)),
            packets: packets(first, first.saturating_add(2)),
        }
    }

    fn readable(certificate: Certificate) -> ChainEntry {
        ChainEntry::Certificate(Arc::new(certificate))
    }

    fn leaf(issuer: &str, seed: u8) -> Certificate {
        let names = ["api.shop.test", "shop.test"];
        let sketch =
            CertificateSketch { subject: "api.shop.test", issuer, names: &names, days: 90, seed };
        sketch.certificate()
    }

    fn authority(subject: &str, seed: u8) -> Certificate {
        let sketch = CertificateSketch { subject, issuer: subject, names: &[], days: 3650, seed };
        sketch.certificate()
    }

    /// A forged chain beside the genuine one.
    fn drawn(columns: usize) -> String {
        let mut forged = leaf("mitmproxy", 7);
        forged.not_after = ValidityTime::from_secs(1_800_000_000);
        let forged = [readable(forged), readable(authority("mitmproxy", 9))];
        let genuine = [
            readable(leaf("Example Issuing CA 3", 3)),
            readable(authority("Example Issuing CA 3", 4)),
            ChainEntry::Malformed {
                der: Arc::from([1_u8].as_slice()),
                error: CertificateError::Asn1 { length: 1 },
            },
        ];
        let mut page = page(columns);
        let (forged, genuine) = (seen(forged.into(), 12), seen(genuine.into(), 40));
        section(
            &mut page,
            "Beside another chain",
            &forged,
            "this one",
            &genuine,
            "10.0.0.9, 10:15",
        );
        shown(&page)
    }

    #[test]
    fn forged_beside_genuine() {
        insta::assert_snapshot!("forged_beside_genuine_80", drawn(80));
        insta::assert_snapshot!("forged_beside_genuine_120", drawn(120));
        insta::assert_snapshot!("forged_beside_genuine_40", drawn(40));
    }

    #[test]
    fn what_differs_has_a_sign_and_stands_out() {
        let (one, other) = (leaf("a", 7), leaf("b", 7));
        for field in compared(&one, &other) {
            for columns in [80, 120] {
                let mut page = page(columns);
                draw(&mut page, &field);
                let line = &page.lines()[0];
                let bold = line.spans.iter().any(|span| span.style == page.theme().accent());
                assert_eq!((field.label == "issuer", bold), (!field.same, !field.same));
            }
        }
    }

    #[test]
    fn summaries() {
        let chain = |certificates: &[Certificate]| {
            Chain::new(certificates.iter().cloned().map(readable).collect())
        };
        let mut encoded = leaf("x", 7);
        encoded.issuer.der.push(1);
        encoded.sha256 = [1; 32];
        encoded.der = Arc::from([2_u8].as_slice());
        let same = "subject, names, validity, kind of key, signature algorithm, serial number, key, \
                    extensions, CA flag, SCTs";
        for (one, other, expected) in [
            (
                vec![leaf("x", 7)],
                vec![leaf("x", 7)],
                "Both chains are the same, byte for byte.".into(),
            ),
            (
                vec![leaf("x", 7), authority("x", 1)],
                vec![leaf("x", 7)],
                "The leaf is the same certificate. Only A has issuer 1.".to_owned(),
            ),
            (vec![], vec![leaf("x", 7)], "Only B has the leaf.".to_owned()),
            (
                vec![leaf("x", 7)],
                vec![encoded],
                format!("The leaf differs in issuer; same {same}."),
            ),
        ] {
            assert_eq!(summary([&chain(&one), &chain(&other)]), expected);
        }
    }

    #[test]
    fn long_chains_are_cut() {
        let chain = |seed| seen((0..40).map(|_| readable(leaf("x", seed))).collect(), 1);
        let mut page = page(80);
        section(&mut page, "t", &chain(1), "a", &chain(2), "b");
        assert!(shown(&page).ends_with("24 more are not compared."));
    }
}

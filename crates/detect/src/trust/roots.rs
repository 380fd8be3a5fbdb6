//! Trust roots: Mozilla's over the years, Apple's and Microsoft's own, and the user's.
//!
//! `data/mozilla-roots.bin` holds every root that one of Mozilla's lists since 2012 had, with the
//! day of the first list without it. A built-in root counts as trusted until [`GRACE_DAYS`] after
//! that day. When it was added does not count: Apple, Android and cross-signing bring roots into
//! use before Mozilla lists them. A capture older than the first list is judged by that list and
//! whatever came later.
//!
//! `data/platform-roots.bin` holds the roots with which Apple and Microsoft sign their own services,
//! and which no list for the public web has. They count always.

use std::borrow::Cow;

use dissect::Timestamp;
use dissect::x509::{Certificate, Name, PublicKey, SignatureCheck};
use hashbrown::HashMap;
use rustls_pki_types::{Der, TrustAnchor};

use super::assessment::RootOrigin;
use super::signatures::Signatures;

/// Mozilla's roots; `data/make-roots.py` describes the format.
const MOZILLA: &[u8] = include_bytes!("../../data/mozilla-roots.bin");
/// Apple's and Microsoft's, in the same format.
const PLATFORM: &[u8] = include_bytes!("../../data/platform-roots.bin");
/// First bytes of the format.
const MAGIC: &[u8] = b"MROOTS1\n";
/// Value of "first list without it" while the newest list has it.
const STILL_LISTED: u16 = u16::MAX;
/// How long after its removal a root still counts: phones get a new list with the next system
/// update, many a year late, and servers keep their chains for them until then.
pub(super) const GRACE_DAYS: u16 = 366;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// A root.
#[derive(Clone, Debug)]
pub(super) struct Root {
    /// Subject, DER.
    pub(super) subject: Cow<'static, [u8]>,
    /// SubjectPublicKeyInfo, DER.
    pub(super) key: Cow<'static, [u8]>,
    /// Whose it is.
    pub(super) origin: RootOrigin,
    /// Last day on which it counts, in days since 1970; `None` if there is none.
    last_day: Option<u16>,
}

impl Root {
    /// The subject, to be shown.
    pub(super) fn name(&self) -> String {
        Name::from_der(&self.subject).map(|name| name.to_string()).unwrap_or_default()
    }

    /// What kind of key it has.
    pub(super) fn public_key(&self) -> Option<PublicKey> {
        PublicKey::from_spki(&self.key)
    }

    /// Whether this certificate has the root's name and key.
    pub(super) fn is(&self, certificate: &Certificate) -> bool {
        *self.key == *certificate.spki && *self.subject == *certificate.subject.der
    }

    /// The root as `webpki` wants it: the contents without their outer tag and length.
    pub(super) fn anchor(&self) -> Option<TrustAnchor<'_>> {
        Some(TrustAnchor {
            subject: Der::from_slice(content(&self.subject)?),
            subject_public_key_info: Der::from_slice(content(&self.key)?),
            name_constraints: None,
        })
    }

    fn counts_at(&self, at: Timestamp) -> bool {
        self.last_day.is_none_or(|last| at.secs().div_euclid(DAY) <= i64::from(last))
    }
}

/// All roots, by name.
#[derive(Debug)]
pub(super) struct Roots {
    roots: Vec<Root>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Roots {
    /// The built-in roots, and the user's in DER. What is no certificate among the latter is left
    /// out: whoever read the file has said so already.
    pub(super) fn new(user: &[Vec<u8>]) -> Self {
        let user = user.iter().filter_map(|der| Certificate::parse(der).ok());
        let user = user.map(|certificate| Root {
            subject: Cow::Owned(certificate.subject.der),
            key: Cow::Owned(certificate.spki),
            origin: RootOrigin::User,
            last_day: None,
        });
        let roots: Vec<Root> = user.chain(built_in()).chain(platform()).collect();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, root) in roots.iter().enumerate() {
            if let Some(name) = Name::from_der(&root.subject) {
                by_name.entry(key(&name)).or_default().push(index);
            }
        }
        Self { roots, by_name }
    }

    /// The roots with this subject that count at this time, the user's first.
    pub(super) fn named(&self, name: &Name, at: Timestamp) -> impl Iterator<Item = &Root> {
        let indexes = self.by_name.get(&key(name)).map(Vec::as_slice).unwrap_or_default();
        let roots = indexes.iter().filter_map(|&index| self.roots.get(index));
        roots.filter(move |root| root.counts_at(at))
    }

    /// The public keys of the roots with this subject, shown as [`Root::name`] shows it.
    pub(super) fn keys_of<'a>(&'a self, subject: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.roots.iter().filter(move |root| root.name() == subject).map(|root| &*root.key)
    }

    /// Whether a root that is not the user's, of whatever time, has this subject.
    pub(super) fn is_built_in_name(&self, name: &Name) -> bool {
        let indexes = self.by_name.get(&key(name)).map(Vec::as_slice).unwrap_or_default();
        let mut roots = indexes.iter().filter_map(|&index| self.roots.get(index));
        roots.any(|root| root.origin != RootOrigin::User)
    }
}

impl Roots {
    /// Whether any root, of whatever time and the user's included, has this subject.
    pub(super) fn is_name(&self, name: &Name) -> bool {
        self.by_name.contains_key(&key(name))
    }

    /// Whether roots bear the name of the certificate's issuer, and the key of none, of whatever
    /// time, made its signature.
    pub(super) fn falsely_named_by(
        &self,
        certificate: &Certificate,
        signatures: &Signatures,
    ) -> bool {
        let indexes = self.by_name.get(&key(&certificate.issuer)).map(Vec::as_slice);
        let mut roots =
            indexes.unwrap_or_default().iter().filter_map(|&i| self.roots.get(i)).peekable();
        let invalid =
            |root: &Root| signatures.check(certificate, &root.key) == SignatureCheck::Invalid;
        roots.peek().is_some() && roots.all(invalid)
    }
}

/// A name as it is compared: RFC 5280 section 7.1 ignores string types, case and surplus spaces.
pub(super) fn key(name: &Name) -> String {
    let mut key = String::new();
    for attribute in &name.attributes {
        key.push_str(&attribute.oid);
        key.push('=');
        for word in attribute.value.split_whitespace() {
            push_lowercase(&mut key, word);
            key.push(' ');
        }
        key.push('\n');
    }
    key
}

/// Appends `word.to_lowercase()`, which needs memory of its own and is called for all roots at the
/// first certificate.
fn push_lowercase(key: &mut String, word: &str) {
    if word.is_ascii() {
        let start = key.len();
        key.push_str(word);
        key.get_mut(start..).unwrap_or_default().make_ascii_lowercase();
    } else {
        key.push_str(&word.to_lowercase());
    }
}

fn built_in() -> impl Iterator<Item = Root> {
    read(MOZILLA, RootOrigin::BuiltIn)
}

fn platform() -> impl Iterator<Item = Root> {
    read(PLATFORM, RootOrigin::Platform)
}

fn read(data: &'static [u8], origin: RootOrigin) -> impl Iterator<Item = Root> {
    let mut reader = Reader { rest: data.strip_prefix(MAGIC).unwrap_or_default() };
    let count = reader.number().unwrap_or(0);
    let (_oldest, _newest) = (reader.number(), reader.number());
    (0..count).map_while(move |_| {
        let _first_listed = reader.number()?;
        let removed = reader.number()?;
        Some(Root {
            subject: Cow::Borrowed(reader.bytes()?),
            key: Cow::Borrowed(reader.bytes()?),
            origin,
            last_day: (removed != STILL_LISTED).then(|| removed.saturating_add(GRACE_DAYS)),
        })
    })
}

/// Reads the built-in data.
struct Reader {
    rest: &'static [u8],
}

impl Reader {
    fn number(&mut self) -> Option<u16> {
        let (number, rest) = self.rest.split_first_chunk::<2>()?;
        self.rest = rest;
        Some(u16::from_be_bytes(*number))
    }

    fn bytes(&mut self) -> Option<&'static [u8]> {
        let length = usize::from(self.number()?);
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }
}

/// A DER value without its tag (one byte) and length.
fn content(der: &[u8]) -> Option<&[u8]> {
    let (&length, rest) = der.get(1..)?.split_first()?;
    match length.checked_sub(0x80) {
        None => Some(rest),
        Some(more) => rest.get(usize::from(more)..),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A day on which `day` days have passed since 1970.
    fn on(day: u16) -> Timestamp {
        Timestamp::from_secs(i64::from(day).saturating_mul(DAY))
    }

    #[test]
    fn the_built_in_data_is_read_to_its_end() {
        for (data, origin) in [(MOZILLA, RootOrigin::BuiltIn), (PLATFORM, RootOrigin::Platform)] {
            let count = u16::from_be_bytes([data[8], data[9]]);
            let roots: Vec<Root> = read(data, origin).collect();
            assert_eq!(roots.len(), usize::from(count));
            for root in &roots {
                assert!(!root.name().is_empty());
                assert!(root.anchor().is_some());
                assert!(!matches!(root.public_key(), None | Some(PublicKey::Other(_))));
            }
            let length: usize = roots.iter().map(|r| 8 + r.subject.len() + r.key.len()).sum();
            assert_eq!(length + MAGIC.len() + 6, data.len());
        }
    }

    #[test]
    fn platform_roots_count_always_and_are_not_mozillas() {
        let roots = Roots::new(&[]);
        let names: Vec<String> = platform().map(|root| root.name()).collect();
        for wanted in ["CN=Apple Root CA", "CN=Microsoft Root Certificate Authority 2011"] {
            let bears = |name: &&String| name.split(", ").any(|part| part == wanted);
            assert_eq!(names.iter().filter(bears).count(), 1, "{wanted}");
        }
        for root in platform() {
            let name = Name::from_der(&root.subject).unwrap();
            let origin = |day| roots.named(&name, on(day)).map(|r| r.origin).collect::<Vec<_>>();
            assert_eq!(origin(0), [RootOrigin::Platform]);
            assert_eq!(origin(u16::MAX), [RootOrigin::Platform]);
            assert!(roots.is_built_in_name(&name));
            assert!(built_in().all(|listed| listed.key != root.key));
        }
    }

    #[test]
    fn a_removed_root_counts_until_its_grace_is_over() {
        let roots = Roots::new(&[]);
        let removed = built_in().find(|root| root.last_day.is_some()).unwrap();
        let name = Name::from_der(&removed.subject).unwrap();
        let last = removed.last_day.unwrap();
        let known = |day| roots.named(&name, on(day)).any(|root| root.key == removed.key);
        assert!(known(0));
        assert!(known(last));
        assert!(!known(last + 1));
        assert!(roots.is_built_in_name(&name));
    }

    #[test]
    fn a_listed_root_counts_always() {
        let roots = Roots::new(&[]);
        let listed = built_in().find(|root| root.last_day.is_none()).unwrap();
        let name = Name::from_der(&listed.subject).unwrap();
        assert!(roots.named(&name, on(0)).count() > 0);
        assert!(roots.named(&name, on(u16::MAX)).count() > 0);
        assert_eq!(roots.named(&Name::default(), on(0)).count(), 0);
        assert!(!roots.is_built_in_name(&Name::default()));
    }

    #[test]
    fn names_are_compared_without_case_and_surplus_spaces() {
        let listed = built_in().next().unwrap();
        let name = Name::from_der(&listed.subject).unwrap();
        let mut shouted = name.clone();
        for attribute in &mut shouted.attributes {
            attribute.value = format!(" {} ", attribute.value.to_uppercase());
        }
        let mut other = name.clone();
        other.attributes.pop();
        assert_eq!(key(&shouted), key(&name));
        assert_ne!(key(&other), key(&name));
    }

    #[test]
    fn what_is_no_certificate_is_no_root() {
        let own = built_in().count() + platform().count();
        assert_eq!(Roots::new(&[vec![], vec![0x30, 0x00]]).roots.len(), own);
    }
}

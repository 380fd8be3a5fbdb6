//! What flows of a kind do: a conversation, how often, and what follows.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::chain::{DIGITS, HOST, Issuer};
use crate::edit::{Edit, Kind as Edited, mark_word};
use crate::random::mix;
use crate::sealed::{Sealed, Secrets};
use crate::template::{self, Speaks, Template, Turn};

/// Captures with one TLS 1.2 or 1.3 handshake after the other.
const TLS: [&str; 4] =
    ["clean-tls12", "clean-tls13", "clean-chrome-android-tls13", "clean-post-quantum-tls13"];
/// The host of those captures.
const LAB_HOST: &[u8; 13] = b"api.shop.test";

/// What a capture is made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Kind {
    /// TLS connections as apps make them: a handshake and 0 to 48 KiB
    Tls,
    /// Downloads: a TLS handshake and 1 to 3 MiB
    Bulk,
    /// HTTP/1 in the clear, eight exchanges a connection
    Http,
    /// Handshakes only: half TLS 1.2 with a chain of its own each, half TLS 1.3 and QUIC
    Flood,
    /// Look-ups of names
    Dns,
    /// QUIC handshakes
    Quic,
    /// Nine look-ups of a name for each QUIC connection of 20 KB
    Mixed,
    /// The shortest flows: look-ups, hellos that are answered by nothing, closed connections
    Small,
    /// HTTP/1 and HTTP/2 in TLS 1.3, four exchanges a connection, with a key log
    Decrypted,
}

/// What follows the conversation.
#[derive(Clone)]
pub(crate) enum Tail {
    None,
    /// TLS records.
    Records,
    /// QUIC packets to the client with this connection id.
    Datagrams {
        to_client: Vec<u8>,
    },
    /// Exchanges of HTTP, encrypted with keys of this program.
    Exchanges(Sealed),
}

/// What a flow does.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) template: Template,
    /// How often the conversation takes place.
    pub(crate) rounds: usize,
    pub(crate) tail: Tail,
    /// Fewest and most packets of bulk data.
    pub(crate) bulk: (u64, u64),
    /// Who makes the leaf, and where it is in the second turn.
    pub(crate) leaf: Option<(Arc<Issuer>, usize)>,
    pub(crate) is_reset: bool,
}

impl Script {
    fn once(template: Template) -> Self {
        Self { template, rounds: 1, tail: Tail::None, bulk: (0, 0), leaf: None, is_reset: false }
    }

    /// Packets of bulk data of clone `number`.
    pub(crate) fn packets(&self, number: u64) -> u64 {
        let (fewest, most) = self.bulk;
        fewest + mix(number ^ 0xb01c) % (most - fewest + 1)
    }

    /// About how many bytes clone `number` takes in the file.
    pub(crate) fn size(&self, number: u64) -> u64 {
        let turns: usize = self.template.turns.iter().map(|turn| turn.bytes.len() + 80).sum();
        let exchanges = match &self.tail {
            Tail::Exchanges(sealed) => sealed.exchanges() * 1600,
            _ => 0,
        };
        (turns * self.rounds + 8 * 80) as u64 + exchanges + self.packets(number) * 1485
    }

    /// Handshakes and exchanges of HTTP of each flow.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let handshakes = matches!(self.template.speaks, Speaks::Tls | Speaks::Quic);
        let exchanges = match (&self.tail, self.template.speaks) {
            (Tail::Exchanges(sealed), _) => sealed.exchanges(),
            (_, Speaks::Http) => {
                let requests = self.template.turns.iter().filter(|turn| turn.from_client).count();
                (requests * self.rounds) as u64
            }
            _ => 0,
        };
        (u64::from(handshakes && !self.is_reset), exchanges)
    }
}

/// What the flows of a kind do, in turn.
pub(crate) fn of(kind: Kind, captures: &Path, issuer: &Arc<Issuer>) -> Result<Vec<Script>> {
    let all = |names: &[&str], speaks: Speaks| -> Result<Vec<Template>> {
        let mut templates = Vec::new();
        for name in names {
            templates.extend(template::of(&captures.join(name).join("capture.pcapng"))?);
        }
        templates.retain(|template| template.speaks == speaks);
        ensure!(!templates.is_empty(), "{names:?}: no {speaks:?} in there");
        Ok(templates)
    };
    let tls = |segments: (u64, u64)| -> Result<Vec<Script>> {
        let scripts = all(&TLS, Speaks::Tls)?.into_iter().map(Script::once);
        Ok(scripts.map(|s| Script { tail: Tail::Records, bulk: segments, ..s }).collect())
    };
    let quic = |datagrams: (u64, u64)| -> Result<Vec<Script>> {
        let scripts = all(&["clean-http3"], Speaks::Quic)?.into_iter().map(Script::once);
        Ok(scripts
            .map(|script| {
                let to_client = client_id(&script.template);
                Script { tail: Tail::Datagrams { to_client }, bulk: datagrams, ..script }
            })
            .collect())
    };
    let dns = || all(&["clean-tls13", "clean-http3"], Speaks::Dns);
    Ok(match kind {
        Kind::Tls => tls((0, 35))?,
        Kind::Bulk => tls((800, 2400))?,
        Kind::Http => {
            let templates = all(&["cleartext-api", "clean-background-noise"], Speaks::Http)?;
            templates.into_iter().map(|t| Script { rounds: 8, ..Script::once(t) }).collect()
        }
        Kind::Flood => {
            let templates = all(&TLS, Speaks::Tls)?.into_iter();
            let tls = templates.map(|template| with_own_chain(template, issuer));
            let (seen, hidden): (Vec<_>, Vec<_>) = tls.partition(|script| script.leaf.is_some());
            let hidden: Vec<Script> = hidden.into_iter().chain(quic((0, 0))?).collect();
            // As many of one sort as of the other.
            let seen = seen.iter().cycle().cloned();
            seen.zip(hidden).flat_map(|(seen, hidden)| [seen, hidden]).collect()
        }
        Kind::Dns => dns()?.into_iter().map(Script::once).collect(),
        Kind::Quic => quic((0, 0))?,
        Kind::Mixed => {
            let (dns, quic) = (dns()?, quic((4, 28))?);
            let names = dns.iter().cycle();
            let rounds = quic.into_iter().zip((0..).map(|round| round * 9));
            rounds
                .flat_map(|(quic, from)| {
                    let names = names.clone().skip(from).take(9).cloned();
                    names.map(Script::once).chain([quic]).collect::<Vec<_>>()
                })
                .collect()
        }
        Kind::Small => {
            let hello = all(&TLS[..1], Speaks::Tls)?.swap_remove(0);
            let refused = Template { turns: hello.turns[..1].to_vec(), ..hello.clone() };
            let empty = Turn { from_client: true, bytes: vec![0], edits: Vec::new() };
            let nothing = Template { turns: vec![empty], ..hello };
            let mut scripts: Vec<Script> = dns()?.into_iter().take(2).map(Script::once).collect();
            scripts.push(Script { is_reset: true, ..Script::once(refused) });
            scripts.push(Script::once(nothing));
            scripts
        }
        Kind::Decrypted => {
            let mut scripts = Vec::new();
            for name in ["contents-http1", "contents-http2"] {
                let secrets = Secrets::read(&captures.join(name).join("keys.log"))?;
                let templates = all(&[name], Speaks::Tls)?;
                scripts.extend(templates.into_iter().filter_map(|template| {
                    let (template, sealed) = secrets.seal(template, name == "contents-http2")?;
                    Some(Script { tail: Tail::Exchanges(sealed), ..Script::once(template) })
                }));
            }
            scripts
        }
    })
}

/// The connection id of packets to the client, of the usual eight bytes.
fn client_id(template: &Template) -> Vec<u8> {
    let mut short = template.turns.iter().filter(|turn| !turn.from_client && turn.bytes[0] < 0x80);
    short.next().map_or_else(Vec::new, |turn| turn.bytes[1..9].to_vec())
}

/// Gives each clone a host of its own and, where the certificates can be seen, a chain.
fn with_own_chain(mut template: Template, issuer: &Arc<Issuer>) -> Script {
    let hello = &mut template.turns[0];
    let name = hello.bytes.windows(LAB_HOST.len()).position(|seen| seen == LAB_HOST);
    if let Some(at) = name {
        hello.bytes[at..at + HOST.len()].copy_from_slice(HOST);
        mark_word(hello, HOST, DIGITS.start, DIGITS.len(), Edited::Digits);
    }
    let leaf = replace_chain(&mut template.turns[1], issuer);
    Script { leaf: leaf.map(|at| (Arc::clone(issuer), at)), ..Script::once(template) }
}

/// Puts the issuer's chain into a server's first flight; gives where the leaf is. `None` if no
/// Certificate message can be read there, as in TLS 1.3.
fn replace_chain(flight: &mut Turn, issuer: &Issuer) -> Option<usize> {
    let mut rest = &flight.bytes[..];
    let mut messages = Vec::new();
    while let [0x16, _, _, high, low, content @ ..] = rest {
        let (content, after) =
            content.split_at_checked(usize::from(*high) << 8 | usize::from(*low))?;
        messages.extend_from_slice(content);
        rest = after;
    }
    let mut out = Vec::new();
    let mut leaf = None;
    let mut left = &messages[..];
    while let [kind, a, b, c, body @ ..] = left {
        let length = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
        let (body, after) = body.split_at_checked(length)?;
        let (own, leaf_at) = issuer.message();
        let body = if *kind == 11 { &own[..] } else { body };
        out.extend_from_slice(&[0x16, 3, 3]);
        out.extend_from_slice(&(body.len() as u16 + 4).to_be_bytes());
        out.push(*kind);
        out.extend_from_slice(&(body.len() as u32).to_be_bytes()[1..]);
        if *kind == 11 {
            leaf = Some(out.len() + leaf_at);
        }
        out.extend_from_slice(body);
        left = after;
    }
    if leaf.is_some() {
        out.extend_from_slice(rest);
        flight.bytes = out;
        debug_assert!(flight.edits.iter().all(|edit: &Edit| edit.at == 11));
    }
    leaf
}

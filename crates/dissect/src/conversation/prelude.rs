//! What comes before a TLS handshake on its connection: requests to proxies, and plain protocols
//! that turn to TLS.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::bytes::{u8_at, u16_at};
use crate::session::Prelude;

/// Longest header of the PROXY protocol, version 2.
const MAX_HEADER: usize = 8 * 1024;
/// Longest host name asked for.
const MAX_TARGET: usize = 300;

/// Which proxy request is being answered.
#[derive(Debug, Default)]
pub(super) enum Proxy {
    /// Nothing was asked.
    #[default]
    Idle,
    /// SOCKS5 method selection is done.
    Socks5,
    /// A SOCKS request was sent: version, target.
    SocksRequest(u8, String),
}

/// What the bytes so far mean.
pub(super) enum Step {
    /// Not the beginning of anything known here.
    NotProxy,
    /// So many bytes of each side belong to the proxy.
    Taken {
        /// Bytes of the client.
        client: usize,
        /// Bytes of the server.
        server: usize,
        /// Set when it is complete: what follows belongs to the target.
        prelude: Option<Prelude>,
    },
    /// It begins like a proxy request or answer; more is needed.
    Waiting,
}

const fn taken(client: usize, server: usize, prelude: Option<Prelude>) -> Step {
    Step::Taken { client, server, prelude }
}

impl Proxy {
    /// Looks at the unconsumed bytes of both sides.
    pub(super) fn step(&mut self, client: &[u8], server: &[u8]) -> Step {
        match std::mem::take(self) {
            Self::Idle => self.request(client, server),
            Self::Socks5 => self.socks5_request(client, server),
            Self::SocksRequest(version, target) => self.socks_answer(version, target, server),
        }
    }

    fn request(&mut self, client: &[u8], server: &[u8]) -> Step {
        if client.is_empty() {
            return Step::NotProxy;
        }
        if begins(client, b"PROXY ") {
            return proxy_protocol_1(client);
        }
        if begins(client, PROXY_2) {
            return proxy_protocol_2(client);
        }
        match u8_at(client, 0) {
            Some(5) => self.socks5_methods(client, server),
            Some(4) => self.socks4_request(client),
            _ => Step::NotProxy,
        }
    }

    /// RFC 1928 section 3: version, methods; the server picks one.
    fn socks5_methods(&mut self, client: &[u8], server: &[u8]) -> Step {
        let Some(count) = u8_at(client, 1) else { return Step::Waiting };
        let length = usize::from(count).saturating_add(2);
        // A greeting stands alone in its segment: longer first data is another protocol.
        if count == 0 || count > 16 || (server.is_empty() && client.len() > length) {
            return Step::NotProxy;
        }
        match (u8_at(server, 0), u8_at(server, 1)) {
            (Some(5), Some(_)) => {
                *self = Self::Socks5;
                taken(length, 2, None)
            }
            (None | Some(5), None) => Step::Waiting,
            _ => Step::NotProxy,
        }
    }

    /// RFC 1928 section 4, after an optional user name and password (RFC 1929).
    fn socks5_request(&mut self, client: &[u8], server: &[u8]) -> Step {
        *self = Self::Socks5;
        if u8_at(client, 0) == Some(1) {
            let user = u8_at(client, 1).map(|user| usize::from(user).saturating_add(2));
            let password = user.and_then(|at| u8_at(client, at)).map(usize::from);
            let (Some(user), Some(password)) = (user, password) else { return Step::Waiting };
            if server.len() < 2 {
                return Step::Waiting;
            }
            return taken(user.saturating_add(password).saturating_add(1), 2, None);
        }
        if client.is_empty() {
            return Step::Waiting;
        }
        if !begins(client, &[5, 1, 0]) {
            return Step::NotProxy;
        }
        match socks5_address(client) {
            Some((target, length)) => {
                *self = Self::SocksRequest(5, target);
                taken(length, 0, None)
            }
            None => waiting_within(client, MAX_TARGET),
        }
    }

    /// SOCKS4: version, command, port, address, user, NUL; 4a: address 0.0.0.x, then host, NUL.
    fn socks4_request(&mut self, client: &[u8]) -> Step {
        let Some(&[4, command, high, low, a, b, c, d]) = client.first_chunk() else {
            return if client.len() < 8 { Step::Waiting } else { Step::NotProxy };
        };
        if command != 1 {
            return Step::NotProxy;
        }
        let port = u16::from_be_bytes([high, low]);
        let mut fields = client.get(8..).unwrap_or_default().splitn(3, |byte| *byte == 0);
        let (user, host, rest) = (fields.next(), fields.next(), fields.next());
        let named = [a, b, c] == [0, 0, 0] && d != 0;
        let (Some(user), Some(host)) = (user, host) else {
            return waiting_within(client, MAX_TARGET);
        };
        let user_end = user.len().saturating_add(9);
        let (target, length) = if named {
            if rest.is_none() {
                return waiting_within(client, MAX_TARGET);
            }
            (text(host), user_end.saturating_add(host.len()).saturating_add(1))
        } else {
            (Ipv4Addr::new(a, b, c, d).to_string(), user_end)
        };
        *self = Self::SocksRequest(4, format!("{target}:{port}"));
        taken(length, 0, None)
    }

    fn socks_answer(&mut self, version: u8, target: String, server: &[u8]) -> Step {
        let (granted, length) = match version {
            4 => (u8_at(server, 1).map(|code| code == 90), Some(8)),
            _ => (
                u8_at(server, 1).map(|code| code == 0),
                socks5_address(server).map(|(_, length)| length),
            ),
        };
        match (granted, length) {
            (Some(true), Some(length)) if server.len() >= length => {
                taken(0, length, Some(Prelude::Socks { version, target }))
            }
            (Some(false), _) => Step::NotProxy,
            _ => {
                *self = Self::SocksRequest(version, target);
                waiting_within(server, MAX_TARGET)
            }
        }
    }
}

const PROXY_2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// `PROXY TCP4 192.0.2.1 192.0.2.2 1000 443\r\n`, at most 107 bytes.
fn proxy_protocol_1(client: &[u8]) -> Step {
    let Some(end) = client.windows(2).take(107).position(|pair| pair == b"\r\n") else {
        return waiting_within(client, 107);
    };
    let line = text(client.get(..end).unwrap_or_default());
    let words: Vec<&str> = line.split(' ').collect();
    let source = match words.as_slice() {
        [_, "TCP4" | "TCP6", address, _, port, _] => {
            address.parse().ok().map(|address: IpAddr| endpoint(address, port.parse().unwrap_or(0)))
        }
        _ => None,
    };
    taken(end.saturating_add(2), 0, Some(Prelude::ProxyProtocol { source }))
}

/// Signature, version and command, family, length, addresses.
fn proxy_protocol_2(client: &[u8]) -> Step {
    let (Some(family), Some(length)) = (u8_at(client, 13), u16_at(client, 14)) else {
        return Step::Waiting;
    };
    let end = usize::from(length).saturating_add(16);
    let Some(addresses) = client.get(16..end) else { return waiting_within(client, MAX_HEADER) };
    let source = match family >> 4 {
        1 => addresses
            .first_chunk::<4>()
            .zip(u16_at(addresses, 8))
            .map(|(octets, port)| endpoint(IpAddr::V4(Ipv4Addr::from(*octets)), port)),
        2 => addresses
            .first_chunk::<16>()
            .zip(u16_at(addresses, 32))
            .map(|(octets, port)| endpoint(IpAddr::V6(Ipv6Addr::from(*octets)), port)),
        _ => None,
    };
    taken(end, 0, Some(Prelude::ProxyProtocol { source }))
}

/// The address of a SOCKS5 request or answer as `host:port`, and the whole message's length.
fn socks5_address(message: &[u8]) -> Option<(String, usize)> {
    let (host, end) = match u8_at(message, 3)? {
        1 => {
            let octets = message.get(4..)?.first_chunk::<4>()?;
            (Ipv4Addr::from(*octets).to_string(), 8)
        }
        3 => {
            let end = usize::from(u8_at(message, 4)?).saturating_add(5);
            (text(message.get(5..end)?), end)
        }
        4 => {
            let octets = message.get(4..)?.first_chunk::<16>()?;
            (format!("[{}]", Ipv6Addr::from(*octets)), 20)
        }
        _ => return None,
    };
    let port = u16_at(message, end)?;
    Some((format!("{host}:{port}"), end.saturating_add(2)))
}

fn endpoint(address: IpAddr, port: u16) -> String {
    std::net::SocketAddr::new(address, port).to_string()
}

/// Whether one is a prefix of the other: bytes that may still become the pattern count.
fn begins(bytes: &[u8], pattern: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().zip(pattern).all(|(byte, wanted)| byte == wanted)
}

fn waiting_within(bytes: &[u8], limit: usize) -> Step {
    if bytes.len() > limit { Step::NotProxy } else { Step::Waiting }
}

fn text(bytes: &[u8]) -> String {
    let bounded = bytes.get(..MAX_TARGET).unwrap_or(bytes);
    String::from_utf8_lossy(bounded).into_owned()
}

/// Which plain protocol with an upgrade to TLS this is, by what a side says.
pub(super) fn upgraded_protocol(from_client: bool, bytes: &[u8]) -> Option<&'static str> {
    let has =
        |word: &[u8]| bytes.windows(word.len()).take(512).any(|w| w.eq_ignore_ascii_case(word));
    let protocol = if from_client {
        match bytes {
            [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f, ..] => "postgresql",
            [0x30, _, 0x02, ..] if has(b"1.3.6.1.4.1.1466.20037") => "ldap",
            [3, 0, 0, _, _, 0xe0, ..] => "rdp",
            _ if bytes.starts_with(b"EHLO") || bytes.starts_with(b"LHLO") => "smtp",
            _ if bytes.starts_with(b"HELO") => "smtp",
            _ if has(b"AUTH TLS") || has(b"AUTH SSL") => "ftp",
            _ if bytes.starts_with(b"STLS") => "pop3",
            _ if has(b" STARTTLS") => "imap",
            _ if has(b"<stream:stream") || has(b"jabber:") => "xmpp",
            _ => return None,
        }
    } else {
        match bytes {
            _ if bytes.starts_with(b"+OK") => "pop3",
            _ if bytes.starts_with(b"* OK") => "imap",
            _ if bytes.starts_with(b"220") && has(b"SMTP") => "smtp",
            _ if bytes.starts_with(b"220") && has(b"FTP") => "ftp",
            _ if has(b"<stream:stream") => "xmpp",
            [_, _, 0, 0, 10, b'0'..=b'9', ..] => "mysql",
            _ => return None,
        }
    };
    Some(protocol)
}

//! Filter expressions in tcpdump's language, compiled by libpcap, also for files.
//!
//! A capture may have several link types, and a program is for one: they are compiled as link types
//! appear. `len`, `less` and `greater` see the captured length, not that on the wire: the binding
//! that is used here hands libpcap only the captured bytes.

use std::collections::btree_map::{BTreeMap, Entry};
use std::fmt;

use dissect::LinkType;
use pcap::{BpfProgram, Capture, Linktype};

use crate::error::Error;
use crate::link::to_dlt;

/// What libpcap says of an expression that matches nothing.
const REJECTS_ALL: &str = "rejects all packets";

/// A filter expression, compiled for the link types that have appeared so far.
pub struct Filter {
    expression: String,
    programs: BTreeMap<LinkType, BpfProgram>,
}

impl Filter {
    /// An expression that is compiled when the first packet is to be judged.
    pub fn new(expression: impl Into<String>) -> Self {
        Self { expression: expression.into(), programs: BTreeMap::new() }
    }

    /// An expression that is compiled for `link_type` at once, so that a mistake is known before a
    /// packet comes.
    pub fn compile(expression: impl Into<String>, link_type: LinkType) -> Result<Self, Error> {
        let mut filter = Self::new(expression);
        filter.prepare(link_type)?;
        Ok(filter)
    }

    /// The expression as it was given.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Compiles it for `link_type`, if that has not been done.
    pub fn prepare(&mut self, link_type: LinkType) -> Result<(), Error> {
        self.program(link_type).map(|_| ())
    }

    /// Whether a packet of `link_type` with these captured bytes matches.
    pub fn matches(&mut self, link_type: LinkType, data: &[u8]) -> Result<bool, Error> {
        self.program(link_type).map(|program| program.filter(data))
    }

    /// The program for `link_type`.
    fn program(&mut self, link_type: LinkType) -> Result<&BpfProgram, Error> {
        match self.programs.entry(link_type) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => Ok(entry.insert(compiled(&self.expression, link_type)?)),
        }
    }
}

fn compiled(expression: &str, link_type: LinkType) -> Result<BpfProgram, Error> {
    let failed = |error| failure(expression, link_type, error);
    let capture = Capture::dead(Linktype(to_dlt(link_type))).map_err(failed)?;
    match capture.compile(expression, true) {
        // What no packet of this link type can match may match those of another ("arp" on raw IP);
        // only the optimiser takes it for a mistake.
        Err(pcap::Error::PcapError(message)) if message.contains(REJECTS_ALL) => {
            capture.compile(expression, false)
        }
        compiled => compiled,
    }
    .map_err(failed)
}

/// libpcap's `error` about `expression`.
pub(crate) fn failure(expression: &str, link_type: LinkType, error: pcap::Error) -> Error {
    let message = message(error);
    Error::Filter { expression: expression.to_owned(), link_type, message }
}

/// libpcap's own words, without the binding's prefix.
pub(crate) fn message(error: pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(message) => message,
        other => other.to_string(),
    }
}

impl Clone for Filter {
    /// The same expression, to be compiled anew: libpcap's programs cannot be copied.
    fn clone(&self) -> Self {
        Self::new(self.expression.clone())
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&self.expression).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An IPv4 header, without options, with a TCP header's ports behind it.
    fn tcp(port: u8) -> Vec<u8> {
        let mut packet = vec![0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        packet.extend([0x30, 0, 0, port]);
        packet.resize(40, 0);
        packet
    }

    #[test]
    fn one_expression_for_packets_of_several_link_types() {
        let mut filter = Filter::new("tcp port 80");
        for (port, expected) in [(80, true), (81, false)] {
            let raw = tcp(port);
            let ethernet = [&[0; 12][..], &[8, 0], &raw].concat();
            for (link_type, data) in [(LinkType::RAW, &raw), (LinkType::ETHERNET, &ethernet)] {
                assert_eq!(filter.matches(link_type, data).unwrap(), expected, "{link_type}");
            }
            assert!(!filter.matches(LinkType::ETHERNET, &raw).unwrap());
        }
        assert_eq!(filter.programs.len(), 2);
    }

    #[test]
    fn a_mistake_is_told_in_libpcaps_words() {
        for expression in ["tcp port", "host", "((", "port 99999", "nul\0byte"] {
            let error = Filter::compile(expression, LinkType::ETHERNET).unwrap_err().to_string();
            assert!(error.starts_with("filter '"), "{error}");
            assert!(error.contains("ETHERNET: "), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
        assert!(Filter::compile("", LinkType::ETHERNET).is_ok());
        assert!(Filter::compile("port 443 and not arp", LinkType::ETHERNET).is_ok());
    }

    #[test]
    fn an_expression_may_fit_one_link_type_only() {
        let mut filter = Filter::new("ether host 0:0:0:0:0:1");
        assert!(filter.prepare(LinkType::ETHERNET).is_ok());
        assert!(filter.prepare(LinkType::RAW).is_err());
        assert!(filter.clone().matches(LinkType::RAW, &[]).is_err());
        assert!(!filter.matches(LinkType::ETHERNET, &[]).unwrap());
        let mut nothing = Filter::new("arp");
        assert!(!nothing.matches(LinkType::RAW, &tcp(80)).unwrap());
        assert!(!nothing.matches(LinkType::ETHERNET, &tcp(80)).unwrap());
    }
}

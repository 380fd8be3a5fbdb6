//! What findings, exchanges, sessions and records answer.

use std::net::IpAddr;

use dissect::{Exchange, Fact, Flow, LanMessage, Record, Session};

use super::field::{Field, Fields};
use super::session;
use super::short::show;
use crate::finding::Finding;
use crate::rule::Severity;

/// An exchange, and the flow it was on.
#[derive(Clone, Copy, Debug)]
pub struct OfExchange<'a> {
    /// The exchange.
    pub exchange: &'a Exchange,
    /// Its flow, for addresses and ports.
    pub flow: Option<&'a Flow>,
}

/// A session, and the flow it was on.
#[derive(Clone, Copy, Debug)]
pub struct OfSession<'a> {
    /// The session.
    pub session: &'a Session,
    /// Its flow, for addresses and ports.
    pub flow: Option<&'a Flow>,
}

/// A record of any kind.
#[derive(Clone, Copy, Debug)]
pub struct OfRecord<'a>(
    /// The record.
    pub &'a Record,
);

type See<'a> = &'a mut dyn FnMut(&str) -> bool;

impl Fields for Finding {
    fn texts(&self, field: Field, see: See<'_>) -> bool {
        let flow = self.subject.flow.as_deref();
        match field {
            Field::Client => match self.subject.client {
                Some(client) => show(&client, see),
                None => flow.is_some_and(|flow| show(&flow.client.address, see)),
            },
            Field::Host => self.subject.host.as_deref().is_some_and(see),
            Field::Rule => rule_names(self.rule.id).into_iter().any(see),
            Field::Surface => see(self.rule.surface.word()),
            Field::Ja4 | Field::Version => {
                let session = self.session.as_deref();
                session.is_some_and(|session| session::texts(session, field, see))
            }
            _ => false,
        }
    }

    fn numbers(&self, field: Field, see: &mut dyn FnMut(u64) -> bool) -> bool {
        let server = self.subject.server.map(|server| server.port);
        let is_it = field == Field::Port && server.is_some_and(|port| see(u64::from(port)));
        is_it || ports(self.subject.flow.as_deref(), field, see)
    }

    fn addresses(&self, see: &mut dyn FnMut(IpAddr) -> bool) -> bool {
        let subject = &self.subject;
        let named = [subject.client, subject.server.map(|server| server.address)];
        named.into_iter().flatten().any(&mut *see) || sides(subject.flow.as_deref(), see)
    }

    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn other_texts(&self, see: See<'_>) -> bool {
        see(&self.title) || see(&self.id) || self.evidence.iter().any(|piece| see(&piece.value))
    }
}

impl Fields for OfExchange<'_> {
    fn texts(&self, field: Field, see: See<'_>) -> bool {
        let (exchange, connection) = (self.exchange, &self.exchange.connection);
        let (request, response) = (&exchange.request, exchange.response.as_ref());
        let inside = |see: See<'_>| {
            connection.session.as_deref().is_some_and(|session| session::texts(session, field, see))
        };
        match field {
            Field::App => request.headers.first("user-agent").is_some_and(see),
            Field::Client => client(self.flow, see),
            Field::Host => match exchange.host() {
                Some(host) => see(host),
                None => inside(see),
            },
            Field::Incomplete => exchange.incomplete.is_some_and(|why| see(why.word())),
            Field::Ja4 => match connection.told_client.as_ref().and_then(|it| it.ja4.as_deref()) {
                Some(told) => see(told),
                None => inside(see),
            },
            Field::Method => see(&request.method),
            Field::Path => see(&request.target),
            Field::Result => see(if response.is_some() { "answered" } else { "unanswered" }),
            Field::Type => {
                let both = response.map(|response| &response.headers).into_iter();
                let mut types = both.chain([&request.headers]);
                types.any(|headers| headers.first("content-type").is_some_and(&mut *see))
            }
            Field::Version => see(request.version.word()) || inside(see),
            Field::Ip
            | Field::Port
            | Field::Rule
            | Field::Severity
            | Field::Status
            | Field::Surface => false,
        }
    }

    fn numbers(&self, field: Field, see: &mut dyn FnMut(u64) -> bool) -> bool {
        match (field, &self.exchange.response) {
            (Field::Status, Some(response)) => see(u64::from(response.status)),
            _ => ports(self.flow, field, see),
        }
    }

    fn addresses(&self, see: &mut dyn FnMut(IpAddr) -> bool) -> bool {
        sides(self.flow, see)
    }
}

impl Fields for OfSession<'_> {
    fn texts(&self, field: Field, see: See<'_>) -> bool {
        match field {
            Field::Client => client(self.flow, see),
            _ => session::texts(self.session, field, see),
        }
    }

    fn numbers(&self, field: Field, see: &mut dyn FnMut(u64) -> bool) -> bool {
        ports(self.flow, field, see)
    }

    fn addresses(&self, see: &mut dyn FnMut(IpAddr) -> bool) -> bool {
        sides(self.flow, see)
    }

    fn other_texts(&self, see: See<'_>) -> bool {
        session::names(self.session, see)
    }
}

impl<'a> OfRecord<'a> {
    fn flow(self) -> Option<&'a Flow> {
        self.0.flow.as_deref()
    }

    fn exchange(self) -> Option<OfExchange<'a>> {
        match &self.0.fact {
            Fact::Exchange(exchange) => Some(OfExchange { exchange, flow: self.flow() }),
            _ => None,
        }
    }

    /// Of a WebSocket's message the session around it.
    fn session(self) -> Option<OfSession<'a>> {
        let session: &Session = match &self.0.fact {
            Fact::Session(_, session) => session,
            Fact::WebSocket(message) => message.connection.session.as_deref()?,
            _ => return None,
        };
        Some(OfSession { session, flow: self.flow() })
    }
}

impl Fields for OfRecord<'_> {
    fn texts(&self, field: Field, see: See<'_>) -> bool {
        if let Some(exchange) = self.exchange() {
            return exchange.texts(field, see);
        }
        match (field, &self.0.fact) {
            (Field::Client, _) => client(self.flow(), see),
            (Field::Host, Fact::Dns(message)) => {
                let answers = message.answers.iter().map(|answer| answer.name.as_str());
                let mut names = message.questions.iter().map(|question| question.name.as_str());
                names.any(&mut *see) || { answers }.any(see)
            }
            (Field::Result, Fact::Flow(summary)) => see(summary.end.word()),
            (Field::Incomplete, Fact::WebSocket(message)) => {
                message.incomplete.is_some_and(|why| see(why.word()))
            }
            _ => self.session().is_some_and(|session| session.texts(field, see)),
        }
    }

    fn numbers(&self, field: Field, see: &mut dyn FnMut(u64) -> bool) -> bool {
        match self.exchange() {
            Some(exchange) => exchange.numbers(field, see),
            None => ports(self.flow(), field, see),
        }
    }

    fn addresses(&self, see: &mut dyn FnMut(IpAddr) -> bool) -> bool {
        if sides(self.flow(), see) {
            return true;
        }
        match &self.0.fact {
            Fact::Dns(message) => message.addresses().any(see),
            Fact::Lan(message) => lan_addresses(message).into_iter().flatten().any(see),
            _ => false,
        }
    }

    fn other_texts(&self, see: See<'_>) -> bool {
        match &self.0.fact {
            Fact::Flow(summary) => summary.application.is_some_and(see),
            Fact::Weird(weird) => see(weird.kind.word()) || see(&weird.detail),
            _ => self.session().is_some_and(|session| session.other_texts(see)),
        }
    }
}

/// A rule's id, and the same without its surface: people leave it out.
pub(super) fn rule_names(id: &str) -> [&str; 2] {
    [id, id.split_once('/').map_or(id, |(_, name)| name)]
}

fn client(flow: Option<&Flow>, see: See<'_>) -> bool {
    flow.is_some_and(|flow| show(&flow.client.address, see))
}

fn ports(flow: Option<&Flow>, field: Field, see: &mut dyn FnMut(u64) -> bool) -> bool {
    let ports =
        flow.filter(|_| field == Field::Port).map(|flow| [flow.server.port, flow.client.port]);
    ports.into_iter().flatten().map(u64::from).any(see)
}

fn sides(flow: Option<&Flow>, see: &mut dyn FnMut(IpAddr) -> bool) -> bool {
    let sides = flow.map(|flow| [flow.client.address, flow.server.address]);
    sides.into_iter().flatten().any(see)
}

/// Who speaks to whom; ARP's are the addresses it is about.
fn lan_addresses(message: &LanMessage) -> Option<[IpAddr; 2]> {
    let parties = match message {
        LanMessage::Arp(arp) => {
            return Some([arp.sender_address.into(), arp.target_address.into()]);
        }
        LanMessage::Dhcp(message) => message.parties,
        LanMessage::Dhcpv6(message) => message.parties,
        LanMessage::Icmp(message) => message.parties,
        LanMessage::Redundancy(message) => message.parties,
        _ => return None,
    };
    Some([parties.source, parties.destination])
}

//! The `dns` event: one message. EVE's names; `protocol`, `from` and `sender` are ours.

use std::io;

use dissect::{DnsData, DnsMessage, DnsQuestion, DnsRecord, Record};
use serde::Serialize;

use super::head::write_event;
use super::{EventType, Options};

#[derive(Serialize)]
struct Body<'a> {
    dns: DnsJson<'a>,
}

#[derive(Serialize)]
struct DnsJson<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    rrname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rrtype: Option<String>,
    /// Only where there are several questions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queries: Vec<QueryJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rcode: Option<String>,
    tc: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    answers: Vec<AnswerJson<'a>>,
    protocol: &'static str,
    from: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<String>,
}

#[derive(Serialize)]
struct QueryJson<'a> {
    rrname: &'a str,
    rrtype: String,
}

#[derive(Serialize)]
struct AnswerJson<'a> {
    rrname: &'a str,
    rrtype: String,
    ttl: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    rdata: Option<String>,
}

impl<'a> From<&'a DnsQuestion> for QueryJson<'a> {
    fn from(question: &'a DnsQuestion) -> Self {
        Self { rrname: &question.name, rrtype: type_name(question.kind) }
    }
}

impl<'a> From<&'a DnsRecord> for AnswerJson<'a> {
    fn from(record: &'a DnsRecord) -> Self {
        Self {
            rrname: &record.name,
            rrtype: type_name(record.kind),
            ttl: record.ttl,
            rdata: match &record.data {
                DnsData::Address(address) => Some(address.to_string()),
                DnsData::Name(name) => Some(name.clone()),
                DnsData::Other(_) => None,
            },
        }
    }
}

pub(super) fn write(
    writer: &mut dyn io::Write,
    record: &Record,
    message: &DnsMessage,
    options: &Options,
) -> io::Result<()> {
    let question = message.questions.first();
    let several = message.questions.len() > 1;
    let dns = DnsJson {
        kind: if message.is_response { "answer" } else { "query" },
        id: message.id,
        rrname: question.map(|question| question.name.as_str()),
        rrtype: question.map(|question| type_name(question.kind)),
        queries: message.questions.iter().filter(|_| several).map(QueryJson::from).collect(),
        rcode: message.is_response.then(|| rcode_name(message.rcode)),
        tc: message.is_truncated,
        answers: message.answers.iter().map(AnswerJson::from).collect(),
        protocol: message.protocol.word(),
        from: if message.from_client { "client" } else { "server" },
        sender: message.sender.map(|sender| sender.to_string()),
    };
    write_event(writer, record, EventType::Dns, options, Body { dns })
}

/// Name of a type (IANA, DNS Resource Record TYPEs), or `TYPE65280` (RFC 3597 section 5).
fn type_name(kind: u16) -> String {
    let name = match kind {
        1 => "A",
        2 => "NS",
        5 => "CNAME",
        6 => "SOA",
        10 => "NULL",
        12 => "PTR",
        13 => "HINFO",
        15 => "MX",
        16 => "TXT",
        24 => "SIG",
        25 => "KEY",
        28 => "AAAA",
        33 => "SRV",
        35 => "NAPTR",
        39 => "DNAME",
        41 => "OPT",
        43 => "DS",
        46 => "RRSIG",
        47 => "NSEC",
        48 => "DNSKEY",
        50 => "NSEC3",
        52 => "TLSA",
        64 => "SVCB",
        65 => "HTTPS",
        99 => "SPF",
        249 => "TKEY",
        250 => "TSIG",
        251 => "IXFR",
        252 => "AXFR",
        255 => "ANY",
        257 => "CAA",
        _ => return format!("TYPE{kind}"),
    };
    name.to_owned()
}

/// Name of a response code (IANA, DNS RCODEs), or its number.
fn rcode_name(rcode: u8) -> String {
    let name = match rcode {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        _ => return rcode.to_string(),
    };
    name.to_owned()
}

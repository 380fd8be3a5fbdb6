//! Whole lines, as others read them.

use std::net::IpAddr;
use std::sync::Arc;

use dissect::flow::FlowEnd;
use dissect::http::{Body, Coding, Connection, Incomplete, WebSocketKind, WebSocketMessage};
use dissect::tls::{Alert, ClientHello, Offer, ServerHello};
use dissect::x509::{
    Attribute, Certificate, CertificateError, Chain, ChainEntry, ExtensionEntry, GeneralName, Name,
    PublicKey, SignedCertificateTimestamp, ValidityTime,
};
use dissect::{
    Carrier, DnsData, DnsMessage, DnsProtocol, DnsQuestion, DnsRecord, Exchange, FlowSummary,
    Header, Headers, HttpVersion, MacAddress, Observed, PacketSpan, Prelude, Reason, RecordOrder,
    Request, Response, Seen, Session, SessionEnd, Timestamp, Weird, WeirdKind,
};
use serde_json::Value;

use super::*;
use crate::samples;

fn record(fact: Fact) -> Record {
    let packet = samples::packet(9);
    Record { order: RecordOrder::default(), packet, flow: Some(samples::flow()), fact }
}

fn lines(record: &Record, options: &Options) -> Vec<Value> {
    let mut out = Vec::new();
    write_record(&mut out, record, options).unwrap();
    let text = String::from_utf8(out).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn seen<T>(value: T, first: u64, last: u64) -> Seen<T> {
    let packets = PacketSpan { first: samples::packet(first), last: samples::packet(last) };
    Seen { value, packets }
}

fn name(common: &str) -> Name {
    let attribute = |key: &str, value: &str| Attribute {
        oid: String::new(),
        key: key.into(),
        value: value.into(),
    };
    Name { attributes: vec![attribute("C", "US"), attribute("CN", common)], der: Vec::new() }
}

fn certificate() -> Certificate {
    Certificate {
        der: Arc::from(*b"any"),
        sha256: [0xab; 32],
        sha1: [0xcc; 20],
        version: 3,
        serial: vec![0, 0x97, 0xe6],
        issuer: name("Test CA"),
        subject: name("api.shop.test"),
        not_before: ValidityTime::from_secs(1_490_227_200),
        not_after: ValidityTime::from_secs(1_589_371_200),
        public_key: PublicKey::Ec { curve: "P-256".into(), bits: 256 },
        spki: Vec::new(),
        spki_sha256: [0; 32],
        key_sha1: [0; 20],
        signature_algorithm: "1.2.840.10045.4.3.2".into(),
        extensions: vec![ExtensionEntry { oid: "2.5.29.17".into(), critical: false, length: 17 }],
        subject_alt_names: Some(vec![
            GeneralName::Dns("api.shop.test".into()),
            GeneralName::Ip(IpAddr::from([192, 0, 2, 1])),
        ]),
        basic_constraints_ca: Some(false),
        key_usage: None,
        extended_key_usage: Vec::new(),
        subject_key_id: None,
        authority_key_id: None,
        policies: Vec::new(),
        crl_distribution_points: Vec::new(),
        authority_info_access: Vec::new(),
        ca_issuers: Vec::new(),
        scts: vec![SignedCertificateTimestamp {
            log_id: [1; 32],
            timestamp: Timestamp::from_secs(1_490_227_200),
        }],
    }
}

fn session() -> Session {
    let offer = Offer {
        legacy_version: 0x0303,
        cipher_suites: vec![0x0a0a, 0xc02f, 0xc030],
        extensions: vec![0x1a1a, 0, 16],
        alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        signature_algorithms: vec![0x0403],
        groups: vec![29],
        ..Offer::default()
    };
    let client = ClientHello {
        sni: Some("api.shop.test".into()),
        offer: offer.into(),
        ..ClientHello::default()
    };
    let server = ServerHello {
        legacy_version: 0x0303,
        cipher_suite: 0xc02f,
        extensions: vec![0xff01, 16].into(),
        alpn: Some(b"h2".to_vec()),
        ..ServerHello::default()
    };
    let malformed = ChainEntry::Malformed {
        der: Arc::from(*b"junk"),
        error: CertificateError::Asn1 { length: 4 },
    };
    let entries = vec![ChainEntry::Certificate(Arc::new(certificate())), malformed];
    Session {
        preludes: vec![Prelude::HttpConnect { target: "api.shop.test:443".into() }],
        client_hello: Some(seen(Arc::new(client), 4, 4)),
        server_hello: Some(seen(Arc::new(server), 6, 6)),
        certificates: Observed::Seen(seen(Arc::new(Chain::new(entries)), 6, 7)),
        alerts: vec![seen(Alert { from_client: true, level: 2, description: 48 }, 9, 9)],
        resumed: Some(false),
        end: SessionEnd::Reset { by_client: true },
        ..Session::new(Carrier::Tcp)
    }
}

fn ended(session: Session) -> Record {
    record(Fact::Session(Stage::Ended, Arc::new(session)))
}

#[test]
fn a_tls_session_and_its_chain() {
    let mut out = Vec::new();
    write_record(&mut out, &ended(session()), &Options::default()).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn only_ended_sessions_are_written() {
    for stage in [Stage::Negotiated, Stage::Certified] {
        let record = record(Fact::Session(stage, Arc::new(session())));
        assert!(lines(&record, &Options::default()).is_empty());
    }
}

#[test]
fn only_what_is_wanted_is_written() {
    let kinds = |events: &[EventType]| -> Vec<String> {
        let options = Options { events: events.to_vec(), ..Options::default() };
        let records = [
            ended(session()),
            ended(Session::new(Carrier::Quic { version: 1 })),
            record(Fact::Flow(Box::default())),
            record(Fact::Weird(Weird { kind: WeirdKind::Gap, detail: String::new() })),
        ];
        let lines = records.iter().flat_map(|record| lines(record, &options));
        lines.map(|line| line["event_type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(&EventType::ALL), ["tls", "x509", "x509", "quic", "flow", "weird"]);
    assert_eq!(kinds(&[EventType::X509]), ["x509", "x509"]);
    assert_eq!(kinds(&[EventType::Flow, EventType::Quic]), ["quic", "flow"]);
    assert!(kinds(&[]).is_empty());
}

#[test]
fn whole_certificates_only_when_asked_for() {
    let record = ended(session());
    let with = Options { certificates: CertificateBytes::Included, ..Options::default() };
    let tls = &lines(&record, &with)[0]["tls"];
    assert_eq!((&tls["certificate"], &tls["chain"][1]), (&"YW55".into(), &"anVuaw==".into()));
    assert_eq!(lines(&record, &with)[2]["x509"]["certificate"], "anVuaw==");
    for line in lines(&record, &Options::default()) {
        assert!(!line.to_string().contains("YW55"));
    }
}

#[test]
fn the_input_is_named_when_asked_for() {
    let named = Options { input: Some("a.pcap".into()), ..Options::default() };
    let record = ended(session());
    assert!(lines(&record, &named).iter().all(|line| line["pcap_filename"] == "a.pcap"));
    assert!(lines(&record, &Options::default())[0].get("pcap_filename").is_none());
}

#[test]
fn a_quic_session_names_its_own_version() {
    let mut session = Session::new(Carrier::Quic { version: 0x6b33_43cf });
    session.certificates = Observed::NotObservable(Reason::Tls13Encrypted);
    let line = &lines(&ended(session), &Options::default())[0];
    assert_eq!(line["quic"]["version"], "2");
    assert_eq!(line["quic"]["not_observable"][0]["why"], "tls13-encrypted");
    assert!(line.get("tls").is_none());
}

#[test]
fn a_session_whose_contents_no_key_opens() {
    let mut session = session();
    let before = lines(&ended(session.clone()), &Options::default())[0]["tls"].clone();
    session.unread = Some(Reason::NoKey);
    let line = &lines(&ended(session), &Options::default())[0];
    let missing = serde_json::json!({"what": "application-data", "why": "no-key"});
    let list = line["tls"]["not_observable"].as_array().unwrap();
    assert_eq!(list.last(), Some(&missing));
    let length = before["not_observable"].as_array().map_or(0, Vec::len);
    assert_eq!(list.len(), length + 1);
}

#[test]
fn a_session_without_hellos_is_undetermined() {
    let line = &lines(&ended(Session::new(Carrier::Tcp)), &Options::default())[0];
    assert_eq!(line["tls"]["version"], "UNDETERMINED");
    assert_eq!(line["tls"]["packets"], serde_json::json!({}));
    assert!(line["tls"].get("session_resumed").is_none());
}

#[test]
fn flows_in_the_words_of_eve() {
    let summary = |end, server_packets| FlowSummary {
        client_packets: 2,
        server_packets,
        client_bytes: 100,
        first: samples::packet(1),
        last: samples::packet(9000),
        client_tcp_flags: 0x1e,
        server_tcp_flags: 0x13,
        end,
        application: Some("tls"),
        ..FlowSummary::default()
    };
    for (end, server_packets, state, reason) in [
        (FlowEnd::Closed, 1, "closed", "closed"),
        (FlowEnd::EndOfCapture, 1, "established", "shutdown"),
        (FlowEnd::TimedOut, 0, "new", "timeout"),
        (FlowEnd::Evicted, 1, "established", "forced"),
    ] {
        let fact = Fact::Flow(Box::new(summary(end, server_packets)));
        let line = &lines(&record(fact), &Options::default())[0];
        assert_eq!(
            (&line["flow"]["state"], &line["flow"]["reason"]),
            (&state.into(), &reason.into())
        );
        assert_eq!(line["flow"]["age"], 9);
        assert_eq!(line["tcp"]["tcp_flags"], "1f");
        assert_eq!(line["app_proto"], "tls");
    }
}

#[test]
fn what_has_no_flow_has_no_addresses() {
    let detail = String::from("type \u{1b}147");
    let mut record = record(Fact::Weird(Weird { kind: WeirdKind::LinkTypeUnknown, detail }));
    record.flow = None;
    let mut out = Vec::new();
    write_record(&mut out, &record, &Options::default()).unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "{\"timestamp\":\"2017-04-07T22:24:37.260547+0000\",\"pcap_cnt\":9,\
         \"event_type\":\"weird\",\"weird\":{\"name\":\"link-type-unknown\",\
         \"detail\":\"type \\u001b147\"}}\n"
    );
}

fn exchange() -> Exchange {
    let fields = |pairs: &[(&str, &str)]| {
        let field =
            |(name, value): &(&str, &str)| Header { name: (*name).into(), value: (*value).into() };
        Headers(pairs.iter().map(field).collect())
    };
    let span =
        |first, last| PacketSpan { first: samples::packet(first), last: samples::packet(last) };
    Exchange {
        connection: Arc::new(Connection {
            preludes: vec![Prelude::Socks { version: 5, target: "api.shop.test:80".into() }],
            ..Connection::default()
        }),
        index: 2,
        stream: None,
        request: Request {
            packets: span(4, 4),
            method: "POST".into(),
            target: "/login?token=s3cret&lang=de".into(),
            version: HttpVersion::Http11,
            headers: fields(&[
                ("Host", "API.shop.test:8080"),
                ("User-Agent", "okhttp/4.9.0 \u{1b}[2J"),
                ("Authorization", "Bearer s3cret"),
                ("Referer", "http://api.shop.test/?sig=s3cret"),
                ("Cookie", "sid=s3cret"),
            ]),
            body: Body { bytes: b"password=s3cret".to_vec(), length: 15, ..Body::default() },
            ..Request::default()
        },
        response: Some(Response {
            packets: span(6, 9),
            status: 302,
            version: HttpVersion::Http11,
            headers: fields(&[
                ("Content-Type", "text/html; charset=utf-8"),
                ("Location", "/home?session=s3cret"),
                ("Set-Cookie", "sid=s3cret; Path=/"),
            ]),
            body: Body { bytes: b"s3cret".to_vec(), length: 6, ..Body::default() },
            ..Response::default()
        }),
        incomplete: Some(Incomplete::Gap),
    }
}

fn message(is_response: bool) -> DnsMessage {
    let record = |name: &str, kind, data| DnsRecord { name: name.into(), kind, ttl: 60, data };
    let question = |kind| DnsQuestion { name: "api.shop.test".into(), kind };
    DnsMessage {
        at: samples::packet(2),
        protocol: DnsProtocol::Dns,
        sender: is_response.then_some(MacAddress([2, 0, 0, 0, 0, 0xab])),
        id: 0x1234,
        is_response,
        from_client: !is_response,
        rcode: 0,
        is_truncated: false,
        questions: if is_response { vec![question(1)] } else { vec![question(1), question(65)] },
        answers: match is_response {
            true => vec![
                record("api.shop.test", 5, DnsData::Name("cdn.test".into())),
                record("cdn.test", 1, DnsData::Address(IpAddr::from([203, 0, 113, 5]))),
                record("cdn.test", 65280, DnsData::Other(9)),
            ],
            false => Vec::new(),
        },
    }
}

#[test]
fn an_exchange() {
    let mut out = Vec::new();
    let record = record(Fact::Exchange(Arc::new(exchange())));
    write_record(&mut out, &record, &Options::default()).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(!text.contains("s3cret"));
    insta::assert_snapshot!(text);
    let all = lines(&record, &Options { secrets: Secrets::Shown, ..Options::default() });
    assert_eq!(all[0]["http"]["url"], "/login?token=s3cret&lang=de");
    assert!(!all[0].to_string().contains("password=s3cret"), "bodies are written on demand only");
}

/// What was asked is in a hole: no URL is made up, neither here nor in a HAR.
#[test]
fn a_target_that_is_not_known() {
    let mut asked = exchange();
    asked.request.target.clear();
    asked.incomplete = Some(Incomplete::Gap);
    let record = record(Fact::Exchange(Arc::new(asked)));
    let [line] = &lines(&record, &Options::default())[..] else { panic!() };
    assert_eq!((line["http"].get("url"), line["http"]["incomplete"].as_str()), (None, Some("gap")));
    assert_eq!(crate::schema::errors(crate::schema::RECORDS, line), Vec::<String>::new());
    let mut out = Vec::new();
    let mut har = crate::har::HarWriter::begin(&mut out, Secrets::Redacted).unwrap();
    har.record(&mut out, &record).unwrap();
    har.end(&mut out).unwrap();
    let har: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(har["log"]["entries"][0]["request"]["url"], "http://API.shop.test:8080");
}

#[test]
fn bodies_of_an_exchange() {
    let mut exchange = exchange();
    exchange.request.body.hash = [1; 32].into();
    exchange.response.as_mut().unwrap().body.hash = [2; 32].into();
    let record = record(Fact::Exchange(Arc::new(exchange)));
    let with = |secrets| Options { bodies: Bodies::Included, secrets, ..Options::default() };
    let http = &lines(&record, &with(Secrets::Redacted))[0]["http"];
    assert_eq!(http["http_request_body_printable"], "password=[redacted]");
    assert_eq!(http["http_response_body_printable"], "s3cret");
    assert!(http["request_body"].get("sha256").is_none(), "it would confirm a guess");
    assert!(http["response_body"]["sha256"].as_str().unwrap().starts_with("0202"));
    let http = &lines(&record, &with(Secrets::Shown))[0]["http"];
    assert_eq!(http["http_request_body_printable"], "password=s3cret");
    assert!(http["request_body"]["sha256"].is_string());
}

/// What a HAR file told: no packets, no client, perhaps no flow.
fn told() -> Vec<Record> {
    let file = br#"{"log":{"entries":[
        {"startedDateTime":"2024-05-01T12:00:00Z","time":30,"serverIPAddress":"203.0.113.5",
         "request":{"method":"GET","url":"https://a.test/","httpVersion":"h2"},
         "response":{"status":200,"headers":[{"name":"a","value":"b"}],"content":{"text":"x"}}},
        {"request":{"method":"GET","url":"http://a.test/"}}]}}"#;
    dissect::har::records(file).0
}

#[test]
fn what_a_har_file_told() {
    let told: Vec<Value> =
        told().iter().flat_map(|record| lines(record, &Options::default())).collect();
    for line in &told {
        assert_eq!(crate::schema::errors(crate::schema::RECORDS, line), Vec::<String>::new());
        assert!(line.get("src_ip").is_none() && line.get("community_id").is_none());
    }
    assert_eq!(told[0]["dest_ip"], "203.0.113.5");
    assert_eq!(
        (&told[0]["http"]["har_entry"], &told[0]["http"]["scheme"]),
        (&1.into(), &"https".into())
    );
    assert_eq!(told[0]["http"]["packets"]["request"], Value::Array(Vec::new()));
    assert!(told[1].get("flow_id").is_none());
}

fn websocket(kind: WebSocketKind, bytes: &[u8]) -> Record {
    record(Fact::WebSocket(Arc::new(WebSocketMessage {
        connection: Arc::new(Connection::default()),
        exchange: 0,
        index: 3,
        from_client: true,
        kind,
        packets: PacketSpan::one(samples::packet(7)),
        bytes: bytes.to_vec(),
        length: 20,
        coding: Coding::Decoded,
        incomplete: Some(Incomplete::Gap),
    })))
}

#[test]
fn messages_of_a_websocket() {
    let shown = Options { secrets: Secrets::Shown, ..Options::default() };
    let text = websocket(WebSocketKind::Text, b"{\"password\": 1}");
    let line = &lines(&text, &Options::default())[0]["websocket"];
    assert_eq!((&line["opcode"], &line["from"]), (&"text".into(), &"client".into()));
    assert!(line.get("payload_printable").is_none() && line["packed"] == true);
    let line = &lines(&text, &shown)[0]["websocket"];
    assert_eq!(line["payload_printable"], "{\"password\": 1}");
    let close = websocket(WebSocketKind::Close, b"\x03\xe8bye");
    let line = &lines(&close, &shown)[0]["websocket"];
    assert_eq!((&line["close_code"], &line["payload_base64"]), (&1000.into(), &"A+hieWU=".into()));
}

#[test]
fn messages_of_dns() {
    let mut out = Vec::new();
    for is_response in [false, true] {
        let record = record(Fact::Dns(Arc::new(message(is_response))));
        write_record(&mut out, &record, &Options::default()).unwrap();
    }
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn every_line_keeps_to_the_schema() {
    let with = Options {
        certificates: CertificateBytes::Included,
        bodies: Bodies::Included,
        secrets: Secrets::Shown,
        input: Some("a.pcap".into()),
        ..Options::default()
    };
    let mut weird = record(Fact::Weird(Weird { kind: WeirdKind::Gap, detail: "3 bytes".into() }));
    let records = [
        ended(session()),
        ended(Session::new(Carrier::Quic { version: 1 })),
        ended(Session::new(Carrier::Dtls)),
        record(Fact::Flow(Box::default())),
        record(Fact::Exchange(Arc::new(exchange()))),
        record(Fact::Exchange(Arc::new(Exchange {
            response: None,
            incomplete: None,
            connection: Arc::default(),
            ..exchange()
        }))),
        record(Fact::Dns(Arc::new(message(false)))),
        record(Fact::Dns(Arc::new(message(true)))),
        websocket(WebSocketKind::Text, b"{}"),
        websocket(WebSocketKind::Close, b"\x03\xe8bye"),
        weird.clone(),
        {
            weird.flow = None;
            weird
        },
    ];
    let lines: Vec<Value> = records.iter().flat_map(|record| lines(record, &with)).collect();
    assert_eq!(lines.len(), 14);
    for line in &lines {
        assert_eq!(crate::schema::errors(crate::schema::RECORDS, line), Vec::<String>::new());
    }
}

#[test]
fn what_is_not_in_the_schema_is_refused() {
    let good = lines(&ended(session()), &Options::default()).remove(0);
    for (pointer, value) in [
        ("/event_type", "x509".into()),
        ("/timestamp", "2017-04-07T22:24:37.260547Z".into()),
        ("/tls/serial", "00:97:e6".into()),
        ("/tls/packets/client_hello", serde_json::json!([])),
        ("/tls/end", "over".into()),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        let errors = crate::schema::errors(crate::schema::RECORDS, &bad);
        assert!(!errors.is_empty(), "{pointer}");
    }
}

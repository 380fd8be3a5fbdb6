//! What is written is read again, and says the same.

use std::sync::Arc;

use dissect::{Fact, Record};
use serde_json::{Value, json};

use super::*;

const FILE: &str = r#"{"log":{"entries":[
    {"startedDateTime":"2024-05-01T12:00:00.5Z","time":30,"serverIPAddress":"203.0.113.5",
     "connection":"9","timings":{"send":1,"wait":20,"receive":9},
     "request":{"method":"POST","url":"http://a.test/login?x=1&token=secret1","httpVersion":"HTTP/1.1",
       "headers":[{"name":"Host","value":"a.test"},{"name":"Cookie","value":"sid=secret2; lang=de"},
         {"name":"Authorization","value":"Bearer secret3"},
         {"name":"Content-Type","value":"application/x-www-form-urlencoded"}],
       "postData":{"mimeType":"application/x-www-form-urlencoded","text":"user=me&password=secret4"}},
     "response":{"status":302,"httpVersion":"HTTP/1.1",
       "headers":[{"name":"Set-Cookie","value":"sid=secret5; Path=/"},
         {"name":"Location","value":"/done?code=secret6"},{"name":"Content-Type","value":"image/png"}],
       "content":{"mimeType":"image/png","text":"iVBORwD/","encoding":"base64"}}},
    {"startedDateTime":"2024-05-01T12:00:01Z","time":5,
     "request":{"method":"GET","url":"wss://b.test/s","httpVersion":"HTTP/1.1",
       "headers":[{"name":"Upgrade","value":"websocket"}]},
     "response":{"status":101,"headers":[]},
     "_webSocketMessages":[{"type":"send","time":1714564801.25,"opcode":1,"data":"{\"token\":\"secret7\"}"},
       {"type":"receive","time":1714564801.5,"opcode":2,"data":"AAE="}]},
    {"startedDateTime":"2024-05-01T12:00:02Z","request":{"method":"CONNECT","url":"http://c.test:443/"}},
    {"startedDateTime":"2024-05-01T12:00:03Z","request":{"method":"GET","url":"https://d.test"},
     "response":{"status":0}}
]}}"#;

fn records(text: &[u8]) -> Vec<Record> {
    let (records, result) = dissect::har::records(text);
    result.unwrap();
    records
}

fn written(records: &[Record], secrets: Secrets) -> String {
    let mut out = Vec::new();
    let mut har = HarWriter::begin(&mut out, secrets).unwrap();
    for record in records {
        har.record(&mut out, record).unwrap();
    }
    har.end(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What is told of an exchange, without where it was told.
fn told(records: &[Record]) -> Vec<String> {
    let mut told: Vec<_> = records
        .iter()
        .map(|record| match &record.fact {
            Fact::Exchange(exchange) => {
                let mut exchange = Exchange::clone(exchange);
                exchange.connection = Arc::default();
                (
                    record.packet.timestamp,
                    format!("{:?} {exchange:?}", record.flow.as_ref().map(|f| f.server)),
                )
            }
            Fact::WebSocket(message) => {
                (record.packet.timestamp, format!("{:?} {:?}", message.kind, message.bytes))
            }
            other => panic!("{other:?}"),
        })
        .collect();
    told.sort();
    told.into_iter().map(|(_, told)| told).collect()
}

#[test]
fn what_was_written_is_read_again() {
    let first = records(FILE.as_bytes());
    let again = records(written(&first, Secrets::Shown).as_bytes());
    assert_eq!(told(&first).len(), 6);
    for (first, again) in told(&first).iter().zip(told(&again)) {
        assert_eq!(*first, again);
    }
}

#[test]
fn secrets_are_left_out_unless_they_are_wanted() {
    let records = records(FILE.as_bytes());
    let shown = written(&records, Secrets::Shown);
    let redacted = written(&records, Secrets::Redacted);
    for number in 1..=7 {
        let secret = format!("secret{number}");
        assert!(shown.contains(&secret), "{secret}");
        assert!(!redacted.contains(&secret), "{secret}");
    }
    assert!(redacted.contains("\"user=me&password=[redacted]\""));
    assert!(redacted.contains("left out: it is no text"));
    assert!(!redacted.contains("iVBORw"));
}

#[test]
fn entries_have_the_shapes_of_har() {
    let text = written(&records(FILE.as_bytes()), Secrets::Redacted);
    let har: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(har["log"]["version"], "1.2");
    let entries = har["log"]["entries"].as_array().unwrap();
    let by_url = |url: &str| {
        entries.iter().find(|e| e["request"]["url"].as_str().unwrap().starts_with(url)).unwrap()
    };
    let login = by_url("http://a.test/login");
    assert_eq!(login["startedDateTime"], "2024-05-01T12:00:00.500000Z");
    assert_eq!((&login["time"], &login["timings"]["wait"]), (&json!(30.0), &json!(20.0)));
    assert_eq!(login["serverIPAddress"], "203.0.113.5");
    assert_eq!(
        login["request"]["queryString"],
        json!([
            {"name": "x", "value": "1"}, {"name": "token", "value": "[redacted]"}
        ])
    );
    assert_eq!(login["request"]["cookies"][1], json!({"name": "lang", "value": "[redacted]"}));
    assert_eq!(login["response"]["redirectURL"], "/done?code=[redacted]");
    let kinds: Vec<_> =
        login["_credentials"].as_array().unwrap().iter().map(|c| &c["kind"]).collect();
    assert_eq!(kinds, ["bearer", "cookie", "bearer"]);
    let socket = by_url("wss://b.test/s");
    assert_eq!(socket["_webSocketMessages"][0]["data"], "{\"token\":\"[redacted]\"}");
    assert_eq!(by_url("http://c.test:443/")["request"]["method"], "CONNECT");
    let failed = by_url("https://d.test/");
    assert_eq!(
        (&failed["response"]["status"], &failed["response"]["_error"]),
        (&json!(0), &json!("closed"))
    );
}

#[test]
fn nothing_gives_an_empty_document() {
    let har: Value = serde_json::from_str(&written(&[], Secrets::Redacted)).unwrap();
    assert_eq!(har["log"]["entries"], json!([]));
}

#[test]
fn floods_of_messages_do_not_wait() {
    let all = records(FILE.as_bytes());
    let (handshake, message) = (&all[1], &all[2]);
    let mut out = Vec::new();
    let mut har = HarWriter::begin(&mut out, Secrets::Redacted).unwrap();
    har.record(&mut out, handshake).unwrap();
    for _ in 0..MESSAGES + 10 {
        har.record(&mut out, message).unwrap();
    }
    assert!(har.waiting.is_empty() && har.bytes < 1000);
}

//! Entries as exporters write them, and files that none would.

use super::*;
use crate::http::{Coding, Exchange, HttpVersion, Incomplete, Scheme, WebSocketKind};

fn file(entries: &str) -> String {
    format!("{{\"log\":{{\"version\":\"1.2\",\"creator\":{{}},\"entries\":[{entries}]}}}}")
}

fn read(text: &str) -> Vec<Record> {
    let (records, result) = records(text.as_bytes());
    assert_eq!(result, Ok(()), "{text}");
    records
}

fn exchanges(text: &str) -> Vec<Arc<Exchange>> {
    let exchange = |record: Record| match record.fact {
        Fact::Exchange(exchange) => Some(exchange),
        _ => None,
    };
    read(text).into_iter().filter_map(exchange).collect()
}

fn one(entry: &str) -> Arc<Exchange> {
    exchanges(&file(entry)).remove(0)
}

const CHROME: &str = r#"{
  "_initiator": {"type": "script"}, "_priority": "High", "_resourceType": "fetch",
  "cache": {}, "connection": "8123", "pageref": "page_1",
  "request": {
    "method": "POST", "url": "https://api.shop.test/v1/cart?x=1#top", "httpVersion": "http/2.0",
    "headers": [
      {"name": ":authority", "value": "api.shop.test"}, {"name": ":method", "value": "POST"},
      {"name": ":path", "value": "/v1/cart?x=1"}, {"name": ":scheme", "value": "https"},
      {"name": "authorization", "value": "Bearer abc"}, {"name": "cookie", "value": "sid=1"}
    ],
    "queryString": [{"name": "x", "value": "1"}],
    "cookies": [{"name": "sid", "value": "1", "path": "/", "domain": "shop.test"}],
    "headersSize": -1, "bodySize": 7,
    "postData": {"mimeType": "application/json", "text": "{\"a\":1}"}
  },
  "response": {
    "status": 200, "statusText": "", "httpVersion": "http/2.0",
    "headers": [{"name": "content-encoding", "value": "br"}, {"name": "content-type", "value": "application/json"}],
    "cookies": [], "redirectURL": "", "headersSize": -1, "bodySize": -1, "_transferSize": 90, "_error": null,
    "content": {"size": 11, "mimeType": "application/json", "text": "{\"ok\":true}"}
  },
  "serverIPAddress": "[2001:db8::5]", "startedDateTime": "2024-05-01T12:00:00.000Z", "time": 30,
  "timings": {"blocked": 2, "dns": -1, "ssl": -1, "connect": -1, "send": 1, "wait": 20, "receive": 7, "_blocked_queueing": 1}
}"#;

#[test]
fn chrome() {
    let records = read(&file(CHROME));
    let Fact::Exchange(exchange) = &records[0].fact else { panic!("no exchange") };
    let (request, response) = (&exchange.request, exchange.response.as_ref().unwrap());
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/v1/cart?x=1"));
    assert_eq!((request.authority(), request.version), (Some("api.shop.test"), HttpVersion::Http2));
    assert_eq!(request.headers.0.len(), 3, "the media type is told beside the headers");
    assert_eq!(request.headers.all("cookie").count(), 1);
    assert_eq!((request.body.bytes.as_slice(), request.body.length), (&b"{\"a\":1}"[..], 7));
    assert!(request.body.is_whole());
    assert_eq!((response.status, response.body.coding), (200, Coding::Decoded));
    assert_eq!((response.body.length, response.body.sha256()), (11, None));
    assert_eq!((exchange.scheme(), exchange.latency()), (Scheme::Https, Some(20_000_000)));
    assert_eq!(request.packets.numbers(), Vec::<u64>::new());
    let flow = records[0].flow.as_ref().unwrap();
    assert_eq!(flow.server.to_string(), "[2001:db8::5]:443");
    assert!(flow.client.address.is_unspecified());
    assert_eq!(records[0].packet.timestamp.nanos(), 1_714_564_800_030_000_000);
}

#[test]
fn connections_are_those_that_are_named() {
    let entry = |url: &str, connection: &str| {
        format!(
            r#"{{"request":{{"method":"GET","url":"{url}"}},"connection":"{connection}","serverIPAddress":"192.0.2.1"}}"#
        )
    };
    let entries = [
        entry("https://a.test/1", "77"),
        entry("https://a.test/2", "77"),
        entry("https://b.test/3", "77"),
        // Firefox: the port of the server.
        entry("https://a.test/4", "443"),
        entry("https://a.test/5", "443"),
    ];
    let records = read(&file(&entries.join(",")));
    let flows: Vec<u64> = records.iter().map(|r| r.flow.as_ref().unwrap().id.0).collect();
    assert_eq!(flows, [1, 1, 3, 4, 5]);
    let orders: Vec<u64> = records.iter().map(|record| record.order.packet).collect();
    assert_eq!(orders, [1, 2, 3, 4, 5]);
    let indices: Vec<u32> = exchanges(&file(&entries.join(","))).iter().map(|e| e.index).collect();
    assert_eq!(indices, [0, 1, 0, 0, 0]);
}

#[test]
fn versions_are_spelled_in_many_ways() {
    for (written, version) in [
        ("HTTP/1.1", HttpVersion::Http11),
        ("http/1.1", HttpVersion::Http11),
        ("HTTP/1.0", HttpVersion::Http10),
        ("h2", HttpVersion::Http2),
        ("HTTP/2", HttpVersion::Http2),
        ("http/2.0", HttpVersion::Http2),
        ("h3", HttpVersion::Http3),
        ("h3-29", HttpVersion::Http3),
        ("HTTP/3", HttpVersion::Http3),
        ("http/2+quic/46", HttpVersion::Http3),
        ("", HttpVersion::Http11),
        ("unknown", HttpVersion::Http11),
    ] {
        let exchange = one(&format!(
            r#"{{"request":{{"method":"GET","url":"https://a.test","httpVersion":"{written}"}},
                "response":{{"status":"204"}}}}"#
        ));
        assert_eq!(exchange.request.version, version, "{written}");
        assert_eq!(exchange.response.as_ref().unwrap().version, version, "{written}");
    }
}

#[test]
fn bodies_in_every_form() {
    for (post, bytes, media) in [
        (r#"{"mimeType":"text/plain","text":"a\u00e4"}"#, "aä", Some("text/plain")),
        (r#"{"text":"YWI=","encoding":"base64"}"#, "ab", None),
        (r#"{"text":"YW\nI","_encoding":"base64"}"#, "ab", None),
        (
            r#"{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a","value":"1 &"},{"name":"b"}]}"#,
            "a=1+%26&b=",
            Some("application/x-www-form-urlencoded"),
        ),
        (
            r#"{"mimeType":"multipart/form-data; boundary=x","params":[{"name":"a","value":"1"}],"text":""}"#,
            "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n",
            Some("multipart/form-data; boundary=x"),
        ),
        (r#"null"#, "", None),
    ] {
        let exchange = one(&format!(
            r#"{{"request":{{"method":"POST","url":"http://a.test/","postData":{post}}}}}"#
        ));
        let request = &exchange.request;
        assert_eq!(String::from_utf8_lossy(&request.body.bytes), bytes, "{post}");
        assert_eq!(request.headers.first("content-type"), media, "{post}");
    }
}

#[test]
fn what_failed_has_no_response() {
    for response in [r#"{"status":0,"statusText":"","headers":[]}"#, r#"{"status":-1}"#, "null"] {
        let exchange = one(&format!(
            r#"{{"request":{{"method":"GET","url":"http://a.test/"}},"response":{response}}}"#
        ));
        assert!(exchange.response.is_none(), "{response}");
        assert_eq!(exchange.incomplete, Some(Incomplete::Closed));
    }
}

#[test]
fn what_was_not_on_the_wire_is_left_out_and_counted() {
    let entries = r#"
        {"_fromCache":"disk","request":{"method":"GET","url":"http://a.test/"}},
        {"request":{"method":"GET","url":"data:text/plain,x"}},
        {"request":{"method":"GET","url":"chrome-extension://x/y"}},
        {"request":{"method":"GET","url":"ws://a.test/"}}, 5, null"#;
    let (mut reader, mut records) = (Reader::default(), Vec::new());
    reader.read(file(entries).as_bytes(), &mut records).unwrap();
    assert_eq!((records.len(), reader.left_out(), reader.entries()), (1, 3, 4));
}

#[test]
fn tunnels() {
    for (url, target) in [
        ("https://a.test:443/", "a.test:443"),
        ("a.test:8443", "a.test:8443"),
        ("https://a.test", "a.test:443"),
        ("http://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
    ] {
        let exchange = one(&format!(r#"{{"request":{{"method":"CONNECT","url":"{url}"}}}}"#));
        assert_eq!(exchange.request.target, target);
        assert_eq!(exchange.request.authority(), Some(target));
    }
}

#[test]
fn messages_of_a_web_socket() {
    let records = read(&file(
        r#"{"request":{"method":"GET","url":"wss://a.test/s"},"response":{"status":101},
            "_webSocketMessages":[
              {"type":"send","time":1714564800.5,"opcode":1,"data":"hi"},
              {"type":"receive","time":1714564801,"opcode":2,"data":"AAE="},
              {"type":"receive","opcode":9,"data":""}]}"#,
    ));
    let messages: Vec<_> = records
        .iter()
        .filter_map(|record| match &record.fact {
            Fact::WebSocket(message) => Some(message),
            _ => None,
        })
        .collect();
    assert_eq!(messages.len(), 2);
    assert!(messages[0].from_client && messages[0].kind == WebSocketKind::Text);
    assert_eq!(messages[0].packets.last.timestamp.nanos(), 1_714_564_800_500_000_000);
    assert!(!messages[1].from_client && messages[1].bytes == [0, 1]);
}

#[test]
fn cookies_that_stand_in_their_list_only() {
    let exchange =
        one(r#"{"request":{"method":"GET","url":"http://a.test/","headers":{"Host":"a.test"},
            "cookies":[{"name":"a","value":"1"},{"name":"b","value":"2"}]}}"#);
    assert_eq!(exchange.request.headers.first("cookie"), Some("a=1; b=2"));
    assert_eq!(exchange.request.authority(), Some("a.test"));
    assert!(exchange.request.pseudo.is_none());
}

#[test]
fn halves_of_characters_are_mended() {
    let exchange = one(
        r#"{"request":{"method":"GET","url":"http://a.test/\ud83d","comment":"\\ud83d \ud83d\ude00"}}"#,
    );
    assert_eq!(exchange.request.target, "/\u{fffd}");
}

#[test]
fn pieces_of_any_size_give_the_same() {
    let text = format!("\u{feff}{}", file(&[CHROME, CHROME].join(" ,\r\n")));
    let whole = format!("{:?}", read(&text));
    for size in [1, 2, 3, 7, 64, 1000] {
        let (mut reader, mut records) = (Reader::default(), Vec::new());
        for piece in text.as_bytes().chunks(size) {
            reader.read(piece, &mut records).unwrap();
        }
        assert_eq!(reader.finish(), Ok(()));
        assert_eq!(format!("{records:?}"), whole, "pieces of {size}");
    }
}

#[test]
fn a_cut_file_gives_what_was_whole() {
    let text = file(&[CHROME, CHROME].join(","));
    let half = text.len() - 100;
    let (read, result) = records(&text.as_bytes()[..half]);
    assert_eq!(read.len(), 1);
    let error = result.unwrap_err();
    assert!(error.is_truncation());
    assert_eq!(error.to_string(), format!("entry 2 is cut off at byte {half}"));
    for end in 0..text.len() {
        let (_, result) = records(&text.as_bytes()[..end]);
        assert!(result.is_err_and(|error| error.is_truncation()), "{end}");
    }
}

#[test]
fn what_is_no_har_is_said() {
    for (text, message) in [
        ("{}", "is JSON without log.entries: neither a HAR file nor a capture"),
        (
            r#"{"log":{"entries":{}}}"#,
            "is JSON without log.entries: neither a HAR file nor a capture",
        ),
        (
            r#"{"x":{"entries":[{"request":{}}]}}"#,
            "is JSON without log.entries: neither a HAR file nor a capture",
        ),
        ("{]", "entry 1 at byte 1 is no JSON: a bracket closes what none has opened"),
    ] {
        let error = records(text.as_bytes()).1.unwrap_err();
        assert_eq!(error.to_string(), message, "{text}");
        assert!(!error.is_truncation());
    }
    let deep = "[".repeat(100_000);
    assert_eq!(records(deep.as_bytes()).1.unwrap_err().problem, Problem::TooDeep);
    let broken = file(r#"{"request" 1}"#);
    let error = records(broken.as_bytes()).1.unwrap_err();
    assert!(matches!(error.problem, Problem::Malformed(_)) && error.entry == 1, "{error}");
}

#[test]
fn an_entry_without_a_request_is_weird() {
    let records = read(&file(r#"{"response":{}},{"request":{"method":"GET"}}"#));
    let details: Vec<_> = records
        .iter()
        .map(|record| match &record.fact {
            Fact::Weird(weird) => (weird.kind, weird.detail.as_str()),
            _ => panic!("no weird"),
        })
        .collect();
    let kind = WeirdKind::HarEntryMalformed;
    assert_eq!(details, [(kind, "entry 1: no request"), (kind, "entry 2: no URL")]);
}

#[test]
fn a_huge_entry_is_passed_over() {
    let mut reader = Reader::default();
    let mut records = Vec::new();
    reader.read(br#"{"log":{"entries":[{"x":""#, &mut records).unwrap();
    let megabyte = vec![b'a'; 1 << 20];
    for _ in 0..70 {
        reader.read(&megabyte, &mut records).unwrap();
    }
    let rest = format!("\"}},{CHROME}]}}}}");
    reader.read(rest.as_bytes(), &mut records).unwrap();
    assert_eq!(reader.finish(), Ok(()));
    assert_eq!(records.len(), 2);
    assert!(matches!(&records[0].fact, Fact::Weird(w) if w.kind == WeirdKind::HarEntryTooLong));
}

#[test]
fn an_entry_of_countless_values_is_passed_over() {
    let many = "1,".repeat(600_000);
    let records = read(&file(&format!("{{\"x\":[{many}1]}},{CHROME}")));
    assert_eq!(records.len(), 2);
    assert!(matches!(&records[0].fact, Fact::Weird(w) if w.kind == WeirdKind::HarEntryTooLong));
}

#[test]
fn long_heads_are_cut() {
    let long = "ä".repeat(100_000);
    let exchange = one(&format!(
        r#"{{"request":{{"method":"{long}","url":"http://a.test/{long}",
            "headers":[{{"name":"{long}","value":"{long}"}}]}}}}"#
    ));
    let request = &exchange.request;
    assert!(request.method.len() + request.target.len() <= 2 * crate::limits::HTTP_HEAD_BYTES);
    assert_eq!(request.headers.0[0].value.len(), crate::limits::HTTP_HEAD_BYTES);
}

#[test]
fn told_by_its_first_bytes() {
    for (head, likely) in [
        ("{\"log\": {", true),
        ("\u{feff}{\r\n  \"log\"", true),
        ("{\"schema\":", false),
        ("[", false),
        ("", false),
    ] {
        assert_eq!(is_likely(head.as_bytes()), likely, "{head}");
    }
}

#[test]
fn only_as_many_entries_as_are_wanted() {
    let text = file(&[CHROME, CHROME, CHROME].join(","));
    let (mut reader, mut records) = (Reader::new(Some(2)), Vec::new());
    reader.read(text.as_bytes(), &mut records).unwrap();
    assert!(reader.is_done() && reader.finish().is_ok());
    assert_eq!(records.len(), 2);
}

/// One entry as each exporter writes it, imitated: what they have in common is the request.
const EXPORTERS: [(&str, &str); 6] = [
    (
        "Burp: no times but a start, HTTP/2 with Host, text of the postData twice",
        r#"{"startedDateTime":"2024-05-01T14:00:00.000+02:00","time":0,"cache":{},"timings":{"send":0,"wait":0,"receive":0},
            "serverIPAddress":"203.0.113.5","connection":"17",
            "request":{"method":"POST","url":"https://api.shop.test:443/v1/login?x=1","httpVersion":"HTTP/2","cookies":[],
              "headers":[{"name":"Host","value":"api.shop.test"},{"name":"Content-Type","value":"application/x-www-form-urlencoded"}],
              "queryString":[{"name":"x","value":"1"}],"headersSize":120,"bodySize":8,
              "postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a","value":"1"},{"name":"b","value":"2 3"}],"text":"a=1&b=2+3"}},
            "response":{"status":200,"statusText":"OK","httpVersion":"HTTP/2","cookies":[],"headers":[],
              "content":{"size":2,"mimeType":"text/plain","text":"b2s=","encoding":"base64"},"redirectURL":"","headersSize":20,"bodySize":2}}"#,
    ),
    (
        "Charles: a zone without colon, parameters only, sizes of heads",
        r#"{"startedDateTime":"2024-05-01T14:00:00.000+0200","time":12,"timings":{"dns":0,"connect":3,"blocked":0,"send":1,"wait":7,"receive":1,"ssl":2},
            "serverIPAddress":"203.0.113.5","cache":{},
            "request":{"method":"POST","url":"https://api.shop.test/v1/login?x=1","httpVersion":"HTTP/1.1","cookies":[],
              "headers":[{"name":"Host","value":"api.shop.test"}],"queryString":[],"headersSize":120,"bodySize":9,
              "postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a","value":"1"},{"name":"b","value":"2 3"}]}},
            "response":{"_charlesStatus":"COMPLETE","status":200,"statusText":"OK","httpVersion":"HTTP/1.1","cookies":[],"headers":[],
              "content":{"size":2,"compression":0,"mimeType":"text/plain","text":"ok"},"headersSize":20,"bodySize":2}}"#,
    ),
    (
        "Fiddler: seven digits, a number for the connection",
        r#"{"startedDateTime":"2024-05-01T14:00:00.0000000+02:00","time":12,"timings":{"dns":-1,"connect":-1,"ssl":-1,"send":1,"wait":10,"receive":1,"blocked":-1},
            "serverIPAddress":"203.0.113.5","connection":51234,"cache":{},"pageref":null,
            "request":{"method":"POST","url":"https://api.shop.test/v1/login?x=1","httpVersion":"HTTP/1.1","cookies":[],
              "headers":[{"name":"Host","value":"api.shop.test"}],"queryString":[],"headersSize":120,"bodySize":9,
              "postData":{"mimeType":"application/x-www-form-urlencoded","text":"a=1&b=2+3","params":[]}},
            "response":{"status":200,"statusText":"OK","httpVersion":"HTTP/1.1","cookies":[],"headers":[],
              "content":{"size":2,"mimeType":"text/plain","text":"ok"},"redirectURL":"","headersSize":20,"bodySize":2}}"#,
    ),
    (
        "Firefox: the server's port as connection, no bodySize, no content size",
        r#"{"startedDateTime":"2024-05-01T14:00:00.000+02:00","time":12,"timings":{"blocked":0,"dns":1,"connect":1,"ssl":0,"send":0,"wait":9,"receive":1},
            "_securityState":"secure","serverIPAddress":"203.0.113.5","connection":"443","cache":{},"pageref":"page_1",
            "request":{"method":"POST","url":"https://api.shop.test/v1/login?x=1","httpVersion":"HTTP/2",
              "headers":[{"name":"Host","value":"api.shop.test"}],"cookies":[],"queryString":[],"headersSize":120,
              "postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a","value":"1"}],"text":"a=1&b=2+3"}},
            "response":{"status":200,"statusText":"","httpVersion":"HTTP/2","headers":[],"cookies":[],
              "content":{"mimeType":"text/plain","text":"ok"},"redirectURL":"","headersSize":20}}"#,
    ),
    (
        "HTTP Toolkit: no address, no mimeType but a default, joined fields",
        r#"{"pageref":"okhttp","startedDateTime":"2024-05-01T14:00:00.000+02:00","time":-1,"cache":{},
            "timings":{"blocked":-1,"dns":-1,"connect":-1,"ssl":-1,"send":1,"wait":1,"receive":1},
            "request":{"method":"POST","url":"https://api.shop.test/v1/login?x=1","httpVersion":"HTTP/2.0","cookies":[],
              "headers":[{"name":":authority","value":"api.shop.test"},{"name":":method","value":"POST"}],
              "queryString":[{"name":"x","value":"1"}],"headersSize":-1,"bodySize":9,
              "postData":{"mimeType":"application/octet-stream","text":"a=1&b=2+3","params":[]}},
            "response":{"status":200,"statusText":"","httpVersion":"HTTP/2.0","cookies":[],
              "headers":[{"name":"set-cookie","value":"a=1; Path=/,b=2"}],
              "content":{"mimeType":"application/octet-stream","size":2,"text":"ok"},"redirectURL":"","headersSize":-1,"bodySize":2}}"#,
    ),
    (
        "Proxyman: text for numbers, nothing for what is empty",
        r#"{"startedDateTime":"2024-05-01T12:00:00Z","time":"12","timings":{"send":"1","wait":"10","receive":"1"},
            "serverIPAddress":"203.0.113.5","connection":"",
            "request":{"method":"POST","url":"https://api.shop.test/v1/login?x=1","httpVersion":"h2",
              "headers":[{"name":"host","value":"api.shop.test"}],"bodySize":9,
              "postData":{"mimeType":"application/x-www-form-urlencoded","text":"a=1&b=2+3","params":null}},
            "response":{"status":200,"httpVersion":"h2","headers":[],
              "content":{"size":2,"mimeType":"text/plain","text":"ok"},"bodySize":2}}"#,
    ),
];

#[test]
fn exporters_differ_and_tell_the_same() {
    for (exporter, entry) in EXPORTERS {
        let exchange = one(entry);
        let (request, response) = (&exchange.request, exchange.response.as_ref().unwrap());
        assert_eq!(request.method, "POST", "{exporter}");
        assert_eq!(
            (exchange.host(), request.target.as_str()),
            (Some("api.shop.test"), "/v1/login?x=1")
        );
        assert_eq!(String::from_utf8_lossy(&request.body.bytes), "a=1&b=2+3", "{exporter}");
        assert_eq!(
            (response.status, response.body.bytes.as_slice()),
            (200, &b"ok"[..]),
            "{exporter}"
        );
        assert_eq!(response.body.length, 2, "{exporter}");
        assert_eq!(exchange.scheme(), Scheme::Https);
        let began = request.packets.first.timestamp.secs();
        assert_eq!(began, 1_714_564_800, "{exporter}");
        let latency = exchange.latency().unwrap();
        assert!((0..20_000_000).contains(&latency), "{exporter}: {latency}");
    }
}

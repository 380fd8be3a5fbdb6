//! Pairs of requests as replays and modifications leave them, and hostile ones.

use std::sync::Arc;

use dissect::http::{Body, HttpVersion, Response};

use super::super::samples::{packets, page, shown, text};
use super::*;
use crate::text::width;

const HIDDEN: Look = Look { raw: false, secrets: Secrets::Redacted };
const SHOWN: Look = Look { raw: false, secrets: Secrets::Shown };

fn headers(fields: &[(&str, &str)]) -> Headers {
    let field = |(name, value): &(&str, &str)| Header {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    Headers(fields.iter().map(field).collect())
}

fn body(bytes: &[u8]) -> Body {
    Body { bytes: bytes.to_vec(), length: bytes.len() as u64, ..Body::default() }
}

fn exchange(
    packet: u64,
    fields: &[(&str, &str)],
    sent: &[u8],
    received: Option<&[u8]>,
) -> Exchange {
    let response = received.map(|received| Response {
        packets: packets(packet.saturating_add(2), packet.saturating_add(3)),
        status: 200,
        headers: headers(&[("Content-Type", "application/json"), ("Server", "nginx")]),
        body: body(received),
        ..Response::default()
    });
    Exchange {
        connection: Arc::default(),
        index: 0,
        stream: None,
        request: Request {
            packets: packets(packet, packet),
            method: "POST".into(),
            target: "/v2/pay?token=abc&currency=eur".into(),
            version: HttpVersion::Http11,
            headers: headers(fields),
            body: body(sent),
            ..Request::default()
        },
        response,
        incomplete: None,
    }
}

/// A payment whose amount and account were changed on the way, under the same nonce.
fn altered() -> [Exchange; 2] {
    let fields = [
        ("Host", "api.shop.test"),
        ("Authorization", "Bearer abcdef"),
        ("Cookie", "sid=1; lang=de"),
        ("Content-Type", "application/json"),
        ("X-Nonce", "81f3-22"),
        ("User-Agent", "ShopApp/5.2.1 okhttp/4.12.0"),
    ];
    let mut others = fields;
    others[1].1 = "Bearer ghijkl";
    others[2].1 = "sid=1; lang=en";
    let mut others = others.to_vec();
    others.push(("Via", "1.1 proxy"));
    let items = r#""items":[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5},{"id":6}]"#;
    let sent = format!(
        r#"{{"amount":12.50,"to":"DE02 1203 0000","pin":1234,"otp":"99","tokens":["a","b"],{items},"note":"rent"}}"#
    );
    let other = sent
        .replace("12.50", "1250.00")
        .replace("1234", "4321")
        .replace("\"b\"", "\"c\"")
        .replace(",\"note\":\"rent\"", "");
    [
        exchange(10, &fields, sent.as_bytes(), Some(br#"{"ok":true,"id":7}"#)),
        exchange(90, &others, other.as_bytes(), Some(br#"{"ok":true,"id":8}"#)),
    ]
}

fn drawn(both: &[Exchange; 2], columns: usize, look: Look) -> String {
    let mut page = page(columns);
    let [left, right] = both;
    section(&mut page, left, right, ["first", "second, 10.0.0.9"], look);
    shown(&page)
}

#[test]
fn altered_on_the_way() {
    insta::assert_snapshot!("altered_80", drawn(&altered(), 80, HIDDEN));
    insta::assert_snapshot!("altered_120", drawn(&altered(), 120, SHOWN));
    insta::assert_snapshot!("altered_50", drawn(&altered(), 50, HIDDEN));
}

#[test]
fn replayed_with_nothing_changed() {
    let [one, _] = altered();
    let mut other = one.clone();
    other.request.packets = packets(200, 200);
    insta::assert_snapshot!("replayed_80", drawn(&[one, other], 80, HIDDEN));
}

#[test]
fn hidden_values_are_compared() {
    for (one, other, expected) in [
        ("Bearer a", "Bearer a", false),
        ("Bearer a", "Bearer b", true),
        ("Basic a", "Bearer a", false),
    ] {
        let field = |value: &str| {
            let fields = headers(&[("Authorization", value)]);
            listed(None, &fields, Secrets::Redacted).remove(0)
        };
        let row = paired(Some(&field(one)), Some(&field(other))).row;
        assert_eq!(row.hidden, expected, "{one} {other}");
        assert_eq!(row.sign == Sign::Equal, one == other, "{one} {other}");
    }
}

#[test]
fn no_secret_is_shown() {
    for columns in [50, 80, 120] {
        let text = drawn(&altered(), columns, HIDDEN);
        for secret in ["abc", "abcdef", "ghijkl", "1234", "4321", "sid=1"] {
            let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '=').collect();
            assert!(!words.contains(&secret), "{secret} in {text}");
        }
        assert!(text.contains("hidden, differs"));
    }
}

#[test]
fn fields_stand_beside_their_own() {
    let one = headers(&[("A", "1"), ("B", "2"), ("a", "3"), ("C", "4")]);
    let other = headers(&[("C", "4"), ("A", "1"), ("D", "5"), ("A", "4")]);
    let fields = fields([(None, &one), (None, &other)], Secrets::Shown);
    let told: Vec<(&str, Sign)> =
        fields.iter().map(|field| (field.name.as_str(), field.row.sign)).collect();
    assert_eq!(
        told,
        [
            ("a", Sign::Equal),
            ("b", Sign::OnlyLeft),
            ("a", Sign::Differs),
            ("c", Sign::Equal),
            ("d", Sign::OnlyRight)
        ]
    );
}

#[test]
fn bytes_are_shown_where_they_differ() {
    let bytes: Vec<u8> = (0..=255).collect();
    let mut other = bytes.clone();
    other[100] = b'X';
    let fields = [("Content-Type", "image/png")];
    let both = [exchange(1, &fields, &bytes, None), exchange(9, &fields, &other, None)];
    insta::assert_snapshot!("bytes_80", drawn(&both, 80, HIDDEN));
    // Nobody knows what is in them.
    let both = [exchange(1, &[], &bytes, None), exchange(9, &[], &other, None)];
    assert!(drawn(&both, 80, HIDDEN).contains("may hold secrets"));
    assert!(drawn(&both, 80, SHOWN).contains("58 65 66 67"));
}

#[test]
fn forms_and_other_texts() {
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let both = [
        exchange(1, &form, b"user=me&password=hunter2&to=1", None),
        exchange(9, &form, b"user=me&password=hunter3&to=2", None),
    ];
    insta::assert_snapshot!("form_80", drawn(&both, 80, HIDDEN));
}

#[test]
fn hostile_exchanges_are_bounded_and_keep_the_columns() {
    let nasty = "\x1b[31m日\u{202e}\\".repeat(3000);
    let lines = "x\n".repeat(20_000);
    let many: Vec<(&str, &str)> = vec![("a", "b"); 5000];
    let word = vec![b'['; 65_536];
    let cases = [
        [exchange(1, &[("x", &nasty)], nasty.as_bytes(), None), exchange(2, &[], b"", None)],
        [exchange(1, &many, lines.as_bytes(), None), exchange(2, &[], b"y\nx\n", None)],
        [exchange(1, &[], &word, Some(&word)), exchange(2, &[], &word[..9999], Some(b"{"))],
        [exchange(1, &[], &[0xff; 9999], Some(b"")), exchange(2, &[], b"", Some(&[0; 99]))],
    ];
    for both in &cases {
        for columns in [1, 30, 80, 120] {
            for look in [HIDDEN, SHOWN] {
                let mut page = page(columns);
                section(&mut page, &both[0], &both[1], ["one", "other"], look);
                let lines = text(&page);
                assert!(columns < 30 || lines.len() < 8000, "{columns}: {}", lines.len());
                assert!(lines.iter().all(|line| width(line) <= columns.max(4)), "{columns}");
            }
        }
    }
}

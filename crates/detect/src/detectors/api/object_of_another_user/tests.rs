#![allow(clippy::arithmetic_side_effects, reason = "small numbers of tests")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::Known;
use crate::detector::Sighting;
use crate::detectors::testing::sightings;
use crate::detectors::testing_http::{Draft, asked};
use crate::finding::Confidence;
use crate::policy::Policy;

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// The header of a user with a token that names him, or with more claims.
fn by(user: &str, more: &str) -> (&'static str, &'static str) {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims = format!(r#"{{"sub":"{user}"{more}}}"#);
    let token = format!("Bearer {}.{}.", part(r#"{"alg":"none"}"#), part(&claims));
    ("Authorization", token.leak())
}

fn get(user: &str, path: &str, answer: &str) -> Draft {
    let url = format!("http://api.test{path}");
    asked("GET", &url, &[by(user, "")], "").answer(200, &[JSON], answer)
}

/// The same with a token that says nothing.
fn opaque(token: &'static str, path: &str, answer: &str) -> Draft {
    let url = format!("http://api.test{path}");
    asked("GET", &url, &[("Authorization", token)], "").answer(200, &[JSON], answer)
}

fn raised(drafts: Vec<Draft>) -> Vec<Sighting> {
    raised_with("", drafts)
}

fn raised_with(policy: &str, drafts: Vec<Draft>) -> Vec<Sighting> {
    let known = Known { policy: Policy::parse(policy).unwrap(), ..Known::default() };
    let records: Vec<_> = drafts
        .into_iter()
        .zip(1_u64..)
        .map(|(draft, at)| draft.in_packets(at * 2, at * 2 + 1).record())
        .collect();
    sightings(&mut ObjectOfAnotherUser::default(), &known, &records)
}

const LIST1: &str = r#"{"orders":[{"id":1},{"id":2},{"id":3},{"id":4}]}"#;
const LIST2: &str = r#"{"orders":[{"id":6},{"id":7}]}"#;

#[test]
fn another_owner_than_the_one_who_asks() {
    let raised = raised(vec![
        get("u2", "/v1/orders/7", r#"{"id":7,"owner":"u2"}"#),
        get("u2", "/v1/orders/3", r#"{"id":3,"owner":"u1","total":3}"#),
        get("u2", "/v1/orders/4", r#"{"id":4,"owner":"u1"}"#),
    ]);
    assert_eq!(raised.len(), 2);
    assert_eq!(raised[0].key, raised[1].key);
    assert_eq!(raised[0].confidence, Confidence::Likely);
    assert!(raised[0].title.contains("was served order 3"), "{}", raised[0].title);
    let owner = raised[0].evidence.iter().find(|one| one.fact == "owner").unwrap();
    assert!(owner.packets == [5] && !owner.value.contains("u1"), "{}", owner.value);
}

#[test]
fn what_only_another_was_given() {
    let both = vec![
        get("u1", "/v1/orders", LIST1),
        get("u2", "/v1/orders", LIST2),
        get("u2", "/v1/orders/3", r#"{"id":3,"total":3}"#),
    ];
    let raised = raised(both);
    assert_eq!(raised.len(), 1);
    let given = raised[0].evidence.iter().find(|one| one.fact == "given-to").unwrap();
    assert_eq!(given.packets, [3]);
    let apart = raised[0].evidence.iter().find(|one| one.fact == "kept-apart").unwrap();
    assert!(apart.value.contains("4 to the other one, 2 to"), "{}", apart.value);
}

#[test]
fn both_proofs_together_are_certain() {
    let raised = raised(vec![
        get("u1", "/v1/orders", r#"[{"id":"or_11","owner":"u1"},{"id":"or_12","owner":"u1"}]"#),
        get("u2", "/v1/orders", r#"[{"id":"or_13","owner":"u2"}]"#),
        get("u2", "/v1/orders/or_11", r#"{"id":"or_11","owner":"u1"}"#),
    ]);
    assert_eq!(raised[0].confidence, Confidence::Certain);
}

#[test]
fn filters_and_sub_resources() {
    for path in ["/v1/users/u1/orders", "/v1/orders?user_id=u1"] {
        let raised = raised_with(
            "[[api]]\nhosts = [\"*\"]\nids = [\"/v1/users/{}\"]\n",
            vec![
                get("u2", "/v1/orders", r#"[{"id":7,"owner":"u2"}]"#),
                get("u2", path, r#"[{"id":1,"owner":"u1"},{"id":2,"owner":"u1"}]"#),
            ],
        );
        assert_eq!(raised.len(), 1, "{path}");
    }
}

#[test]
fn opaque_tokens_are_told_apart_by_what_their_users_are_called() {
    let (one, other) = ("Bearer 0123456789abcdef0", "Bearer fedcba98765432100");
    let login = |user: &str, token: &str| {
        let body = format!(r#"{{"user":"{user}","password":"x{user}"}}"#);
        let answer = format!(r#"{{"token":"{token}"}}"#);
        asked("POST", "http://api.test/login", &[JSON], &body).answer(200, &[JSON], answer)
    };
    let calls = || {
        vec![
            opaque(one, "/v1/orders", LIST1),
            opaque(other, "/v1/orders", LIST2),
            opaque(other, "/v1/orders/3", r#"{"id":3}"#),
        ]
    };
    assert!(raised(calls()).is_empty(), "the same user may have two tokens");
    let mut known = vec![login("ann", &one[7..]), login("bob", &other[7..])];
    known.extend(calls());
    assert_eq!(raised(known).len(), 1);
    let mut same = vec![login("ann", &one[7..]), login("ann", &other[7..])];
    same.extend(calls());
    assert!(raised(same).is_empty(), "a renewed token");
}

#[test]
fn what_is_shared_or_public_is_not() {
    let foreign = |path: &'static str| {
        let (mine, other) = (path.replace('#', "7"), path.replace('#', "3"));
        vec![
            get("u2", &mine, r#"{"id":7,"owner":"u2"}"#),
            get("u2", &other, r#"{"id":3,"owner":"u1"}"#),
        ]
    };
    assert!(raised(foreign("/v1/posts/#")).is_empty(), "public by its name");
    assert!(raised(foreign("/v1/documents/#")).is_empty(), "one document may be shared");
    let mixed = r#"[{"id":7,"owner":"u2"},{"id":9,"owner":"u5"}]"#;
    let mut market = vec![get("u2", "/v1/orders", mixed)];
    market.extend(foreign("/v1/orders/#"));
    assert!(raised(market).is_empty(), "lists name several owners");
    let shared = vec![
        get("u1", "/v1/orders", LIST1),
        get("u3", "/v1/orders", r#"{"orders":[{"id":1},{"id":9}]}"#),
        get("u2", "/v1/orders", LIST2),
        get("u2", "/v1/orders/3", r#"{"id":3}"#),
    ];
    assert!(raised(shared).is_empty(), "some are returned to several users");
    let mut open = vec![asked("GET", "http://api.test/v1/orders/7", &[], "").answer(
        200,
        &[JSON],
        r#"{"id":7}"#,
    )];
    open.extend(foreign("/v1/orders/#"));
    assert!(raised(open).is_empty(), "served to anybody");
    let policy = "[[api]]\nhosts = [\"*\"]\npublic-ids = [\"/v1/orders/{}\"]\n";
    assert!(raised_with(policy, foreign("/v1/orders/#")).is_empty());
}

#[test]
fn what_was_given_or_is_refused_is_not() {
    let given = vec![
        get("u2", "/v1/orders", r#"[{"id":7,"owner":"u2"}]"#),
        get("u2", "/v1/inbox", r#"[{"order_id":3,"text":"u1 sends you an order"}]"#),
        get("u2", "/v1/orders/3", r#"{"id":3,"owner":"u1"}"#),
    ];
    assert!(raised(given).is_empty(), "he was given it");
    let refused = vec![
        get("u1", "/v1/orders", LIST1),
        get("u2", "/v1/orders", LIST2),
        get("u2", "/v1/orders/3", "{}").answer(403, &[JSON], "{}"),
    ];
    assert!(raised(refused).is_empty());
    let sent = vec![
        get("u1", "/v1/accounts", r#"[{"account_id":1},{"account_id":2},{"account_id":3}]"#),
        get("u2", "/v1/accounts", r#"[{"account_id":8}]"#),
        asked(
            "POST",
            "http://api.test/v1/transfers",
            &[by("u2", ""), JSON],
            r#"{"account_id":1,"to_account_id":2}"#,
        )
        .answer(200, &[JSON], r#"{"state":"sent"}"#),
    ];
    assert!(raised(sent).is_empty(), "money may be sent to others");
}

#[test]
fn both_parties_of_something_may_see_it() {
    let raised = raised(vec![
        get("u2", "/v1/transfers/7", r#"{"id":7,"owner":"u2"}"#),
        get("u2", "/v1/transfers/3", r#"{"id":3,"owner":"u1","payee":"u2"}"#),
    ]);
    assert!(raised.is_empty());
}

#[test]
fn people_staff_and_guests_are_not() {
    let people = vec![
        get("7", "/v1/users/7", r#"{"id":7,"username":"7"}"#),
        get("7", "/v1/users/8", r#"{"id":8,"username":"bob"}"#),
    ];
    assert!(raised(people).is_empty(), "profiles of others");
    for more in [r#","role":"support""#, r#","is_anonymous":true"#] {
        let one = |path: &str, answer: &str| {
            let url = format!("http://api.test{path}");
            asked("GET", &url, &[by("u2", more)], "").answer(200, &[JSON], answer)
        };
        let drafts = vec![
            one("/v1/orders/7", r#"{"id":7,"owner":"u2"}"#),
            one("/v1/orders/3", r#"{"id":3,"owner":"u1"}"#),
        ];
        assert!(raised(drafts).is_empty(), "{more}");
    }
}

#[test]
fn names_of_another_vocabulary_are_not_compared() {
    let drafts = (1..9).map(|id| {
        let answer = format!(r#"{{"id":{id},"customer_id":55}}"#);
        get("auth0|abc", &format!("/v1/orders/{id}"), &answer)
    });
    assert!(raised(drafts.collect()).is_empty(), "the token calls him otherwise");
}

#![allow(clippy::arithmetic_side_effects, reason = "small numbers of tests")]

use super::*;
use crate::Known;
use crate::detector::Sighting;
use crate::detectors::testing::sightings;
use crate::detectors::testing_http::{Draft, asked};
use crate::policy::Policy;

const JSON: (&str, &str) = ("Content-Type", "application/json");
/// `{"alg":"none"}`, `{"sub":"user2"}`.
const USER2: (&str, &str) = ("Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyMiJ9.");
/// `{"alg":"none"}`, `{"sub":"user2","role":"admin"}`.
const ADMIN: (&str, &str) =
    ("Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyMiIsInJvbGUiOiJhZG1pbiJ9.");

fn raised_with(policy: &str, drafts: Vec<Draft>) -> Vec<Sighting> {
    let known = Known { policy: Policy::parse(policy).unwrap(), ..Known::default() };
    let records: Vec<_> = drafts
        .into_iter()
        .zip(1_u64..)
        .map(|(draft, at)| draft.in_packets(at * 2, at * 2 + 1).record())
        .collect();
    sightings(&mut ObjectIdWalk::default(), &known, &records)
}

fn raised(drafts: Vec<Draft>) -> usize {
    raised_with("", drafts).len()
}

/// A request of user2 for each of these ids.
fn each(
    ids: impl IntoIterator<Item = u32>,
    url: fn(u32) -> String,
    answer: fn(u32) -> (u16, String),
) -> Vec<Draft> {
    let one = |id: u32| {
        let (status, body) = answer(id);
        asked("GET", &url(id), &[USER2], "").answer(status, &[JSON], body)
    };
    ids.into_iter().map(one).collect()
}

fn orders(id: u32) -> String {
    format!("http://api.test/v1/orders/{id}")
}

fn things(id: u32) -> String {
    format!("http://api.test/v1/things/{id}")
}

fn owned_by_five(id: u32) -> (u16, String) {
    (200, format!(r#"{{"id":{id},"owner":"user{}","total":{id}0}}"#, (id - 1) / 5 + 1))
}

fn own(id: u32) -> (u16, String) {
    (200, format!(r#"{{"id":{id},"owner":"user2"}}"#))
}

fn bare(id: u32) -> (u16, String) {
    (200, format!(r#"{{"id":{id},"state":"sent"}}"#))
}

fn missing(_: u32) -> (u16, String) {
    (404, String::from("{}"))
}

#[test]
fn a_walk_is_raised_when_it_is_clear_and_counted() {
    let raised = raised_with("", each(1..=50, orders, owned_by_five));
    assert_eq!(raised.len(), 41, "from the tenth on");
    let first = &raised[0];
    assert!(raised.iter().all(|one| one.key == first.key));
    assert!(first.title.contains("10 objects at /v1/orders/{}"), "{}", first.title);
    let said = |fact| first.evidence.iter().find(|one| one.fact == fact).unwrap();
    assert_eq!(said("first-id").packets, [2]);
    assert_eq!(said("last-id").packets, [20]);
    assert!(said("ids").value.contains("from 1 to 10"), "{}", said("ids").value);
    assert!(said("owners").value.starts_with("2 different"), "{}", said("owners").value);
    assert!(first.evidence.iter().all(|one| !one.value.contains("user1")));
}

#[test]
fn walks_of_every_shape() {
    let by_query = |id: u32| format!("http://api.test/v1/order?id={id}");
    let shuffled = (1..=20).map(|id| (id * 7) % 23);
    let uuid = |id: u32| {
        format!(
            "http://api.test/v1/orders/{:08x}-4f89-11d3-9a0c-0305e82c3301",
            id * 48_271_123 % 999_999_937
        )
    };
    for (name, drafts) in [
        ("refused", each(1..=12, things, missing)),
        ("a kind that is a person's", each(1..=12, orders, bare)),
        ("down", each((1..=12).rev(), orders, bare)),
        ("by tens", each((1..=12).map(|id| id * 10), orders, bare)),
        ("shuffled", each(shuffled, orders, bare)),
        ("query", each(1..=12, by_query, owned_by_five)),
        ("random, of many owners", each(1..=25, uuid, owned_by_five)),
        ("random, refused", each(1..=25, uuid, missing)),
        ("documents", each(1..=12, |id| format!("http://api.test/invoices/{id}.pdf"), bare)),
        ("sub-resources", each(1..=12, |id| format!("http://api.test/users/{id}/cards"), bare)),
    ] {
        assert!(raised(drafts) > 0, "{name}");
    }
}

#[test]
fn walks_in_bodies_and_graphql() {
    let post = |url: &'static str, body: fn(u32) -> String| {
        let one = |id: u32| {
            let answer = format!(r#"{{"data":{{"order":{{"id":{id},"owner":"u{id}"}}}}}}"#);
            asked("POST", url, &[USER2, JSON], &body(id)).answer(200, &[JSON], answer)
        };
        (1..=12).map(one).collect::<Vec<_>>()
    };
    let json = |id| format!(r#"{{"order_id":{id}}}"#);
    assert!(raised(post("http://api.test/v1/order/get", json)) > 0);
    let variables = |id| {
        format!(
            r#"{{"query":"query Q($id: ID!){{order(id:$id){{id owner}}}}","variables":{{"id":"{id}"}}}}"#
        )
    };
    assert!(raised(post("http://api.test/graphql", variables)) > 0);
    let literal = |id| format!(r#"{{"query":"{{order(id:{id}){{id owner}}}}"}}"#);
    assert!(raised(post("http://api.test/graphql", literal)) > 0);
    let all = asked("GET", "http://api.test/orders?ids=1,2,3,4,5,6,7,8,9,10,11,12", &[USER2], "");
    let answer: Vec<String> = (1..=12).map(|id| owned_by_five(id).1).collect();
    assert!(raised(vec![all.answer(200, &[JSON], format!("[{}]", answer.join(",")))]) > 0);
}

#[test]
fn what_was_given_is_no_walk() {
    let list: Vec<String> = (1..=50).map(|id| format!(r#"{{"id":{id}}}"#)).collect();
    let list =
        |url| asked("GET", url, &[USER2], "").answer(200, &[JSON], format!("[{}]", list.join(",")));
    let mut drafts = vec![list("http://api.test/v1/orders")];
    drafts.extend(each(1..=50, orders, owned_by_five));
    assert_eq!(raised(drafts), 0);
    let links: Vec<String> =
        (1..=50).map(|id| format!(r#"{{"href":"/v1/orders/{id}"}}"#)).collect();
    let links = asked("GET", "http://api.test/v1/feed", &[USER2], "").answer(
        200,
        &[JSON],
        format!("[{}]", links.join(",")),
    );
    let mut drafts = vec![links];
    drafts.extend(each(1..=50, orders, missing));
    assert_eq!(raised(drafts), 0);
    let chain = |id: u32| (200, format!(r#"{{"id":{id},"user_id":{id},"next_id":{}}}"#, id + 1));
    assert_eq!(raised(each(1..=50, orders, chain)), 0);
}

#[test]
fn other_numbers_and_public_objects_are_not() {
    let url = |path: &'static str| {
        move |id: u32| format!("http://api.test{}", path.replace('#', &id.to_string()))
    };
    for path in [
        "/v1/orders?page=#",
        "/v1/orders?offset=#",
        "/v1/orders?after_id=#",
        "/tiles/12/2200/#",
        "/tiles/12/2200/#.png",
        "/media/#.bin",
        "/video/seg_#.ts",
        "/v1/products/#",
        "/api/#/x",
        "/v1/books/7/chapters/#",
        "/news/2026/#",
        "/x?_=17954739#",
        "/x?t=#",
        "/img/sprite_#.png",
        "/v1/posts/#",
        "/locales/#.json",
    ] {
        let drafts = (1..=50).map(|id| {
            asked("GET", &url(path)(id), &[USER2], "").answer(200, &[JSON], owned_by_five(id).1)
        });
        assert_eq!(raised(drafts.collect()), 0, "{path}");
    }
    let times =
        each(1..=50, |id| format!("http://api.test/v1/orders/{}", 1_795_473_900 + id), bare);
    assert_eq!(raised(times), 0, "timestamps");
}

#[test]
fn caches_of_apps_are_not() {
    assert_eq!(raised(each(6..=10, orders, own)), 0, "a handful");
    assert_eq!(raised(each(6..=60, orders, own)), 0, "all of them one's own");
    assert_eq!(raised(each(1..=60, things, bare)), 0, "nobody says whose they are");
    let apart = each((1..=60).map(|id| id * id * 37), orders, bare);
    assert_eq!(raised(apart), 0, "not in a row");
    let made = (1..=60).map(|id| {
        let body = format!(r#"{{"order_id":{id}}}"#);
        asked("POST", "http://api.test/v1/sync", &[USER2, JSON], &body).answer(200, &[JSON], "{}")
    });
    assert_eq!(raised(made.collect()), 0, "numbers that the client gives itself");
}

#[test]
fn staff_and_what_the_policy_calls_public_are_not() {
    let by = |header, ids: std::ops::RangeInclusive<u32>| {
        let one =
            |id| asked("GET", &orders(id), &[header], "").answer(200, &[JSON], owned_by_five(id).1);
        ids.map(one).collect::<Vec<_>>()
    };
    assert_eq!(raised(by(ADMIN, 1..=50)), 0);
    let policy = "[[api]]\nhosts = [\"*\"]\npublic-ids = [\"/v1/orders/{}\"]\n";
    assert_eq!(raised_with(policy, by(USER2, 1..=50)).len(), 0);
    let policy = "[[api]]\nhosts = [\"*\"]\nstaff = [\"sub=user2\"]\n";
    assert_eq!(raised_with(policy, by(USER2, 1..=50)).len(), 0);
}

#[test]
fn the_policy_names_ids_that_do_not_look_like_it() {
    let policy = "[[api]]\nhosts = [\"*\"]\nids = [\"/v1/things/{}\", \"x-thing\"]\n";
    let drafts = each(
        1..=25,
        |id| {
            format!(
                "http://api.test/v1/things/{}x",
                ["a", "b"][id as usize % 2].repeat(id as usize)
            )
        },
        missing,
    );
    assert!(!raised_with(policy, drafts).is_empty());
}

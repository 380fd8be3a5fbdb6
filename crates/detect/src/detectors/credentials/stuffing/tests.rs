use super::*;
use crate::Known;
use crate::detectors::testing::sightings;
use crate::detectors::testing_http::{Draft as Exchange, asked};

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn login(user: usize, password: usize, status: u16) -> Exchange {
    let body = format!(r#"{{"user": "user{user}", "password": "hunter{password}"}}"#);
    asked("POST", "http://a.test/login", &[JSON], &body).answer(status, &[], "")
}

fn raised(logins: Vec<Exchange>) -> Vec<(String, Severity)> {
    let records: Vec<_> = logins.into_iter().map(Exchange::record).collect();
    let found = sightings(&mut Stuffing::default(), &Known::default(), &records);
    let values = found.iter().flat_map(|one| &one.evidence);
    assert!(
        values.into_iter().all(|one| !one.value.contains("hunter") && !one.value.contains("user1"))
    );
    let mut all: Vec<_> = found.into_iter().map(|one| (one.title, one.severity)).collect();
    all.dedup();
    all
}

#[test]
fn many_users_mostly_refused() {
    let found = raised((0..30).map(|user| login(user, user, 401)).collect());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0.starts_with("Passwords were tried for many users"), "{found:?}");
    let sprayed = raised((0..30).map(|user| login(user, 1, 401)).collect());
    assert!(sprayed[0].0.starts_with("A few passwords were tried"), "{sprayed:?}");
}

#[test]
fn an_account_that_was_opened_is_told() {
    let status = |user| if user == 20 { 200 } else { 401 };
    let found = raised((0..30).map(|user| login(user, user, status(user))).collect());
    assert!(found.iter().any(|(title, severity)| {
        title.starts_with("Accounts of a.test were opened") && *severity == Severity::Critical
    }));
}

#[test]
fn one_program_behind_many_addresses() {
    let address = |user: usize| -> &'static str {
        Box::leak(format!("203.0.113.{}", user % 30).into_boxed_str())
    };
    let found =
        raised((0..30).map(|user| login(user, user, 401).of_client(address(user))).collect());
    assert_eq!(found.len(), 1);
    assert!(found[0].0.contains("by one program behind many addresses"), "{found:?}");
}

#[test]
fn a_crowd_that_gets_in_is_not() {
    // One of five mistypes.
    let crowd = (0..60).map(|user| login(user, user, if user % 5 == 0 { 401 } else { 200 }));
    assert!(raised(crowd.collect()).is_empty());
    let typo = vec![login(1, 1, 401), login(1, 2, 401), login(1, 3, 200)];
    assert!(raised(typo).is_empty());
    let guesses = (0..40).map(|password| login(1, password, 401));
    assert!(raised(guesses.collect()).is_empty(), "that is credentials/brute-force");
}

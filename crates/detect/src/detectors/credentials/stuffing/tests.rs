use super::*;
use crate::Known;
use crate::detectors::testing::sightings;
use crate::detectors::testing_http::asked;
use crate::finding::Confidence;

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// A login: user, password, status, address, cipher suite.
type Attempt = (usize, usize, u16, &'static str, u16);

#[allow(clippy::arithmetic_side_effects, reason = "small numbers")]
fn raised(attempts: impl IntoIterator<Item = Attempt>, pause: i64) -> Vec<Sighting> {
    let records: Vec<Record> = attempts
        .into_iter()
        .enumerate()
        .map(|(at, (user, password, status, client, suite))| {
            let (seconds, number) =
                (i64::try_from(at).unwrap() * pause, 4 + 2 * u64::try_from(at).unwrap());
            let body = format!(r#"{{"user": "user{user}", "password": "secret{password}"}}"#);
            asked("POST", "http://a.test/login", &[JSON], &body)
                .answer(status, &[], "")
                .of_client(client)
                .of_tls_client(suite)
                .after(seconds)
                .in_packets(number, number + 1)
                .record()
        })
        .collect();
    sightings(&mut Stuffing::default(), &Known::default(), &records)
}

fn kinds(found: &[Sighting]) -> Vec<(&str, Confidence)> {
    let mut kinds: Vec<_> =
        found.iter().map(|it| (it.key.split(' ').next().unwrap(), it.confidence)).collect();
    kinds.dedup();
    kinds
}

const PROXIES: [&str; 5] = ["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"];

#[test]
fn lists_are_raised() {
    let list = (0..100).map(|at| (at, at, if at % 33 == 32 { 200 } else { 401 }, "10.0.0.2", 1));
    let found = raised(list, 0);
    assert_eq!(kinds(&found), [("source", Confidence::Likely)]);
    assert_eq!(found.len(), 1, "{found:?}");
    let told = |fact| found[0].evidence.iter().filter(move |it| it.fact == fact);
    assert_eq!(told("accepted").count(), 3);
    let logins = told("logins").next().unwrap();
    assert_eq!(logins.value, "100 logins with 100 users: 97 refused, 3 accepted");
    assert_eq!(logins.packets, [4, 203]);
    assert!(found[0].evidence.iter().all(|it| !it.value.contains("secret")));
    // Slowly, and with a quarter of them accepted.
    let slow = (0..40).map(|at| (at, at, if at % 4 == 3 { 200 } else { 401 }, "10.0.0.2", 1));
    assert_eq!(kinds(&raised(slow, 60)), [("source", Confidence::Likely)]);
}

#[test]
fn spraying_is_told() {
    let found = raised((0..20).map(|at| (at, 1, 401, "10.0.0.2", 1)), 1);
    assert!(found[0].evidence.iter().any(|it| it.value.contains("spraying")));
}

#[test]
fn many_addresses_of_one_program_are_one_attack() {
    let spread = (0..40).map(|at| (at, at, 401, PROXIES[at % 5], 1));
    assert_eq!(kinds(&raised(spread, 0)), [("fingerprint", Confidence::Likely)]);
    let disguised =
        (0..60).map(|at| (at, at, 401, PROXIES[at % 5], u16::try_from(at % 12).unwrap()));
    assert_eq!(kinds(&raised(disguised, 0)), [("host", Confidence::Possible)]);
}

#[test]
fn many_users_behind_an_address_are_not() {
    // Each mistypes once and gets in, all at once or one after the other.
    let office =
        (0..60).map(|at| (at % 30, at / 30, if at < 30 { 401 } else { 200 }, PROXIES[0], 1));
    assert!(raised(office, 1).is_empty());
    let turns =
        (0..60).map(|at| (at / 2, at % 2, if at % 2 == 0 { 401 } else { 200 }, PROXIES[0], 1));
    assert!(raised(turns, 10).is_empty());
    // The app on many phones: a few of them never get in.
    let app = (0..400).map(|at| (at, at, if at % 10 == 0 { 401 } else { 200 }, PROXIES[at % 5], 1));
    assert!(raised(app, 5).is_empty());
    // A server that fails, and one that refuses everybody who then tries again.
    assert!(raised((0..100).map(|at| (at, at, 503, PROXIES[0], 1)), 1).is_empty());
    let outage = (0..120)
        .map(|at| (at / 4, at / 4, 401, PROXIES[at / 4 % 5], u16::try_from(at / 4).unwrap()));
    assert!(raised(outage, 1).is_empty());
    // One user, whatever is typed.
    assert!(raised((0..100).map(|at| (1, at, 401, PROXIES[0], 1)), 1).is_empty());
}

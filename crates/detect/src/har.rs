//! Findings in what a HAR file told: there are no packets to name, but entries, and nobody knows who
//! the client was.

use dissect::{Fact, Record};

use crate::detector::Sighting;
use crate::finding::Evidence;

/// Number of the entry that an exchange was told in; `None` if it was read from packets.
pub(crate) fn entry(record: &Record) -> Option<u64> {
    let connection = match &record.fact {
        Fact::Exchange(exchange) => &exchange.connection,
        Fact::WebSocket(message) => &message.connection,
        _ => return None,
    };
    (connection.told.is_some() && record.packet.number == 0).then_some(record.order.packet)
}

/// Names the entry in the evidence, and takes the client away that only stands for "not known".
pub(crate) fn name_entry(sighting: &mut Sighting, entry: u64) {
    let value = entry.to_string();
    sighting.evidence.push(Evidence { packets: Vec::new(), fact: "har-entry", value });
    let subject = &mut sighting.subject;
    if subject.client.is_some_and(|client| client.is_unspecified()) {
        subject.client = None;
        // A flow without a client has no community id.
        subject.flow = None;
    }
}

#[cfg(test)]
mod tests {
    use crate::Severity;
    use crate::detection::Detection;
    use crate::settings::Settings;

    const FILE: &str = r#"{"log": {"entries": [
        {"startedDateTime": "2024-05-01T12:00:00Z", "time": 5, "serverIPAddress": "203.0.113.5",
         "request": {"method": "GET", "url": "http://shop.test/logo.png"}},
        {"startedDateTime": "2024-05-01T12:00:01Z", "time": 5, "serverIPAddress": "203.0.113.5",
         "request": {"method": "POST", "url": "http://shop.test/login", "postData": {
            "mimeType": "application/x-www-form-urlencoded", "text": "user=me&password=hunter2"}},
         "response": {"status": 200}},
        {"startedDateTime": "2024-05-01T12:00:02Z", "time": 5,
         "request": {"method": "POST", "url": "https://shop.test/login", "postData": {
            "mimeType": "application/x-www-form-urlencoded", "text": "user=me&password=hunter2"}}}
    ]}}"#;

    #[test]
    fn plain_exchanges_are_judged_and_entries_named() {
        let mut detection = Detection::new(Settings::default());
        detection.begin_input(0);
        let (records, result) = dissect::har::records(FILE.as_bytes());
        assert!(result.is_ok());
        for record in &records {
            detection.observe(record);
        }
        detection.end_input();
        let findings = detection.ledger().sorted();
        let login: Vec<_> =
            findings.iter().filter(|f| f.rule.id == "credentials/sent-in-cleartext").collect();
        let [login] = login.as_slice() else { panic!("{findings:?}") };
        assert_eq!((login.severity, login.count), (Severity::High, 1));
        let last = login.evidence.last().unwrap();
        assert_eq!((last.fact, last.value.as_str()), ("har-entry", "2"));
        assert!(login.evidence.iter().all(|evidence| evidence.packets.is_empty()));
        assert_eq!(login.subject.client, None);
        assert_eq!(login.subject.server.unwrap().to_string(), "203.0.113.5:80");
        let missing = detection.not_observable();
        assert_eq!((missing[0].what, missing[0].why.word()), ("packets", "har"));
        assert_eq!((missing[0].sessions, missing[0].remedy), (3, Some("capture packets")));
    }
}

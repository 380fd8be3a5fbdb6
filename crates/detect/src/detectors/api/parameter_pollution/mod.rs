//! `api/parameter-pollution`: one request names the same thing twice, differently, so that the check
//! and the access may read different ones.
//!
//! ```text
//! mod.rs         what the rule says, and the evidence
//! places.rs      path, query and body that contradict each other
//! twice.rs       one name with two values in a query or form
//! json_keys.rs   one key twice in a JSON object
//! ```

mod json_keys;
mod places;
#[cfg(test)]
mod tests;
mod twice;

use dissect::Record;

use crate::call::Call;
use crate::call::ids::quoted;
use crate::call::quote::shortened;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::Key;
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;

pub(crate) static RULE: Rule = Rule {
    id: "api/parameter-pollution",
    title: "A request names the same object twice, with different ids",
    severity: Severity::Medium,
    surface: Surface::Api,
    needs: &[Need::Exchanges],
    references: &["CWE-235", "CWE-639", "OWASP API1:2023", "OWASP WSTG-INPV-04"],
    explanation: "One request held two different ids for the same thing: one in the path and \
        another in the query or the body, the same parameter twice, or the same key twice in a \
        JSON object. Parts of a server read requests differently: one takes the first value, the \
        other the last. Where the check reads the id of the one who asks and the access reads the \
        other, the check is passed with one's own id and somebody else's object is served (HTTP \
        parameter pollution).",
    evidence: "The request line with the names of its query; the ids, and where each of them \
        stood; what the server answered, and which of the objects the answer is about, if it \
        tells.",
    false_positives: "APIs that take several ids under one name: the answer then holds all of \
        them, or there are more than two. Requests that are about two objects of a kind, under \
        names that do not say in which role. A bug in an app that sends a number of its own along.",
    fix: "Read each id from one place only, refuse requests that hold it twice or differently \
        (400), and use the value that was checked for the access. Use one parser in gateway and \
        service; refuse duplicate keys in JSON (RFC 8259 section 4: what they mean is open).",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::EXCHANGE,
    build: || Box::new(ParameterPollution::default()),
};

/// Most names of parameters that are remembered, and seconds for which they are.
const MAX_NAMES: usize = 1 << 14;
const LIFETIME: i64 = 86_400;

/// What is remembered: parameters of a route that held one id.
struct ParameterPollution {
    single: Table<Key, ()>,
}

impl Default for ParameterPollution {
    fn default() -> Self {
        Self { single: Table::new(MAX_NAMES, LIFETIME) }
    }
}

/// The same thing, named twice.
struct Contradiction {
    /// What it is: `order`, or the name of the parameter.
    what: String,
    /// Where the values stood.
    places: [String; 2],
    /// What they are.
    values: [String; 2],
    /// Whether it could also be a list.
    may_be_list: bool,
}

impl Detector for ParameterPollution {
    fn observe(&mut self, _: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        let found =
            places::of(call).or_else(|| twice::of(call)).or_else(|| json_keys::of(call.request()));
        if let Some(mut found) = found {
            // What held one value before is no list.
            let key = Key::of(&(call.route(), found.what.as_str()));
            found.may_be_list &= self.single.find(&key, call.answered_at()).is_none();
            scene.sightings.extend(sighting(call, &found));
        }
        for name in twice::single(call) {
            let key = Key::of(&(call.route(), name));
            self.single.entry(key, call.answered_at(), || ());
        }
    }
}

fn sighting(call: &Call<'_>, found: &Contradiction) -> Option<Sighting> {
    let [first, second] = &found.values;
    let viewer = call.viewer();
    let is_own = |value: &str| viewer.is_called(value);
    let given = call.given();
    let is_answered = |value: &str| given.objects().any(|object| object.value == value);
    let told = [is_answered(first), is_answered(second)];
    // Both were asked for, and both were answered.
    if found.may_be_list && told == [true, true] {
        return None;
    }
    let has_list = given.objects().any(|object| object.listed);
    let has_own = is_own(first) != is_own(second);
    if found.may_be_list && !has_own && (has_list || told == [false, false]) {
        return None;
    }
    let mut evidence = vec![call.request_line()];
    for (place, value) in found.places.iter().zip(&found.values) {
        let own = if is_own(value) { ", the one who asks" } else { "" };
        evidence.push(call.asked("id", format!("{}: {}{own}", shortened(place), quoted(value))));
    }
    evidence.extend(call.status());
    let about = match told {
        [true, false] => Some(first),
        [false, true] => Some(second),
        _ => None,
    };
    evidence.extend(about.map(|value| call.answered("answer-about", quoted(value))));
    let title = format!(
        "A request to {} names {} twice, with different ids",
        call.label(),
        shortened(&found.what)
    );
    let draft = Draft {
        key: format!("{} {}", found.places[0], found.places[1]),
        confidence: Confidence::Likely,
        title,
        evidence,
        alternatives: alternatives(&[
            "a request that is about two objects of this kind",
            "an API that takes several ids under one name",
        ]),
    };
    Some(draft.on(&RULE, call))
}

//! `app/impersonated-by-script`: a request says that a phone sent it, and a script did.

mod claim;
mod program;

use dissect::Record;

use self::claim::Claim;
use self::program::{By, Kind, Program};
use super::known;
use crate::call::Call;
use crate::call::quote::shortened;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "app/impersonated-by-script",
    title: "A script says that it is the app",
    severity: Severity::High,
    surface: Surface::App,
    needs: &[Need::Exchanges],
    references: &["OWASP API6:2023", "OAT-020", "CWE-290", "MASVS-RESILIENCE-2", "ATT&CK T1036"],
    explanation: "The User-Agent names the app or a phone's HTTP stack, but what else the client \
        sent is not what that stack sends: the cipher suites of its TLS, how it sets up HTTP/2, the \
        order of pseudo fields, which headers it adds and where. A header can be written by anybody; \
        the rest belongs to the program. Bots that test stolen passwords, scrape or play the API do \
        this. By itself it is low, for testers and partners write scripts too; it is high where a \
        baseline with a named app (learn --app) says how the genuine app looks, and this is not it.",
    evidence: "The User-Agent; JA4, HTTP/2 settings or headers with the program that they belong to \
        (crates/detect/data/clients.toml, measured); and what the claimed stack would have sent.",
    false_positives: "An app with a network stack of its own, such as libcurl or a Rust or Go library \
        compiled in, whose User-Agent names another. A proxy between phone and server: then the \
        server sees the proxy's TLS with the app's headers. Tests of the app's own team.",
    fix: "Do not trust the User-Agent. Let the app prove what it is: attestation of app and device \
        (Play Integrity, App Attest) bound to the request, and mutual TLS or signed requests with \
        keys that are not in the app's package. Learn a baseline of the genuine app.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::EXCHANGE,
    build: || Box::new(ImpersonatedByScript),
};

/// Stateless: every request is judged by itself.
struct ImpersonatedByScript;

impl Detector for ImpersonatedByScript {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        scene.sightings.extend(judge(call, scene));
    }
}

fn judge(call: &Call<'_>, scene: &Scene<'_>) -> Option<Sighting> {
    let agent = call.header("user-agent")?;
    let claim = Claim::of(agent)?;
    let recognised = program::recognise(call);
    if recognised.iter().any(|(_, program)| program.kind == Kind::Interceptor) {
        return None;
    }
    let stands = known::standing(call, &scene.known.baseline);
    // What was seen in clean captures is what it is.
    if stands == known::Standing::Known {
        return None;
    }
    let telling: Vec<_> =
        recognised.into_iter().filter(|(by, program)| tells(claim, *by, program)).collect();
    let contradictions = claim.contradictions(call);
    if telling.is_empty() && contradictions.is_empty() {
        return None;
    }
    let kinds = telling.len().saturating_add(usize::from(!contradictions.is_empty()));
    let confidence = if kinds > 1 { Confidence::Certain } else { Confidence::Likely };
    let name = name(&telling);
    let key = [name, "\n", claim.words()].concat();
    // A program that asks does so again and again.
    let client = call.record.flow.as_ref().map(|flow| flow.client.address);
    let draft = match scene.ledger.knows(&RULE, client, call.host(), &key) {
        true => Draft::again(key, confidence),
        false => {
            let mut evidence =
                vec![call.request_line(), call.asked("user-agent", shortened(agent))];
            evidence.extend(telling.iter().map(|(by, program)| quote(call, *by, program)));
            evidence.extend(contradictions);
            let title =
                format!("{} was called by {name} that says it is {}", call.label(), claim.words());
            let alternatives = alternatives(&[
                "a proxy between client and server, whose own TLS and headers these are",
                "an app that brings a network library of its own",
                "a test of the app's own team",
            ]);
            Draft { key, confidence, title, evidence, alternatives }
        }
    };
    let mut sighting = draft.on(&RULE, call);
    if stands != known::Standing::Unknown {
        sighting.severity = Severity::Low;
    }
    Some(sighting)
}

/// Whether such a program cannot be what is claimed.
fn tells(claim: Claim, by: By, program: &Program) -> bool {
    match (program.kind, claim) {
        // Written by hand, headers may begin in any way; the claimed stack's own rules say more.
        _ if by == By::Headers => claim == Claim::OkHttp,
        (Kind::Script, _) => true,
        // Apps do bring libcurl and OpenSSL along, but these stacks do not use them.
        (Kind::Tool, Claim::App) => false,
        (Kind::Tool, _) => true,
        (Kind::Interceptor, _) => false,
    }
}

/// What a title calls the program: what HTTP says is more special than what TLS says, unless it is
/// of another kind; a request that was written by hand may begin like curl's.
fn name(telling: &[(By, &'static Program)]) -> &'static str {
    let by = |wanted: By| telling.iter().find(|(by, _)| *by == wanted).map(|(_, program)| *program);
    let tls = by(By::Tls);
    let fits = |program: &&Program| tls.is_none_or(|tls| tls.kind == program.kind);
    let special = by(By::Http2).or(by(By::Headers)).filter(fits);
    special.or(tls).map_or("another program", |program| program.name.as_str())
}

fn quote(call: &Call<'_>, by: By, program: &Program) -> Evidence {
    let identity = call.identity();
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let name = &program.name;
    match by {
        By::Tls => call.asked("ja4", format!("{}: {name}", text(&identity.ja4))),
        By::Http2 => call.asked("http2", format!("{}: {name}", text(&identity.http2))),
        By::Headers => {
            let names = call.request().headers.0.iter().map(|field| field.name.as_str());
            let names: Vec<&str> = names.take(8).collect();
            call.asked("headers", format!("{}: {name}", shortened(&names.join(", "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::{Draft as Exchange, Pair, asked};

    const APP: Pair = ("User-Agent", "ShopApp/5.2.1 (Android 14; Pixel 8) okhttp/4.12.0");

    fn raised(exchange: Exchange) -> Vec<Sighting> {
        sightings(&mut ImpersonatedByScript, &Known::default(), &[exchange.record()])
    }

    fn request(headers: &[Pair]) -> Exchange {
        asked("GET", "http://api.shop.test/v1/feed", headers, "").answer(200, &[], "")
    }

    #[test]
    fn headers_of_a_script_under_the_name_of_okhttp() {
        let python = [
            APP,
            ("Accept-Encoding", "gzip, deflate"),
            ("Accept", "*/*"),
            ("Connection", "keep-alive"),
        ];
        let raised = raised(request(&python));
        assert_eq!(raised.len(), 1);
        assert_eq!(
            (raised[0].severity, raised[0].confidence),
            (Severity::Low, Confidence::Certain)
        );
        assert!(raised[0].title.contains("Python requests"), "{}", raised[0].title);
    }

    #[test]
    fn pseudo_fields_of_another_library() {
        for (order, count) in [("masp", 1), ("mpas", 0)] {
            let found = raised(request(&[APP]).over_http2(7, order));
            assert_eq!(found.len(), count, "{order}");
        }
    }

    #[test]
    fn okhttp_itself_is_not() {
        // In the order of OkHttp: the app's headers, then its own.
        let own = asked(
            "GET",
            "/v1/feed",
            &[
                APP,
                ("Accept", "application/json"),
                ("Host", "api.shop.test"),
                ("Connection", "Keep-Alive"),
                ("Accept-Encoding", "gzip"),
            ],
            "",
        );
        assert!(raised(own).is_empty());
        let default = [
            ("Connection", "Keep-Alive"),
            ("Accept-Encoding", "gzip"),
            ("User-Agent", "okhttp/4.12.0"),
        ];
        assert!(raised(request(&default)).is_empty());
        // One oddity may be the app's own doing.
        let set = [("Connection", "close"), ("Accept-Encoding", "gzip"), APP];
        assert!(raised(request(&set)).is_empty());
    }

    #[test]
    fn who_does_not_claim_anything_is_not() {
        for agent in ["python-requests/2.32", "curl/8.5.0", "MyBackend/1.0", "Mozilla/5.0 (X11)"] {
            let headers = [("User-Agent", agent), ("Accept-Encoding", "gzip, deflate")];
            assert!(raised(request(&headers)).is_empty(), "{agent}");
        }
    }
}

//! What `interloper records` says about a capture, and its values field by field.
//!
//! Contract: values come in the normal form of `normal.rs`, one per session (or certificate) that
//! states the field; what a session does not state gives no value.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::normal;
use crate::vector::{Field, FlowKey, INCOMPLETE, Place};

/// The records of one capture, by kind.
#[derive(Debug, Default)]
pub(crate) struct Ours {
    sessions: Vec<Session>,
    certificates: Vec<(FlowKey, Value)>,
    flows: Vec<(FlowKey, Value)>,
    messages: Vec<Value>,
    community_ids: Vec<String>,
}

/// A `tls` or `quic` event.
#[derive(Debug)]
struct Session {
    key: FlowKey,
    event: Value,
}

impl Session {
    /// The part of the event that the event type names.
    fn body(&self) -> &Value {
        self.event["event_type"].as_str().map_or(&Value::Null, |kind| &self.event[kind])
    }
}

impl Ours {
    /// Reads JSON Lines. A line that is none, or lacks EVE's head, is an error.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut ours = Self::default();
        for line in text.lines() {
            let event: Value = serde_json::from_str(line)
                .map_err(|error| format!("records: not JSON ({error}): {line}"))?;
            if let Some(id) = event["community_id"].as_str() {
                ours.community_ids.push(id.to_owned());
            }
            let key = flow_key(&event);
            match (event["event_type"].as_str(), key) {
                (Some("tls" | "quic"), Some(key)) => ours.sessions.push(Session { key, event }),
                (Some("x509"), Some(key)) => ours.certificates.push((key, event)),
                (Some("flow"), Some(key)) => ours.flows.push((key, event)),
                (Some("dns" | "http"), Some(_)) => ours.messages.push(event),
                // Messages about the link are compared with nobody's.
                (Some("arp" | "dhcp" | "icmp" | "redundancy" | "websocket" | "weird"), _) => {}
                (Some("flow"), None) => {}
                (kind, _) => return Err(format!("records: no flow in a {kind:?} event: {line}")),
            }
        }
        Ok(ours)
    }

    /// Whether a flow with this key was seen.
    pub(crate) fn has_flow(&self, key: &FlowKey) -> bool {
        self.flows.iter().any(|(flow, _)| flow == key)
            || self.sessions.iter().any(|session| &session.key == key)
    }

    /// Whether there is any TLS or QUIC session.
    pub(crate) fn has_sessions(&self) -> bool {
        !self.sessions.is_empty()
    }

    /// Our values of a field.
    pub(crate) fn values(&self, place: &Place, field: &Field) -> Vec<String> {
        match field {
            Field::Sessions => vec![self.sessions_at(place).count().to_string()],
            Field::Events(matches) => vec![self.count_events(matches).to_string()],
            Field::Exchanges => self.messages.iter().filter_map(exchange).collect(),
            Field::Questions => self.messages.iter().flat_map(questions).collect(),
            Field::CommunityId => self.community_ids.clone(),
            Field::Requests => self.counted(place, |event| request(event).into_iter().collect()),
            Field::Responses => self.counted(place, |event| response(event).into_iter().collect()),
            Field::HttpFlows => {
                let whole =
                    self.messages.iter().filter(|event| event["http"]["incomplete"].is_null());
                let keys = whole.filter(|event| event.get("http").is_some()).filter_map(flow_key);
                let keys: BTreeSet<FlowKey> = keys.collect();
                keys.iter().map(FlowKey::to_string).collect()
            }
            Field::Contents => self.counted(place, contents),
            Field::Chain => self.sessions_at(place).filter_map(|s| self.chain(&s.key)).collect(),
            Field::Certificates => self.hashes(place, "sha256"),
            _ => match place {
                Place::Certificate(hash) => {
                    let values = self.certificates_of(hash);
                    values.flat_map(|body| certificate_values(body, field)).collect()
                }
                Place::Capture | Place::Flow(_) => {
                    self.sessions_at(place).flat_map(|s| session_values(s, field)).collect()
                }
            },
        }
    }

    fn sessions_at(&self, place: &Place) -> impl Iterator<Item = &Session> {
        self.sessions.iter().filter(move |session| match place {
            Place::Flow(key) => &session.key == key,
            Place::Capture | Place::Certificate(_) => true,
        })
    }

    /// Certificates with this hash; all sightings of one certificate are the same, so one is given.
    fn certificates_of(&self, hash: &str) -> impl Iterator<Item = &Value> {
        let algorithm = if hash.len() == 40 { "sha1" } else { "sha256" };
        let bodies = self.certificates.iter().map(|(_, event)| &event["x509"]);
        bodies
            .filter(move |body| body[algorithm].as_str().map(normal::hex).as_deref() == Some(hash))
            .take(1)
    }

    /// What the HTTP messages of a flow say; of a capture, how many do.
    fn counted(&self, place: &Place, values: fn(&Value) -> Vec<String>) -> Vec<String> {
        let events = self.messages.iter().filter(|event| match place {
            Place::Flow(key) => flow_key(event).as_ref() == Some(key),
            Place::Capture | Place::Certificate(_) => true,
        });
        let values: Vec<String> = events.flat_map(values).collect();
        match place {
            Place::Capture => {
                let incomplete = values.iter().filter(|value| value.ends_with(INCOMPLETE)).count();
                vec![format!("{}, {incomplete}{INCOMPLETE}", values.len())]
            }
            Place::Certificate(_) | Place::Flow(_) => values,
        }
    }

    fn hashes(&self, place: &Place, algorithm: &str) -> Vec<String> {
        let mine = self.certificates.iter().filter(|(key, _)| match place {
            Place::Flow(flow) => key == flow,
            Place::Capture | Place::Certificate(_) => true,
        });
        mine.filter_map(|(_, event)| Some(normal::hex(event["x509"][algorithm].as_str()?)))
            .collect()
    }

    /// The server's chain of the first session with this key.
    fn chain(&self, key: &FlowKey) -> Option<String> {
        let mut hashes = Vec::new();
        for (flow, event) in &self.certificates {
            let body = &event["x509"];
            if flow != key || body["sent_by"] == "client" {
                continue;
            }
            if body["position"].as_u64() != Some(hashes.len() as u64) {
                break;
            }
            hashes.push(normal::hex(body["sha256"].as_str()?));
        }
        (!hashes.is_empty()).then(|| hashes.join(","))
    }

    fn count_events(&self, matches: &serde_json::Map<String, Value>) -> usize {
        let sessions = self.sessions.iter().map(|session| &session.event);
        let events = sessions.chain(self.flows.iter().map(|(_, event)| event));
        events
            .filter(|event| {
                matches.iter().all(|(path, value)| lookup(event, path).is_some_and(|v| v == value))
            })
            .count()
    }
}

/// Method, target and status of an `http` event.
fn exchange(event: &Value) -> Option<String> {
    let http = event.get("http")?;
    let (method, url) = (http["http_method"].as_str()?, http["url"].as_str().unwrap_or_default());
    Some(normal::exchange(method, url, &http["status"].to_string()))
}

/// The request of an `http` event, in the normal form of `Field::Requests`.
fn request(event: &Value) -> Option<String> {
    let http = event.get("http")?;
    let (method, target) =
        (http["http_method"].as_str()?, http["url"].as_str().unwrap_or_default());
    let fields = http["request_headers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let named = |name: &str| {
        let named = |field: &&Value| {
            field["name"].as_str().is_some_and(|word| word.eq_ignore_ascii_case(name))
        };
        fields.iter().find(named).and_then(|field| field["value"].as_str())
    };
    // In HTTP/2 and 3 the authority is no field like others.
    let authority = match (http["stream"].as_u64(), http["hostname"].as_str()) {
        (Some(_), Some(host)) => match http["http_port"].as_u64() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        },
        _ => named("host").unwrap_or_default().to_lowercase(),
    };
    Some(format!("{}{method} {authority} {target}{}", stream(http), incomplete(http)))
}

/// The response of an `http` event, in the normal form of `Field::Responses`.
fn response(event: &Value) -> Option<String> {
    let http = event.get("http")?;
    Some(format!("{}{}{}", stream(http), http["status"].as_u64()?, incomplete(http)))
}

/// The whole contents of an `http` event, in the normal form of `Field::Contents`.
fn contents(event: &Value) -> Vec<String> {
    let sides = ["request", "response"].into_iter().filter_map(|side| {
        let body = event["http"].get(format!("{side}_body"))?;
        Some(format!("{side} {} {}", body["length"].as_u64()?, body["sha256"].as_str()?))
    });
    sides.collect()
}

/// The mark of an exchange that is not whole. It does not say which of its messages is not.
fn incomplete(http: &Value) -> &'static str {
    if http["incomplete"].is_null() { "" } else { INCOMPLETE }
}

/// The stream id of HTTP/2 and 3 with a blank.
fn stream(http: &Value) -> String {
    http["stream"].as_u64().map(|stream| format!("{stream} ")).unwrap_or_default()
}

/// Names and id of a `dns` event.
fn questions(event: &Value) -> Vec<String> {
    let dns = &event["dns"];
    let several = dns["queries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names = several.iter().chain(several.is_empty().then_some(dns));
    let names = names.filter_map(|question| question["rrname"].as_str());
    names.map(|name| format!("{} {name}", dns["id"])).collect()
}

/// `a.b[0].c` in an event.
fn lookup<'a>(event: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(event, |value, step| {
        let (name, index) = match step.split_once('[') {
            Some((name, index)) => (name, index.trim_end_matches(']').parse::<usize>().ok()),
            None => (step, None),
        };
        let value = value.get(name)?;
        index.map_or(Some(value), |index| value.get(index))
    })
}

fn flow_key(event: &Value) -> Option<FlowKey> {
    let port = |name: &str| event[name].as_u64().map(|port| port.to_string());
    let (source, destination) = (port("src_port")?, port("dest_port")?);
    FlowKey::parse(
        event["proto"].as_str()? == "UDP",
        (event["src_ip"].as_str()?, &source),
        (event["dest_ip"].as_str()?, &destination),
    )
}

fn session_values(session: &Session, field: &Field) -> Vec<String> {
    let body = session.body();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let flag = |value: &Value| value.as_bool().map(|set| if set { "T" } else { "F" }.to_owned());
    let list = |value: &Value| {
        let words: Vec<&str> = value.as_array()?.iter().filter_map(Value::as_str).collect();
        (!words.is_empty()).then(|| words.join(","))
    };
    let one = match field {
        Field::Alerts => {
            let alerts = body["alerts"].as_array().map(Vec::as_slice).unwrap_or_default();
            return alerts
                .iter()
                .filter_map(|alert| Some(alert["code"].as_u64()?.to_string()))
                .collect();
        }
        Field::AlpnChosen => list(&body["server_alpns"]),
        Field::AlpnOffered => list(&body["client_alpns"]),
        Field::Cipher => text(&body["cipher"]),
        Field::CipherNumber => body["server_handshake"]["cipher"].as_u64().map(|n| n.to_string()),
        Field::Curve => text(&body["curve"]).map(|curve| curve.to_lowercase()),
        Field::Established => flag(&body["established"]),
        Field::Issuer => text(&body["issuerdn"]).map(|dn| normal::name(&dn)),
        Field::Ja3 => text(&body["ja3"]["hash"]),
        Field::Ja3Text => text(&body["ja3"]["string"]),
        Field::Ja3s => text(&body["ja3s"]["hash"]),
        Field::Ja3sText => text(&body["ja3s"]["string"]),
        Field::Ja4 => text(&body["ja4"]),
        Field::Ja4Lists => text(&body["ja4"]).map(|ja4| normal::ja4_lists(&ja4)),
        Field::NotAfter => text(&body["notafter"]).map(|time| normal::moment(&time)),
        Field::NotBefore => text(&body["notbefore"]).map(|time| normal::moment(&time)),
        Field::QuicVersion => match session.event["event_type"].as_str() {
            Some("quic") => text(&body["version"]),
            _ => None,
        },
        Field::Resumed => Some(flag(&body["session_resumed"]).unwrap_or_else(|| String::from("F"))),
        Field::Serial => text(&body["serial"]).map(|serial| normal::serial(&serial)),
        Field::Sni => text(&body["sni"]).map(|sni| normal::host(&sni)),
        Field::Subject => text(&body["subject"]).map(|dn| normal::name(&dn)),
        // EVE's `quic.version` is QUIC's; what the ServerHello chose is there for both.
        Field::Version => text(&body["server_handshake"]["version"]).map(|v| normal::version(&v)),
        Field::Certificates
        | Field::Chain
        | Field::CommunityId
        | Field::Contents
        | Field::HttpFlows
        | Field::Events(_)
        | Field::Exchanges
        | Field::Key
        | Field::Questions
        | Field::Requests
        | Field::Responses
        | Field::San
        | Field::Sessions => None,
    };
    one.into_iter().collect()
}

fn certificate_values(body: &Value, field: &Field) -> Vec<String> {
    let one = match field {
        Field::Issuer => body["issuer"].as_str().map(normal::name),
        Field::Key => {
            let (kind, bits) = (body["key"]["algorithm"].as_str(), body["key"]["bits"].as_u64());
            kind.zip(bits).map(|(kind, bits)| format!("{kind}{bits}"))
        }
        Field::NotAfter => body["notafter"].as_str().map(normal::moment),
        Field::NotBefore => body["notbefore"].as_str().map(normal::moment),
        Field::San => {
            let names = body["san"].as_array().map(Vec::as_slice).unwrap_or_default();
            let names = names.iter().filter_map(Value::as_str);
            let names = names.map(|name| name.split_once(':').map_or(name, |(_, name)| name));
            return names.map(normal::alternative).collect();
        }
        Field::Serial => body["serial"].as_str().map(normal::serial),
        Field::Subject => body["subject"].as_str().map(normal::name),
        _ => None,
    };
    one.into_iter().collect()
}

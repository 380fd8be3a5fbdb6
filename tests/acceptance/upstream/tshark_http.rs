//! HTTP as tshark 4.0 sees it, live: each message of HTTP/1 and HTTP/2 with its content, in the
//! clear or with a key log; of HTTP/3 the number of messages, which is all that this release shows.
//!
//! Left out: interim responses (1xx but 101), which are not exchanges; promised requests; content
//! that tshark has not whole.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};

use super::Builder;
use super::pdml::{Event, Field as Node, events};
use crate::runs::for_each;
use crate::shared::Shared;
use crate::tsv::Table;
use crate::vector::{Field, FlowKey, Place, Relation, Vector};

const SOURCE: &str = "tshark-http";

/// A flow as lines of normal form.
#[derive(Debug, Default)]
struct Flow {
    requests: Vec<String>,
    responses: Vec<String>,
    contents: Vec<String>,
}

/// Vectors of a live run over these captures.
pub(crate) fn live(shared: &Shared, captures: &[String]) -> Vec<Vector> {
    let per_capture = for_each(captures, |capture| {
        let text = dissect(&shared.path(capture), shared.key_log(capture).as_deref());
        vectors(capture, &flows(&text))
    });
    per_capture.into_iter().flatten().collect()
}

/// Vectors of the recorded numbers.
pub(crate) fn recorded(shared: &Shared) -> Vec<Vector> {
    let table = Table::parse(include_str!("../tshark-http.tsv"));
    let mut vectors = Vec::new();
    for row in table.rows().filter(|row| shared.path(row["capture"]).is_file()) {
        let mut builder = Builder::new(SOURCE, row["capture"], Place::Capture);
        builder.one(Field::Requests, row["requests"], Relation::Whole);
        builder.one(Field::Responses, row["responses"], Relation::Whole);
        vectors.extend(builder.done());
    }
    vectors
}

/// The table of recorded numbers, made anew from live vectors.
pub(crate) fn record(vectors: &[Vector]) -> String {
    let count = |field: Field| {
        move |vector: &&Vector| vector.field == field && vector.place == Place::Capture
    };
    let requests = vectors.iter().filter(count(Field::Requests));
    let responses = vectors.iter().filter(count(Field::Responses));
    let lines = requests.zip(responses).map(|(requests, responses)| {
        let numbers = [&requests.expected, &responses.expected].map(|values| values.concat());
        format!("{}\t{}\n", requests.capture, numbers.join("\t"))
    });
    lines.fold(String::from("capture\trequests\tresponses\n"), |table, line| table + &line)
}

fn vectors(capture: &str, flows: &BTreeMap<FlowKey, Flow>) -> Vec<Vector> {
    let mut whole = Builder::new(SOURCE, capture, Place::Capture);
    let sum = |count: fn(&Flow) -> usize| flows.values().map(count).sum::<usize>().to_string();
    whole.one(Field::Requests, sum(|flow| flow.requests.len()), Relation::Whole);
    whole.one(Field::Responses, sum(|flow| flow.responses.len()), Relation::Whole);
    let keys = flows.keys().map(FlowKey::to_string).collect();
    whole.all(Field::HttpFlows, keys, Relation::Within);
    let mut vectors = whole.done();
    for (key, flow) in flows {
        let mut builder = Builder::new(SOURCE, capture, Place::Flow(key.clone()));
        let lists = [(Field::Requests, &flow.requests), (Field::Responses, &flow.responses)];
        for (field, values) in lists {
            // What this release does not show of HTTP/3 has no text.
            if values.iter().all(|value| !value.is_empty()) {
                builder.all(field, values.clone(), Relation::Whole);
            }
        }
        // It shows no content with a coding that it was not asked to take off.
        builder.all(Field::Contents, flow.contents.clone(), Relation::Contains);
        vectors.extend(builder.done());
    }
    vectors
}

/// tshark's dissection of all packets in which a message ends. HTTP/2's DATA frames need no
/// reassembly; what is inside TLS or TCP does, which the defaults do but for segments out of order.
fn dissect(capture: &Path, key_log: Option<&Path>) -> String {
    let mut command = Command::new("tshark");
    command.args(["-n", "-T", "pdml", "-J", "ip ipv6 tcp udp http http2 http3"]);
    command.args(["-Y", "http or http2 or http3", "-o", "http.decompress_body:FALSE"]);
    command.args(["-o", "tcp.reassemble_out_of_order:TRUE"]);
    if let Some(file) = key_log {
        command.arg("-o").arg(format!("tls.keylog_file:{}", file.display()));
    }
    let output = command.arg("-r").arg(capture).output().expect("tshark runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// One HTTP/1 message, or one frame of HTTP/2 or 3.
#[derive(Debug, Default)]
struct Message {
    method: Option<String>,
    authority: String,
    target: String,
    status: Option<u64>,
    content: Option<Vec<u8>>,
    joined: Option<Vec<u8>>,
    content_length: Option<u64>,
    stream: Option<u64>,
    length: u64,
    kind: Option<u64>,
    ends: bool,
    headers_of_http3: bool,
}

/// Addresses and ports of a packet; with several headers (tunnels) the innermost count.
#[derive(Clone, Debug, Default)]
struct Addresses {
    udp: bool,
    source: String,
    destination: String,
    ports: [String; 2],
}

impl Addresses {
    fn key(&self) -> Option<FlowKey> {
        let [from, to] = &self.ports;
        FlowKey::parse(self.udp, (&self.source, from), (&self.destination, to))
    }

    fn see(&mut self, node: &Node<'_>) {
        match node.name {
            "ip.src" | "ipv6.src" => self.source = node.text(),
            "ip.dst" | "ipv6.dst" => self.destination = node.text(),
            "tcp.srcport" | "udp.srcport" => {
                self.udp = node.name.starts_with("udp");
                self.ports[0] = node.text();
            }
            "tcp.dstport" | "udp.dstport" => self.ports[1] = node.text(),
            _ => {}
        }
    }
}

/// What an HTTP/2 stream has said so far in one direction.
type Streams = BTreeMap<(FlowKey, u64, bool), Heard>;

/// Content of an HTTP/2 message.
#[derive(Debug, Default)]
struct Heard {
    bytes: Vec<u8>,
    /// Its content-length field.
    announced: Option<u64>,
    whole: bool,
}

/// Who is the client of a flow: the address and port that sent a request.
type Clients = BTreeMap<FlowKey, (String, String)>;

fn flows(text: &str) -> BTreeMap<FlowKey, Flow> {
    let mut reader = Reader::default();
    for event in events(text) {
        match event {
            Event::Packet => {
                reader.end_message();
                reader.addresses = Addresses::default();
            }
            Event::Protocol(name) => {
                reader.end_message();
                reader.layer = ["http", "http2", "http3"].into_iter().find(|layer| *layer == name);
            }
            Event::Field(node) => reader.field(&node),
        }
    }
    reader.end_message();
    reader.flows
}

#[derive(Debug, Default)]
struct Reader {
    addresses: Addresses,
    layer: Option<&'static str>,
    message: Message,
    flows: BTreeMap<FlowKey, Flow>,
    streams: Streams,
    clients: Clients,
}

impl Reader {
    fn field(&mut self, node: &Node<'_>) {
        let message = &mut self.message;
        let number = node.number();
        match (self.layer, node.name) {
            (None, _) => self.addresses.see(node),
            (_, "http.request.method" | "http2.headers.method") => {
                message.method = Some(node.text());
            }
            (_, "http.host" | "http2.headers.authority") if message.authority.is_empty() => {
                message.authority = node.text();
            }
            (_, "http.request.uri" | "http2.headers.path") => message.target = node.text(),
            (_, "http.response.code" | "http2.headers.status") => message.status = number,
            (_, "http.content_length") => message.content_length = number,
            (_, "http.file_data") => message.content = Some(node.bytes()),
            // Several frames of one TLS record are several fields of one protocol.
            (_, "http2.stream") => self.end_message(),
            (_, "http2.type") => message.kind = number,
            (_, "http2.streamid") => message.stream = message.stream.or(number),
            (_, "http2.flags.end_stream") => message.ends = number == Some(1),
            (_, "http2.length") => message.length = number.unwrap_or_default(),
            (_, "http2.headers.content_length") => message.content_length = number,
            // In a stream's last frame all of its data come joined under the same name, and without
            // their content coding if they have one.
            (_, "http2.data.data") => {
                let bytes = node.bytes();
                let joined = bytes.len() as u64 != message.length;
                *(if joined { &mut message.joined } else { &mut message.content }) = Some(bytes);
            }
            (_, "http3.frame_type") if number == Some(1) => message.headers_of_http3 = true,
            _ => {}
        }
    }

    fn end_message(&mut self) {
        let message = std::mem::take(&mut self.message);
        let (layer, key) = (self.layer, self.addresses.key());
        match (layer, key) {
            (Some("http"), Some(key)) => self.plain(key, message),
            (Some("http2"), Some(key)) => self.frame(key, message),
            (Some("http3"), Some(key)) if message.headers_of_http3 => self.headers(key),
            _ => {}
        }
    }

    /// HTTP/1.
    fn plain(&mut self, key: FlowKey, message: Message) {
        let flow = self.flows.entry(key).or_default();
        let from_client = match (&message.method, message.status) {
            (Some(method), _) => {
                flow.requests.push(request("", method, &message.authority, &message.target));
                true
            }
            (None, Some(status)) if status >= 200 || status == 101 => {
                flow.responses.push(status.to_string());
                false
            }
            _ => return,
        };
        if let Some(bytes) = message.content
            && message.content_length.is_none_or(|length| length == bytes.len() as u64)
        {
            flow.contents.extend(content(from_client, &bytes));
        }
    }

    /// HTTP/2.
    fn frame(&mut self, key: FlowKey, message: Message) {
        const PUSH_PROMISE: u64 = 5;
        let Some(stream) = message.stream.filter(|_| message.kind != Some(PUSH_PROMISE)) else {
            return;
        };
        let sender = (self.addresses.source.clone(), self.addresses.ports[0].clone());
        let flow = self.flows.entry(key.clone()).or_default();
        if let Some(method) = &message.method {
            self.clients.insert(key.clone(), sender.clone());
            let stream = format!("{stream} ");
            flow.requests.push(request(&stream, method, &message.authority, &message.target));
        }
        if let Some(status) = message.status.filter(|status| *status >= 200) {
            flow.responses.push(format!("{stream} {status}"));
        }
        let from_client = self.clients.get(&key) == Some(&sender);
        let heard = self.streams.entry((key, stream, from_client)).or_default();
        heard.announced = message.content_length.or(heard.announced);
        let length = heard.bytes.len() as u64 + message.length;
        match (message.content, message.joined) {
            (Some(content), _) => heard.bytes.extend(content),
            (None, Some(joined)) if joined.len() as u64 == length => heard.bytes = joined,
            // Decoded or padded: what was sent is not shown.
            (None, Some(_)) => heard.whole = true,
            (None, None) => {}
        }
        // Whole without an end, if it is as long as was announced.
        let whole = message.ends || heard.announced == Some(heard.bytes.len() as u64);
        if whole && !std::mem::replace(&mut heard.whole, whole) {
            flow.contents.extend(content(from_client, &heard.bytes));
        }
    }

    /// HTTP/3: a HEADERS frame. The first that is seen is a request.
    fn headers(&mut self, key: FlowKey) {
        let sender = (self.addresses.source.clone(), self.addresses.ports[0].clone());
        let client = self.clients.entry(key.clone()).or_insert_with(|| sender.clone());
        let from_client = *client == sender;
        let flow = self.flows.entry(key).or_default();
        let messages = if from_client { &mut flow.requests } else { &mut flow.responses };
        messages.push(String::new());
    }
}

/// A request in normal form.
fn request(stream: &str, method: &str, authority: &str, target: &str) -> String {
    format!("{stream}{method} {} {target}", authority.to_lowercase())
}

/// Content in normal form; none is not told apart from empty one.
fn content(from_client: bool, bytes: &[u8]) -> Option<String> {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let who = if from_client { "request" } else { "response" };
    (!bytes.is_empty()).then(|| format!("{who} {} {hex}", bytes.len()))
}

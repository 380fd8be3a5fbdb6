//! A call: an exchange as detectors of requests see it. Who sent it, on whose behalf, what it asks
//! for, which objects it names, what of it should be used once, and what the server made of it.
//!
//! These are readings, not judgements: names and values are guessed from what APIs commonly use,
//! and what the policy says of the host ([`Api`]) goes before every guess. Each part is worked out
//! when somebody asks for it, once for all detectors.
//!
//! ```text
//! mod.rs         the call, and the evidence that it gives
//! source.rs      which machine and program sent it
//! principal.rs   on whose behalf
//! content.rs     all that it asks for, in short
//! route.rs       what is asked: method, host, and the path without its ids
//! ids.rs         the objects that it names
//! path_ids.rs    those that paths name
//! graphql.rs     those that GraphQL names
//! connections.rs what the calls of a connection have in common
//! kinds.rs       what words say of whose they are
//! given.rs       the objects that the answer names, and whose they are
//! said.rs        what it says of itself: that it failed
//! names.rs       what names say, remembered
//! marks.rs       nonces, timestamps, signatures: what should be used once
//! login.rs       user names and passwords, and whether they were taken
//! tokens.rs      JSON Web Tokens in it
//! viewer.rs      who looks at objects: the principal, his names, whether he may see everything
//! outcome.rs     what the server made of it
//! quote.rs       text for evidence, without secrets
//! secrets.rs     what names and values say about secrets
//! text_ids.rs    what looks like an id anywhere in a text
//! ```

pub(crate) mod connections;
pub(crate) mod content;
pub(crate) mod given;
mod graphql;
pub(crate) mod ids;
pub(crate) mod kinds;
pub(crate) mod login;
pub(crate) mod marks;
pub(crate) mod names;
pub(crate) mod outcome;
mod path_ids;
pub(crate) mod principal;
pub(crate) mod quote;
pub(crate) mod route;
pub(crate) mod said;
pub(crate) mod secrets;
pub(crate) mod source;
mod text_ids;
pub(crate) mod tokens;
pub(crate) mod viewer;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::net::IpAddr;
use std::sync::Arc;

use dissect::http::values::{self, Field, Fields};
use dissect::http::{ClientIdentity, Credential, Scheme};
use dissect::{Exchange, Fact, PacketSpan, Record, Request, Response, Timestamp};

use crate::digest::Key;
use crate::finding::{Evidence, Subject};
use crate::policy::{Api, Policy, UNKNOWN};

use connections::{Connections, Shared};
use given::Given;
use ids::ObjectId;
use login::Login;
use marks::Mark;
use names::Names;
use outcome::Outcome;
use principal::Principal;
use quote::{normal_host, quote, request_line};
use said::Said;
use source::Source;
use tokens::Token;
use viewer::Viewer;

/// An exchange, read on demand.
pub(crate) struct Call<'a> {
    /// Its record.
    pub(crate) record: &'a Record,
    /// What was asked and answered.
    pub(crate) exchange: &'a Arc<Exchange>,
    /// What the policy says of the host.
    pub(crate) api: &'a Api,
    parts: Parts<'a>,
}

/// What was worked out so far.
#[derive(Default)]
struct Parts<'a> {
    answer_fields: OnceCell<Fields>,
    content: OnceCell<Option<Key>>,
    fields: OnceCell<Vec<Field>>,
    given: OnceCell<Given>,
    host: OnceCell<Cow<'a, str>>,
    ids: OnceCell<Vec<ObjectId>>,
    login: OnceCell<Option<Login>>,
    marks: OnceCell<Vec<Mark>>,
    path: OnceCell<&'a str>,
    /// What is known of names, where somebody remembers it.
    names: Option<&'a RefCell<Names>>,
    route: OnceCell<String>,
    said: OnceCell<Said>,
    /// What it has in common with others of its connection, where somebody remembers it.
    shared: OnceCell<Shared>,
}

impl<'a> Call<'a> {
    /// The call of a record; `None` unless it is an exchange.
    pub(crate) fn of(record: &'a Record, policy: &'a Policy) -> Option<Self> {
        let Fact::Exchange(exchange) = &record.fact else { return None };
        let mut call = Self { record, exchange, api: &UNKNOWN, parts: Parts::default() };
        call.api = policy.api(call.host().unwrap_or_default());
        Some(call)
    }

    /// The same with what others of its connection know of the client, and with what is known of
    /// names.
    pub(crate) fn among(
        mut self,
        connections: &mut Connections,
        names: &'a RefCell<Names>,
    ) -> Self {
        self.parts.names = Some(names);
        self.parts.shared = OnceCell::from(connections.of(&self));
        self
    }

    /// What it has in common with others: nothing, where nobody remembers it.
    fn shared(&self) -> &Shared {
        self.parts.shared.get_or_init(Shared::default)
    }

    /// Reads with what is known of names; with nothing if nobody remembers it, or somebody reads.
    fn with_names<T>(&self, read: impl FnOnce(&mut Names) -> T) -> T {
        match self.parts.names.map(RefCell::try_borrow_mut) {
            Some(Ok(mut names)) => read(&mut names),
            _ => read(&mut Names::default()),
        }
    }

    /// Whether anybody on the way could read along; if not, keys opened it.
    pub(crate) fn is_plain(&self) -> bool {
        self.exchange.scheme() == Scheme::Http
    }

    /// What was asked.
    pub(crate) fn request(&self) -> &'a Request {
        &self.exchange.request
    }

    /// What was answered.
    pub(crate) fn response(&self) -> Option<&'a Response> {
        self.exchange.response.as_ref()
    }

    /// When the request began.
    pub(crate) fn asked_at(&self) -> Timestamp {
        self.request().packets.first.timestamp
    }

    /// When the response was complete; of a request without one, when the request was.
    pub(crate) fn answered_at(&self) -> Timestamp {
        let span = self.response().map_or(self.request().packets, |response| response.packets);
        span.last.timestamp
    }

    /// The host asked for, in lower case and without the root's dot.
    pub(crate) fn host(&self) -> Option<&str> {
        let host = || self.exchange.host().map(normal_host).unwrap_or_default();
        Some(&**self.parts.host.get_or_init(host)).filter(|host| !host.is_empty())
    }

    /// [`Request::path`].
    pub(crate) fn path(&self) -> &'a str {
        self.parts.path.get_or_init(|| self.exchange.request.path())
    }

    /// Whether the method only reads (RFC 9110 section 9.2.1).
    pub(crate) fn is_safe(&self) -> bool {
        matches!(self.request().method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }

    /// The fields of query and body.
    pub(crate) fn fields(&self) -> &[Field] {
        self.parts.fields.get_or_init(|| values::of_request(self.request()))
    }

    /// The fields of the response's body.
    pub(crate) fn answer_fields(&self) -> &Fields {
        self.parts.answer_fields.get_or_init(|| {
            let response = self.response();
            response.map(|said| Fields::of_body(&said.headers, &said.body)).unwrap_or_default()
        })
    }

    /// What the answer says of itself, whatever its status.
    pub(crate) fn said(&self) -> Said {
        // Of what was accepted it will be asked what it gives.
        if self.parts.said.get().is_none() && self.outcome() == Outcome::Accepted {
            self.given();
        }
        *self.parts.said.get_or_init(|| Said::of(self.answer_fields()))
    }

    /// All credentials of the request and its connection.
    pub(crate) fn credentials(&self) -> &[Credential] {
        self.shared().asker.credentials.get_or_init(|| self.exchange.credentials())
    }

    /// On whose behalf it was sent, if the request shows it.
    pub(crate) fn principal(&self) -> Option<&Principal> {
        self.shared().asker.principal.get_or_init(|| Principal::of(self)).as_ref()
    }

    /// Which machine and program sent it.
    pub(crate) fn source(&self) -> Source<'_> {
        Source::of(self)
    }

    /// The address of the client; `None` where not known, as of every one in a HAR file.
    pub(crate) fn client(&self) -> Option<IpAddr> {
        let client = self.record.flow.as_ref().map(|flow| flow.client.address);
        client.filter(|address| !address.is_unspecified())
    }

    /// Stands for the machine and program that sent it: [`Source::key`].
    pub(crate) fn source_key(&self) -> Key {
        *self.shared().client.key.get_or_init(|| self.source().key())
    }

    /// Fingerprints of the client's libraries.
    pub(crate) fn identity(&self) -> &ClientIdentity {
        self.shared().client.identity.get_or_init(|| self.exchange.client())
    }

    /// Who looks at objects.
    pub(crate) fn viewer(&self) -> &Viewer {
        self.shared().asker.viewer.get_or_init(|| Viewer::of(self))
    }

    /// What evidence and titles call who looks.
    pub(crate) fn viewer_label(&self) -> String {
        viewer::label(self)
    }

    /// Method, host, and the path with `{}` for ids: `GET api.shop.test /v1/orders/{}`.
    pub(crate) fn route(&self) -> &str {
        self.parts.route.get_or_init(|| route::of(self))
    }

    /// What the request asks for, in short: method, host, path, query and content. `None` if not all
    /// of it was seen.
    pub(crate) fn content(&self) -> Option<Key> {
        *self.parts.content.get_or_init(|| content::key(self))
    }

    /// The digests of its credentials, in order.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &[u8]> {
        self.credentials().iter().map(|shown| &shown.digest[..])
    }

    /// The objects that the request names.
    pub(crate) fn ids(&self) -> &[ObjectId] {
        self.parts.ids.get_or_init(|| ids::of(self))
    }

    /// The ids that the answer gives, and whose the objects are.
    pub(crate) fn given(&self) -> &Given {
        self.parts.given.get_or_init(|| {
            let (given, said) = Given::of(self);
            // What reads all fields hears that, too.
            self.parts.said.get_or_init(|| said);
            given
        })
    }

    /// What of the request should be used once.
    pub(crate) fn marks(&self) -> &[Mark] {
        self.parts.marks.get_or_init(|| marks::of(self))
    }

    /// The login that it is, if it is one.
    pub(crate) fn login(&self) -> Option<&Login> {
        self.parts.login.get_or_init(|| Login::of(self)).as_ref()
    }

    /// JSON Web Tokens that the request shows.
    pub(crate) fn tokens(&self) -> &[Token] {
        self.shared().asker.tokens.get_or_init(|| tokens::of(self))
    }

    /// What the server made of it.
    pub(crate) fn outcome(&self) -> Outcome {
        Outcome::of(self)
    }

    /// What a title calls the host.
    pub(crate) fn label(&self) -> String {
        self.subject().label()
    }

    /// Whom it is about.
    pub(crate) fn subject(&self) -> Subject {
        Subject { host: self.host().map(str::to_owned), ..self.endpoint() }
    }

    /// The same without the host: for findings about the machine that answered.
    pub(crate) fn endpoint(&self) -> Subject {
        let flow = self.record.flow.as_ref();
        Subject {
            client: flow.map(|flow| flow.client.address),
            server: flow.map(|flow| flow.server),
            host: None,
            flow: flow.cloned(),
        }
    }

    /// A request header, whatever the case of its name.
    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        self.request().headers.first(name)
    }

    /// A fact of the request.
    pub(crate) fn asked(&self, fact: &'static str, value: impl Into<String>) -> Evidence {
        quote(self.request().packets, fact, value)
    }

    /// A fact of the response.
    pub(crate) fn answered(&self, fact: &'static str, value: impl Into<String>) -> Evidence {
        let span: PacketSpan =
            self.response().map_or(self.request().packets, |response| response.packets);
        quote(span, fact, value)
    }

    /// The request line, with the names of its query only.
    pub(crate) fn request_line(&self) -> Evidence {
        self.asked("request", request_line(self.request()))
    }

    /// The status of the response, if there was one.
    pub(crate) fn status(&self) -> Option<Evidence> {
        self.response().map(|response| self.answered("status", response.status.to_string()))
    }
}

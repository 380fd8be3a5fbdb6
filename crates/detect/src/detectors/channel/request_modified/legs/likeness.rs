//! How much two exchanges have in common.

use dissect::Timestamp;
use smallvec::SmallVec;

use crate::call::Call;
use crate::call::marks::{Mark, MarkKind};
use crate::digest::Key;

/// What an exchange is recognised by on the other side.
#[derive(Clone, Debug, Default)]
pub(super) struct Features {
    /// The host asked for.
    pub(super) host: String,
    /// When it was asked, to the last byte of its answer.
    pub(super) asked: Timestamp,
    pub(super) answered: Timestamp,
    method: String,
    path: Key,
    route: Key,
    query: Key,
    credentials: Vec<Key>,
    /// Nonces, signatures, idempotency keys: nobody else has the same.
    marks: Vec<Key>,
    agent: Option<Key>,
    body: Option<[u8; 32]>,
    /// The names of the body's fields.
    shape: Key,
    status: Option<u16>,
    answer: Option<[u8; 32]>,
    is_read: bool,
}

/// What the parts count. Marks and credentials are nobody else's; a path or a body that was changed
/// costs less than they bring.
const MARK: u32 = 40;
const CREDENTIAL: u32 = 15;
const METHOD: u32 = 10;
const PATH: u32 = 20;
const ROUTE: u32 = 10;
const QUERY: u32 = 5;
const BODY: u32 = 20;
const SHAPE: u32 = 10;
const ANSWER: u32 = 20;
const STATUS: u32 = 5;
const AGENT: u32 = 5;

/// What two sides of one exchange have at least: method, path and query of a request that has nothing
/// else, or a mark, or credential and shape of one that was changed.
pub(super) const ENOUGH: u32 = 40;

impl Features {
    pub(super) fn of(call: &Call<'_>) -> Self {
        let request = call.request();
        let mut names: Vec<&str> = call.fields().iter().map(|field| field.path.as_str()).collect();
        names.sort_unstable();
        Self {
            host: call.host().unwrap_or_default().to_owned(),
            asked: call.asked_at(),
            answered: call.answered_at(),
            method: request.method.clone(),
            path: Key::of(request.path()),
            route: Key::of(call.route()),
            query: Key::of(request.query().unwrap_or_default()),
            credentials: call.credentials().iter().map(|shown| Key::of(&shown.digest)).collect(),
            marks: marks(call).map(|mark| mark.key("")).collect(),
            agent: call.header("user-agent").map(Key::of),
            body: request.body.sha256().copied(),
            shape: Key::of(&names),
            status: call.response().map(|response| response.status),
            answer: call.response().and_then(|response| response.body.sha256().copied()),
            is_read: call.is_safe(),
        }
    }

    /// How much they have in common.
    pub(super) fn likeness(&self, other: &Self) -> u32 {
        let shared = |ours: &[Key], theirs: &[Key]| {
            u32::try_from(ours.iter().filter(|one| theirs.contains(one)).count()).unwrap_or(0)
        };
        let marks = shared(&self.marks, &other.marks).min(2).saturating_mul(MARK);
        let credential = shared(&self.credentials, &other.credentials).min(1);
        [
            marks,
            credential.saturating_mul(CREDENTIAL),
            points(self.method == other.method, METHOD),
            points(self.path == other.path, PATH),
            points(self.route == other.route, ROUTE),
            points(self.query == other.query, QUERY),
            points(self.body.is_some() && self.body == other.body, BODY),
            points(self.shape == other.shape, SHAPE),
            points(self.answer.is_some() && self.answer == other.answer, ANSWER),
            points(self.status == other.status, STATUS),
            points(self.agent == other.agent, AGENT),
        ]
        .into_iter()
        .fold(0, u32::saturating_add)
    }

    /// Whether they are surely the same exchange: by something that nobody else has, or because one
    /// credential asks for the same thing, or with the same content.
    pub(super) fn is_surely(&self, other: &Self) -> bool {
        let shared = |ours: &[Key], theirs: &[Key]| ours.iter().any(|one| theirs.contains(one));
        let same_path = self.path == other.path && self.query == other.query;
        let same_body = self.body == other.body;
        let same_credential = shared(&self.credentials, &other.credentials);
        shared(&self.marks, &other.marks)
            || (same_credential
                && self.method == other.method
                && self.agent == other.agent
                && (same_path || (self.body.is_some() && same_body)))
    }

    /// Whether both ask for the same and are answered alike, so that it does not matter which is
    /// taken.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.path == other.path
            && self.query == other.query
            && self.body == other.body
            && self.answer == other.answer
            && self.status == other.status
            && self.credentials == other.credentials
            && self.marks == other.marks
            && self.is_read == other.is_read
    }
}

/// Marks that nobody else has.
fn marks<'a>(call: &'a Call<'_>) -> impl Iterator<Item = &'a Mark> {
    let once = |kind| {
        matches!(
            kind,
            MarkKind::IdempotencyKey | MarkKind::Nonce | MarkKind::Proof | MarkKind::Signature
        )
    };
    call.marks().iter().filter(move |mark| once(mark.kind) && mark.value.len() >= 8)
}

/// Marks and credentials, of which two exchanges that [are surely the same](Features::is_surely)
/// share one: so much is worked out for every exchange, the rest for few.
#[derive(Debug, Default)]
pub(super) struct Own(SmallVec<[u64; 3]>);

impl Own {
    pub(super) fn of(call: &Call<'_>) -> Self {
        let credentials = call.credentials().iter().map(|shown| Key::short_of(&shown.digest));
        let marks = marks(call).map(|mark| mark.key("").short());
        Self(credentials.chain(marks).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether both have one of them.
    pub(super) fn is_shared(&self, other: &Self) -> bool {
        self.0.iter().any(|one| other.0.contains(one))
    }
}

const fn points(fits: bool, points: u32) -> u32 {
    if fits { points } else { 0 }
}

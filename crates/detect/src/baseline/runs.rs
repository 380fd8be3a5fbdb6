//! What an app calls first: learned as runs, the calls of one client from its first on.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use dissect::{Record, Timestamp};

use super::{App, Sequence};
use crate::call::Call;
use crate::policy::Policy;

/// Most routes of an app, and of a run.
const MAX_ROUTES: usize = 256;
/// Most calls that are kept as coming before another.
const MAX_BEFORE: usize = 16;
/// Most runs that are followed at once.
const MAX_RUNS: usize = 10_000;
/// Who was silent for so long begins again, in nanoseconds: an app that was put away is started
/// afresh, or at least may be.
const SILENCE: i64 = 30 * 60 * 1_000_000_000;

/// The runs that go on.
#[derive(Debug, Default)]
pub(super) struct Runs {
    open: BTreeMap<(String, Option<IpAddr>), Run>,
    /// The last record's place: smaller ones begin another capture.
    last: u64,
}

/// The calls of a client so far.
#[derive(Debug)]
struct Run {
    last: Timestamp,
    routes: BTreeSet<String>,
}

impl Runs {
    /// Learns from a call of an app.
    pub(super) fn learn(&mut self, name: &str, app: &mut App, record: &Record) {
        let policy = Policy::default();
        let Some(call) = Call::of(record, &policy) else { return };
        if record.order.packet < self.last || self.open.len() >= MAX_RUNS {
            self.open.clear();
        }
        self.last = record.order.packet;
        let now = call.answered_at();
        let run = self
            .open
            .entry((name.to_owned(), call.client()))
            .or_insert_with(|| Run { last: now, routes: BTreeSet::new() });
        if now.since(run.last) > SILENCE {
            run.routes.clear();
        }
        run.last = now;
        let route = call.route();
        if run.routes.contains(route) || run.routes.len() >= MAX_ROUTES {
            return;
        }
        if let Some(known) = app.calls.get_mut(route) {
            known.runs = known.runs.saturating_add(1);
            known.before.retain(|before| run.routes.contains(before));
        } else if app.calls.len() < MAX_ROUTES {
            let before = run.routes.iter().take(MAX_BEFORE).cloned().collect();
            app.calls.insert(route.to_owned(), Sequence { runs: 1, before });
        }
        run.routes.insert(route.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing_http::asked;

    #[test]
    fn what_always_came_before_is_kept() {
        let call = |path: &str, seconds, packet| {
            let url = format!("http://a.test{path}");
            let call = asked("GET", &url, &[], "").answer(200, &[], "").after(seconds);
            call.in_packets(packet, packet + 1).record()
        };
        let (mut runs, mut app) = (Runs::default(), App::default());
        for record in [
            call("/config", 0, 1),
            call("/news", 1, 3),
            call("/login", 2, 5),
            // Another day, without the news.
            call("/config", 90_000, 7),
            call("/login", 90_001, 9),
            call("/login", 90_002, 11),
        ] {
            runs.learn("shop", &mut app, &record);
        }
        let login = &app.calls["GET a.test /login"];
        assert_eq!(login.runs, 2);
        assert_eq!(login.before, ["GET a.test /config".to_owned()].into());
        assert!(app.calls["GET a.test /config"].before.is_empty());
    }
}

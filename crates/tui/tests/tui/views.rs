//! Every view in every state as a snapshot.
//!
//! A state is a row of [`STATES`]; it is drawn for each view for which it says something. The
//! snapshots bear the names of both.

use insta::assert_snapshot;
use tui::{Options, Update};

use crate::support;
use crate::user::{TINY, USUAL, User, WIDE};

/// The views, by the key that shows them.
const VIEWS: [(&str, &str); 7] = [
    ("findings", "1"),
    ("hosts", "2"),
    ("sessions", "3"),
    ("requests", "4"),
    ("apps", "5"),
    ("timeline", "6"),
    ("log", "7"),
];

/// In which views a state is drawn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Where {
    Everywhere,
    Lists,
    /// Where things are marked.
    Marked,
}

impl Where {
    fn has(self, view: &str) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Lists => view != "timeline",
            Self::Marked => matches!(view, "findings" | "requests"),
        }
    }
}

/// How a view comes into a state.
struct Shown {
    name: &'static str,
    size: (u16, u16),
    live: bool,
    news: fn() -> Vec<Update>,
    /// Pressed before the view is shown.
    before: &'static str,
    /// Pressed in the view.
    keys: &'static str,
    views: Where,
}

const USUALLY: Shown = Shown {
    name: "",
    size: USUAL,
    live: false,
    news: support::capture,
    before: "",
    keys: "",
    views: Where::Everywhere,
};

const REASON: &str = "shop-app.pcapng: truncated at byte 65536, after packet 812";

fn failed() -> Update {
    Update::Failed(String::from(REASON))
}

fn started() -> Vec<Update> {
    vec![support::input(), support::progress(0)]
}

const STATES: [Shown; 19] = [
    Shown { name: "before_any_news", news: Vec::new, ..USUALLY },
    Shown { name: "loading", news: started, ..USUALLY },
    Shown { name: "loading_with_content", news: support::content, ..USUALLY },
    Shown { name: "live_waiting", live: true, news: Vec::new, ..USUALLY },
    Shown { name: "live_nothing_yet", live: true, news: || vec![support::progress(0)], ..USUALLY },
    Shown { name: "live_with_content", live: true, news: support::content, ..USUALLY },
    Shown {
        name: "finished_empty",
        news: || vec![support::input(), support::finished(2890, 17)],
        ..USUALLY
    },
    Shown {
        name: "finished_without_packets",
        news: || vec![support::input(), support::finished(0, 0)],
        ..USUALLY
    },
    Shown { name: "failed_empty", news: || [started(), vec![failed()]].concat(), ..USUALLY },
    Shown {
        name: "failed_with_content",
        news: || [support::content(), vec![failed()]].concat(),
        ..USUALLY
    },
    Shown { name: "usual", keys: "j", ..USUALLY },
    Shown { name: "wide", size: WIDE, keys: "j j", ..USUALLY },
    Shown { name: "tiny", size: TINY, keys: "j", ..USUALLY },
    Shown { name: "filter_typed", keys: "/ 'shop", views: Where::Lists, ..USUALLY },
    Shown { name: "filter_wrong", keys: "/ 'shop_sev:>=", views: Where::Lists, ..USUALLY },
    Shown { name: "nothing_passes", keys: "/ 'nowhere Enter", views: Where::Lists, ..USUALLY },
    Shown { name: "problems_only", keys: "!", ..USUALLY },
    Shown { name: "span_of_time", before: "6 l L L L Enter", ..USUALLY },
    Shown { name: "sorted_otherwise", keys: "s s S", views: Where::Lists, ..USUALLY },
];

const MARKED: Shown =
    Shown { name: "marked", keys: "Space j Space", views: Where::Marked, ..USUALLY };

/// All states of a view.
fn every_state(view: usize) {
    let (name, key) = VIEWS[view];
    for shown in STATES.iter().chain([&MARKED]).filter(|shown| shown.views.has(name)) {
        let options = Options { live: shown.live, ..Options::default() };
        let mut user = User::before(shown.size, &options);
        user.hears((shown.news)());
        user.types(shown.before);
        user.types(key);
        user.types(shown.keys);
        assert_snapshot!(format!("{name}_{}", shown.name), user.screen());
    }
}

#[test]
fn findings() {
    every_state(0);
}

#[test]
fn hosts() {
    every_state(1);
}

#[test]
fn sessions() {
    every_state(2);
}

#[test]
fn requests() {
    every_state(3);
}

#[test]
fn apps() {
    every_state(4);
}

#[test]
fn timeline() {
    every_state(5);
}

#[test]
fn log() {
    every_state(6);
}

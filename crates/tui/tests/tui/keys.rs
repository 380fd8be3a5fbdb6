//! What keys do in lists, on the timeline and in lines that are typed, and what they ask for.

use tui::outside::{Pacing, Speed};
use tui::{Answer, Ask, Context, Effect, Options, Update};

use crate::support;
use crate::user::{USUAL, User};

fn user() -> User {
    User::with(support::capture())
}

/// The heads of the list.
fn heads(user: &User) -> String {
    user.lines().get(3).cloned().unwrap()
}

#[test]
fn lists_are_ordered_by_each_column_that_is_shown_and_turned_around() {
    let mut user = user();
    user.types("3 j");
    let mut seen = Vec::new();
    for _ in 0..5 {
        user.types("s");
        let heads = heads(&user);
        let sorted = heads.split("  ").find(|head| head.contains('↑')).unwrap().trim().to_owned();
        seen.push(sorted);
    }
    assert_eq!(seen, ["host (SNI)↑", "version↑", "result↑", "issuer↑", "UTC↑"]);
    assert!(user.selected().contains("api.shop.test"), "what is selected stays so");
    user.types("S");
    assert!(heads(&user).contains("UTC↓"));
    assert!(user.sees("9/10"), "{}", user.screen());
    user.types("g");
    assert!(user.selected().contains("push.example"));
}

#[test]
fn two_marked_requests_are_compared() {
    let mut user = user();
    user.types("4 d");
    assert!(user.status().contains("mark two requests with Space"), "{}", user.status());
    user.types("Space d");
    assert!(user.sees("side by side"), "the marked and the selected one:\n{}", user.screen());
    user.types("Esc Space Space d");
    assert!(user.status().contains("mark two requests"), "three are too many");
    user.types(": 'unmark Enter");
    assert!(!user.sees("marked"));
}

#[test]
fn matches_are_walked_with_the_filter_off() {
    let mut user = user();
    user.types("3 / 'host:tracker|host:down Enter");
    assert!(user.sees("shows 2"), "{}", user.screen());
    user.types("Esc g n");
    assert!(user.selected().contains("tracker"));
    user.types("n");
    assert!(user.selected().contains("down.example"));
    user.types("n");
    assert!(user.selected().contains("tracker"), "on at the other end");
    user.types("N");
    assert!(user.selected().contains("down.example"));
}

#[test]
fn problems_only_holds_in_all_views() {
    let mut user = user();
    for (view, all, problems) in
        [("1", "/4", "/3"), ("2", "/7", "/3"), ("3", "/10", "/3"), ("4", "/6", "/3")]
    {
        user.types(view);
        assert!(user.sees(all), "{view}\n{}", user.screen());
        user.types("!");
        assert!(user.sees(problems) && user.sees("problems only (!)"), "{}", user.screen());
        user.types("!");
        assert!(user.sees(all));
    }
}

#[test]
fn a_span_of_time_narrows_the_other_views_until_esc() {
    let mut user = user();
    user.types("6 l Enter");
    assert!(user.sees("Only this"));
    let (_, span) = user.line(" to 10:15:00");
    user.types("3");
    assert!(user.sees(span.split_whitespace().next().unwrap()), "{}", user.screen());
    assert!(user.sees("/3"), "{}", user.screen());
    user.types("Esc");
    assert!(user.sees("/10"));
    user.types("6 Enter h");
    assert!(user.sees("10:15:00.000 to "), "the span goes along with the cursor");
    user.types("3");
    assert!(user.sees("/7"), "{}", user.screen());
    user.types("6 Esc 3");
    assert!(user.sees("/10"));
}

#[test]
fn commands_by_name() {
    for (line, answer) in [
        ("dance", "no command 'dance' here; Tab lists them"),
        ("help me", "'help' takes nothing behind it"),
        ("packet x", "packet wants the number of one, from 1 on"),
        ("packet 0", "packet wants the number of one, from 1 on"),
        ("theme pink", "there are dark, light,"),
        ("sort colour", "columns here: severity, host, finding,"),
        ("filter sev:", "sev: wants info, low, medium, high, critical"),
        ("pace fast", "pace wants 1x, 10x, 0.5x or max"),
        ("pace 2x", "nothing is replayed: start with --pace 1x"),
        ("mark", ""),
        ("", ""),
    ] {
        let mut user = user();
        user.types(&format!(": '{} Enter", line.replace(' ', "_")));
        assert!(user.sees(answer), "{line}: {}", user.status());
        assert_eq!(user.state.context(), Context::Findings, "{line}");
    }
    let mut user = user();
    user.types(": 'sort_host Enter");
    assert!(heads(&user).contains("host↑"));
    user.types(": 'sort_host Enter");
    assert!(heads(&user).contains("host↓"), "again turns it around");
    user.types(": 'filter_legacy Enter");
    assert!(user.sees("1/1"));
    assert!(matches!(user.types(": 'q Enter")[..], [Effect::Quit]));
}

#[test]
fn commands_are_completed_and_recalled() {
    let mut user = user();
    user.types(": 'the Tab Tab");
    assert!(user.status().contains(":theme "), "{}", user.status());
    user.types("ctrl-u 'theme_li Tab Enter : Up");
    assert!(user.status().contains(":theme light"), "{}", user.status());
    user.types("Down");
    assert!(!user.status().contains("theme"), "{}", user.status());
    user.types("Esc");
    assert_eq!(user.state.context(), Context::Findings);
}

#[test]
fn a_suppression_needs_a_reason() {
    let mut user = user();
    for keys in ["x Enter", "x '__ Enter", ": 'suppress Enter Enter"] {
        assert!(user.types(keys).is_empty(), "{keys}");
    }
    let ask = user.asks("x 'our_own_proxy Enter");
    let Ask::Suppress { finding, whole_rule, reason } = ask else { panic!("{ask:?}") };
    assert_eq!((finding.rule.id, whole_rule), ("channel/interception-accepted", true));
    assert_eq!(reason, "our own proxy");
    user.types("Enter");
    let ask = user.asks("x 'once Enter");
    assert!(matches!(ask, Ask::Suppress { whole_rule: false, .. }), "{ask:?}");
}

#[test]
fn what_is_normal_is_asked_before_it_is_written() {
    let mut user = user();
    user.types("2 p");
    assert!(user.status().contains("Take 3 sessions of api.shop.test"), "{}", user.status());
    assert!(user.types("Esc").is_empty());
    let ask = user.asks("p y");
    let Ask::Accept { sessions, about } = ask else { panic!("{ask:?}") };
    assert_eq!((sessions.len(), about.as_str()), (3, "api.shop.test"));
    let ask = user.asks("3 j p y");
    assert!(matches!(ask, Ask::Accept { sessions, .. } if sessions.len() == 1));
    user.types("4 p");
    assert_eq!(user.state.context(), Context::Requests);
}

#[test]
fn packets_and_reports_are_written_where_one_says() {
    let mut user = user();
    let ask = user.asks("e Enter");
    let Ask::Export { findings, path: Some(path) } = ask else { panic!("{ask:?}") };
    assert_eq!(findings.len(), 1);
    assert_eq!(path.to_str(), Some("interloper-f-00000000000000c1.pcapng"));
    let ask = user.asks("Space j Space e ctrl-u Enter");
    let Ask::Export { findings, path } = ask else { panic!("{ask:?}") };
    assert_eq!((findings.len(), path), (2, None));
    let ask = user.asks("w ctrl-u 'x.json Enter");
    let Ask::Report { findings, path } = ask else { panic!("{ask:?}") };
    assert_eq!((findings.len(), path.to_str()), (4, Some("x.json")));
    assert!(findings.is_sorted_by(|one, other| one.rank() <= other.rank()));
    let ask = user.asks("/ 'legacy Enter w Enter");
    assert!(matches!(ask, Ask::Report { findings, .. } if findings.len() == 1), "as it is listed");
    assert!(user.types("w ctrl-u Enter").is_empty());
    assert!(user.status().contains("a report needs a file"), "{}", user.status());
}

#[test]
fn what_is_copied_is_what_is_selected() {
    let mut user = user();
    for (keys, words) in [
        ("1 y", "channel/interception-accepted"),
        ("2 y", "api.shop.test"),
        ("3 j y", "api.shop.test"),
        ("4 y", "https://api.shop.test/v1/login"),
    ] {
        let mut effects = user.types(keys);
        let Some(Effect::Copy(text)) = effects.pop() else { panic!("{keys}: {effects:?}") };
        assert!(text.contains(words), "{keys}: {text}");
        assert!(!text.contains("token=abc"), "{text}");
    }
}

#[test]
fn a_packet_is_asked_for_once_and_again_if_it_was_missing() {
    let mut user = user();
    let open = ": 'packet_15 Enter";
    assert!(matches!(user.asks(open), Ask::Packets { numbers } if numbers == [15]));
    assert!(user.types(&format!("Esc {open}")).is_empty());
    let answer = Answer::Packets { packets: Vec::new(), numbers: vec![15], missing: None };
    user.hears([Update::Answer(answer)]);
    assert!(user.sees("it is not in the capture"), "{}", user.screen());
    assert!(matches!(user.asks(&format!("Esc {open}")), Ask::Packets { .. }));
    user.hears([support::bytes_of(15)]);
    assert!(user.types(&format!("Esc {open}")).is_empty());
    assert!(!user.sees("Reading it …"));
}

#[test]
fn a_replay_is_paused_sped_up_and_stepped() {
    let pace = Some(Speed::Tenths(10));
    let mut user = User::before(USUAL, &Options { pace, ..Options::default() });
    user.hears(support::content());
    for (keys, expected) in [
        ("P", Pacing::Pause),
        ("P", Pacing::Resume),
        ("+", Pacing::Speed(Speed::Tenths(20))),
        ("-", Pacing::Speed(Speed::Tenths(10))),
        ("-", Pacing::Speed(Speed::Tenths(5))),
        (": 'pace_max Enter", Pacing::Speed(Speed::Max)),
        ("+", Pacing::Speed(Speed::Max)),
        (">", Pacing::Step),
    ] {
        let ask = user.asks(keys);
        assert!(matches!(ask, Ask::Pace(pacing) if pacing == expected), "{keys}: {ask:?}");
    }
    user.hears([Update::Answer(Answer::Paused(true))]);
    assert!(user.sees("❚❚ paused"));
    user.hears([support::finished(2890, 17)]);
    assert!(user.types("P").is_empty(), "it is over");
}

#[test]
fn escape_never_leaves() {
    let mut user = user();
    user.types("1 Enter Enter : 'x");
    for _ in 0..10 {
        assert!(user.types("Esc").is_empty());
    }
    assert!(user.sees("1/4"));
    assert!(matches!(user.types("q")[..], [Effect::Quit]));
}

#[test]
fn filters_know_what_apps_call_themselves() {
    let mut user = user();
    for (view, filter, word) in [
        ("1", "app:shop", "of"),
        ("3", "app:shop", "api.shop.test"),
        ("3", "result:refused", "refused"),
        ("4", "app:shop", "api.shop.test"),
        ("5", "app:shop", "ShopApp"),
    ] {
        user.types(&format!("{view} / Ctrl-u '{filter} Enter"));
        assert!(user.sees("shows "), "{view} {filter}:\n{}", user.screen());
        assert!(!user.sees("Nothing passes"), "{view} {filter}:\n{}", user.screen());
        assert!(user.sees(word), "{view} {filter}:\n{}", user.screen());
        user.types("Esc");
    }
    user.types("3 / Ctrl-u 'app:nobody Enter");
    assert!(user.sees("Nothing passes"), "{}", user.screen());
}

//! The objects that a path names, and of what kind they are.

use smallvec::SmallVec;

use super::ids::{MAX_ID, MAX_IDS, singular};
use super::kinds::{self, Whose};
use super::names::{Kind, Name, Names};
use super::route;

/// Tells the ids in a path, each by its place in the path, its kind and itself; of the templates among
/// `known`, also what does not look like one.
pub(super) fn in_path(
    path: &str,
    known: &[String],
    names: &mut Names,
    mut tell: impl FnMut(&str, Kind, &str),
) {
    // No id is without a digit, unless a template says that it is one.
    if known.is_empty() && !path.bytes().any(|byte| byte.is_ascii_digit()) {
        return;
    }
    let segments: SmallVec<[&str; 16]> = path.split('/').skip(1).collect();
    let ids: SmallVec<[_; 16]> = segments.iter().map(|segment| route::split(segment)).collect();
    let forced = forced(&segments, known);
    let (mut told, mut slot) = (0_usize, String::with_capacity(path.len()));
    // Where the row of ids begins that ends here.
    let mut run_begins = 0;
    for (at, (segment, id)) in segments.iter().zip(&ids).enumerate() {
        slot.push('/');
        let is_forced = forced.get(at).copied().unwrap_or(false);
        let (value, ending) = match id {
            Some(split) => *split,
            None if is_forced => (*segment, ""),
            None => {
                slot.push_str(segment);
                run_begins = at.saturating_add(1);
                continue;
            }
        };
        slot.push_str(route::ID);
        slot.push_str(ending);
        if id.is_none() {
            run_begins = at;
        }
        let before = segments.get(..at).unwrap_or_default();
        let kind = kind_of_words(before, |word| word.is_verb, names);
        let is_version = before.last().is_some_and(|word| ["api", "rest", "v"].contains(word));
        let run = segments.get(run_begins..).unwrap_or_default();
        let length = run.iter().take_while(|part| is_numbered(part)).count();
        let run = run.get(..length).unwrap_or_default();
        let is_place = length >= 3 || is_date(run);
        let is_person = kind.whose == Whose::Person;
        let is_object = is_forced || !(is_version || (is_place && !(is_person && length == 1)));
        if is_object && !value.is_empty() && value.len() <= MAX_ID && told < MAX_IDS {
            told = told.saturating_add(1);
            tell(&slot, kind, value);
        }
        if id.is_none() {
            run_begins = at.saturating_add(1);
        }
    }
}

/// Which segments the templates say are ids.
fn forced(segments: &[&str], known: &[String]) -> Vec<bool> {
    if known.is_empty() {
        return Vec::new();
    }
    let mut forced = vec![false; segments.len()];
    for template in known.iter().filter(|known| known.starts_with('/')) {
        let parts: Vec<&str> = template.split('/').skip(1).collect();
        let fits = |(part, segment): (&&str, &&str)| *part == route::ID || part == segment;
        if parts.len() > segments.len() || !parts.iter().zip(segments).all(fits) {
            continue;
        }
        for (part, forced) in parts.iter().zip(&mut forced) {
            *forced |= *part == route::ID;
        }
    }
    forced
}

/// A number, with or without the ending of a file: part of a date or of a tile's place.
fn is_numbered(segment: &str) -> bool {
    let stem = segment.split(['.', '@']).next().unwrap_or(segment);
    !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// `2026/11`, `2026-11-24`, `20261124`.
fn is_date(run: &[&str]) -> bool {
    let number = |text: &str| text.parse::<u32>().ok();
    let is_year =
        |text: &str| text.len() == 4 && number(text).is_some_and(|y| (1970..2100).contains(&y));
    let is_month = |text: &str| number(text).is_some_and(|month| (1..=12).contains(&month));
    let is_day = |text: &str| number(text).is_some_and(|day| (1..=31).contains(&day));
    match run {
        // Weeks are counted up to 53.
        [year, week] => is_year(year) && number(week).is_some_and(|week| week <= 53),
        // Most numbers have more or fewer digits.
        [text] if matches!(text.bytes().filter(|byte| *byte != b'-').count(), 6 | 8) => {
            let digits = text.replace('-', "");
            let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
            let is_whole = digits.len() == 8 && is_day(part(6..8));
            let is_short = digits.len() == 6 && text.contains('-');
            (is_whole || is_short) && is_year(part(0..4)) && is_month(part(4..6))
        }
        _ => false,
    }
}

/// The kind that the words of a path before an id tell: the last of them that names something.
fn kind_of_words(before: &[&str], says_nothing: fn(&Name) -> bool, names: &mut Names) -> Kind {
    for word in before.iter().rev().filter(|word| route::split(word).is_none()) {
        let name = names.of(word);
        if !name.is_version && !says_nothing(name) {
            return name.singular.clone();
        }
    }
    Kind::of("")
}

/// The kind of objects that a path is about: `order` of `/v1/orders/search`.
pub(super) fn kind_of_route(path: &str, names: &mut Names) -> Kind {
    let segments: SmallVec<[&str; 16]> = path.split('/').skip(1).collect();
    let kind = kind_of_words(&segments, |word| !word.tells_kind, names);
    let verbs = ["get", "list", "fetch", "find", "search"];
    let rest = verbs.into_iter().find_map(|verb| kind.word.strip_prefix(verb));
    match rest.unwrap_or(&kind.word) {
        rest if kinds::is_empty(rest) => Kind::of(""),
        rest => Kind::of(&singular(rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, known: &[&str]) -> Vec<String> {
        let known: Vec<String> = known.iter().map(|known| (*known).to_owned()).collect();
        let mut found = Vec::new();
        in_path(path, &known, &mut Names::default(), |slot, kind, value| {
            found.push(format!("{slot} {} {value}", kind.word));
        });
        found
    }

    #[test]
    fn paths_name_objects() {
        for (path, expected) in [
            ("/v1/orders/7", &["/v1/orders/{} order 7"][..]),
            ("/v1/orders/7/items/12", &["/v1/orders/{} order 7", "/v1/orders/{}/items/{} item 12"]),
            ("/orders/by-id/7", &["/orders/by-id/{} order 7"]),
            ("/invoices/1001.pdf", &["/invoices/{}.pdf invoice 1001"]),
            ("/7", &["/{}  7"]),
            ("/orders/20261124", &["/orders/{} order 20261124"]),
            ("/users/7/12", &["/users/{} user 7", "/users/{}/{} user 12"]),
        ] {
            assert_eq!(told(path, &[]), expected, "{path}");
        }
        assert_eq!(told("/people/bob/x", &["/people/{}"]), ["/people/{} people bob"]);
    }

    #[test]
    fn other_numbers_of_paths_do_not() {
        for path in [
            "/news/2026/11/24",
            "/news/2026/11",
            "/days/2026-11-24",
            "/days/20261124",
            "/stats/2026-11",
            "/tiles/12/2200/1343",
            "/tiles/12/2200/1343.png",
            "/tiles/12/2200/1343@2x.png",
            "/api/3/orders",
            "/media/0.bin",
            "/video/seg_0001.ts",
        ] {
            assert!(told(path, &[]).is_empty(), "{path}: {:?}", told(path, &[]));
        }
    }

    #[test]
    fn routes_tell_a_kind() {
        assert_eq!(&*kind_of_route("/v1/orders/search", &mut Names::default()).word, "order");
        assert_eq!(&*kind_of_route("/v1/orders/7", &mut Names::default()).word, "order");
        assert_eq!(&*kind_of_route("/rpc/getInvoices", &mut Names::default()).word, "invoice");
        assert_eq!(&*kind_of_route("/graphql", &mut Names::default()).word, "");
    }
}

//! Words for kinds of objects, and what they say of whose the objects are. A word is a hint, never a
//! proof: what decides is what was returned to whom.

use crate::words::Words;

/// Whose objects of a kind are, as far as their name tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Whose {
    /// Each belongs to one person: an order, an invoice, an account.
    Person,
    /// Anybody may ask for them (a product, an article, a tile), or the number is no object's but
    /// a place in a sequence (a page, a chapter).
    Anybody,
    /// The name does not tell, or people share such objects: a document, a message.
    Unknown,
}

/// Kinds of which each object belongs to one person, in the singular.
const PERSONAL: &[&str] = &[
    "account",
    "address",
    "agreement",
    "appointment",
    "bankaccount",
    "beneficiary",
    "bill",
    "booking",
    "card",
    "claim",
    "client",
    "consent",
    "contract",
    "creditcard",
    "customer",
    "debit",
    "deposit",
    "employee",
    "invoice",
    "kyc",
    "loan",
    "mandate",
    "member",
    "order",
    "passenger",
    "passport",
    "patient",
    "payee",
    "payment",
    "paymentmethod",
    "payout",
    "payroll",
    "payslip",
    "permit",
    "person",
    "policy",
    "prescription",
    "profile",
    "purchase",
    "receipt",
    "refund",
    "reservation",
    "salary",
    "shipment",
    "statement",
    "student",
    "subscription",
    "tax",
    "transaction",
    "transfer",
    "user",
    "vehicle",
    "voucher",
    "wallet",
    "withdrawal",
];

/// Kinds that anybody may ask for, and numbers that are a place in a sequence.
const PUBLIC: &[&str] = &[
    "ad",
    "album",
    "answer",
    "area",
    "article",
    "artist",
    "asset",
    "author",
    "avatar",
    "banner",
    "block",
    "blog",
    "book",
    "brand",
    "build",
    "catalog",
    "category",
    "channel",
    "chapter",
    "chunk",
    "city",
    "clip",
    "collection",
    "comic",
    "comment",
    "config",
    "country",
    "course",
    "currency",
    "day",
    "department",
    "district",
    "emoji",
    "episode",
    "experiment",
    "faq",
    "feature",
    "feed",
    "flag",
    "font",
    "forecast",
    "forum",
    "frame",
    "game",
    "genre",
    "grade",
    "hero",
    "hotel",
    "icon",
    "image",
    "img",
    "item",
    "job",
    "language",
    "layer",
    "league",
    "lesson",
    "level",
    "line",
    "listing",
    "locale",
    "location",
    "map",
    "match",
    "media",
    "menu",
    "module",
    "month",
    "movie",
    "news",
    "offset",
    "page",
    "part",
    "photo",
    "picture",
    "place",
    "play",
    "player",
    "playlist",
    "podcast",
    "poi",
    "pokemon",
    "poll",
    "position",
    "post",
    "poster",
    "product",
    "promotion",
    "question",
    "quiz",
    "rate",
    "recipe",
    "region",
    "release",
    "repo",
    "repository",
    "restaurant",
    "review",
    "revision",
    "round",
    "route",
    "row",
    "rss",
    "season",
    "section",
    "segment",
    "series",
    "shop",
    "show",
    "size",
    "sku",
    "slide",
    "song",
    "spec",
    "sprite",
    "stage",
    "static",
    "station",
    "step",
    "sticker",
    "stop",
    "store",
    "stories",
    "story",
    "stream",
    "tag",
    "team",
    "template",
    "theme",
    "thumb",
    "thumbnail",
    "tile",
    "title",
    "topic",
    "track",
    "translation",
    "tutorial",
    "tv",
    "unit",
    "variant",
    "vendor",
    "venue",
    "verse",
    "version",
    "video",
    "volume",
    "wallpaper",
    "weather",
    "week",
    "wiki",
    "year",
    "zone",
    "zoom",
];

/// What the name of a kind says.
pub(crate) fn whose(kind: &str) -> Whose {
    if PERSONAL.binary_search(&kind).is_ok() {
        return Whose::Person;
    }
    if PUBLIC.binary_search(&kind).is_ok() {
        return Whose::Anybody;
    }
    // `shippingaddress`, `customerorder`, `productimage`: the last word says what it is.
    let last = kind.as_bytes().last();
    let ends = |words: &[&str]| {
        let mut alike = words.iter().filter(|word| word.as_bytes().last() == last);
        alike.any(|word| word.len() > 3 && kind.ends_with(word))
    };
    match (ends(PERSONAL), ends(PUBLIC)) {
        (true, false) => Whose::Person,
        (false, true) => Whose::Anybody,
        _ => Whose::Unknown,
    }
}

/// Kinds that are people: others may know of them, and see some of what they say of themselves.
const PEOPLE: &[&str] = &[
    "beneficiary",
    "client",
    "customer",
    "employee",
    "member",
    "passenger",
    "patient",
    "payee",
    "person",
    "profile",
    "student",
    "user",
];

/// Whether objects of a kind are people.
pub(crate) fn is_people(kind: &str) -> bool {
    PEOPLE.iter().any(|word| kind.ends_with(word))
}

/// Words of a path or a document that say what is done, or that something is a list, and not what
/// it is.
const EMPTY: &[&str] = &[
    "active",
    "all",
    "api",
    "batch",
    "bulk",
    "by",
    "byid",
    "collection",
    "content",
    "contents",
    "current",
    "d",
    "data",
    "detail",
    "details",
    "doc",
    "docs",
    "edges",
    "element",
    "elements",
    "embedded",
    "entries",
    "entry",
    "fetch",
    "find",
    "get",
    "graphql",
    "history",
    "hits",
    "index",
    "info",
    "input",
    "item",
    "items",
    "latest",
    "list",
    "lookup",
    "me",
    "mine",
    "mobile",
    "my",
    "new",
    "node",
    "nodes",
    "object",
    "objects",
    "open",
    "own",
    "page",
    "payload",
    "private",
    "public",
    "query",
    "read",
    "recent",
    "record",
    "records",
    "response",
    "rest",
    "result",
    "results",
    "rows",
    "rpc",
    "search",
    "self",
    "service",
    "show",
    "summary",
    "sync",
    "update",
    "v",
    "value",
    "values",
    "variables",
    "view",
];

/// Words of a path that say what is done, and not with what.
const VERBS: &[&str] = &[
    "by", "byid", "detail", "details", "fetch", "find", "get", "id", "ids", "info", "list",
    "lookup", "my", "query", "read", "search", "show", "view",
];

/// Whether a word (in lower case, letters and digits only) does not tell a kind.
pub(crate) fn is_empty(word: &str) -> bool {
    word.is_empty() || is_version(word) || is_verb(word) || EMPTY.binary_search(&word).is_ok()
}

/// Whether a word of a path says what is done.
pub(crate) fn is_verb(word: &str) -> bool {
    VERBS.binary_search(&word).is_ok()
}

/// Whether a word of a path stands for the whole API: `v1`, `api`.
pub(crate) fn is_version(word: &str) -> bool {
    let is_number = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
    ["api", "rest"].contains(&word) || word.strip_prefix('v').is_some_and(is_number)
}

/// Names of fields that say whose an object is, as [`super::ids::plain`] writes them.
const OWNERS: &[&str] = &[
    "accountholder",
    "accountowner",
    "belongsto",
    "buyer",
    "buyerid",
    "customer",
    "customerid",
    "customerno",
    "customernumber",
    "holder",
    "holderid",
    "member",
    "memberid",
    "ownedby",
    "owner",
    "ownerid",
    "ownername",
    "owneruserid",
    "patient",
    "patientid",
    "uid",
    "user",
    "userid",
    "username",
    "userref",
    "useruuid",
];

/// Whether a field of this name says whose an object is.
pub(crate) fn is_owner(plain: &str) -> bool {
    OWNERS.contains(&plain)
}

/// Parts of names of fields with numbers that count or measure, and are no ids.
const QUANTITIES: Words = Words::new(&[
    "amount",
    "balance",
    "bytes",
    "cents",
    "count",
    "created",
    "date",
    "discount",
    "duration",
    "expires",
    "expiry",
    "height",
    "length",
    "limit",
    "month",
    "offset",
    "page",
    "percent",
    "position",
    "price",
    "quantity",
    "rank",
    "rating",
    "score",
    "size",
    "status",
    "time",
    "timestamp",
    "total",
    "updated",
    "version",
    "weight",
    "width",
    "year",
]);

/// The same at the end of such names: in other places so few letters say nothing.
const SHORT_QUANTITIES: &[&str] =
    &["age", "day", "lat", "lng", "lon", "max", "min", "qty", "sum", "tax", "ttl"];

/// Whether a number in a field of this name counts or measures something.
pub(crate) fn is_quantity(plain: &str) -> bool {
    let is_short = |word: &&str| plain == *word || (plain.len() > 5 && plain.ends_with(word));
    SHORT_QUANTITIES.iter().any(is_short) || QUANTITIES.are_in(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted() {
        for words in [PERSONAL, PUBLIC, EMPTY, VERBS] {
            let at = words.windows(2).find(|pair| pair[0] >= pair[1]);
            assert_eq!(at, None);
        }
    }

    #[test]
    fn names_tell_whose_objects_are() {
        for (kind, expected) in [
            ("order", Whose::Person),
            ("shippingaddress", Whose::Person),
            ("product", Whose::Anybody),
            ("profileimage", Whose::Anybody),
            ("document", Whose::Unknown),
            ("", Whose::Unknown),
        ] {
            assert_eq!(whose(kind), expected, "{kind}");
        }
        assert!(is_empty("v2") && is_empty("items") && !is_empty("orders"));
        assert!(
            is_quantity("orderqty") && is_quantity("creationtimestamp") && !is_quantity("xqty")
        );
        assert!(is_quantity("totalprice") && is_quantity("qty") && !is_quantity("orderid"));
    }
}

//! Named values of a request's query and body, and its GraphQL operations: the first byte chooses
//! the media type.
#![no_main]

use dissect::http::{Body, Request, values};
use dissect::{Header, Headers};

const TYPES: [&str; 4] = [
    "application/graphql",
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let [choice, rest @ ..] = bytes else { return };
    let value = TYPES[usize::from(*choice) % TYPES.len()].to_owned();
    let request = Request {
        target: String::from_utf8_lossy(rest).into_owned(),
        headers: Headers(vec![Header { name: "content-type".into(), value }]),
        body: Body { bytes: rest.to_vec(), ..Body::default() },
        ..Request::default()
    };
    values::of_request(&request);
    values::graphql::operations(&request);
    values::multipart::parts(&request.headers, rest);
});

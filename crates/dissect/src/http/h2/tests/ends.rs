//! Messages that end as their heads announced, whatever the frames say.

use super::*;

/// One request, and these frames of the server; then the connection ends.
fn answered(frames: &[Vec<u8>]) -> (Vec<Exchange>, Vec<WeirdKind>) {
    let asked = [preface(), get(1, "/a")].concat();
    play(&[(CLIENT, asked), (SERVER, frames.concat())])
}

fn head(length: &str) -> Vec<u8> {
    headers(1, 0, &[(":status", "200"), ("content-length", length)])
}

#[test]
fn all_bytes_of_the_content_length_are_a_whole_message() {
    let reset = frame(kind::RST_STREAM, 0, 1, &[0; 4]);
    for rest in [vec![], vec![reset]] {
        let frames = [vec![head("5"), data(1, 0, b"he"), data(1, 0, b"llo")], rest].concat();
        let (exchanges, weirds) = answered(&frames);
        assert_eq!(told(&exchanges), [(1, "/a".to_owned(), 200, 5, None)]);
        assert!(exchanges[0].response.as_ref().unwrap().body.sha256.is_some());
        assert_eq!(weirds, []);
    }
}

#[test]
fn fewer_bytes_are_not() {
    let (exchanges, weirds) = answered(&[head("5"), data(1, 0, b"he")]);
    assert_eq!(told(&exchanges), [(1, "/a".to_owned(), 200, 2, Some(Incomplete::Cut))]);
    assert_eq!(weirds, []);
    let (exchanges, weirds) = answered(&[head("5"), data(1, END, b"he")]);
    assert_eq!(told(&exchanges), [(1, "/a".to_owned(), 200, 2, None)]);
    assert_eq!(weirds, [WeirdKind::HttpBodyCut]);
}

#[test]
fn what_has_no_content_needs_no_end() {
    let (exchanges, weirds) = answered(&[headers(1, 0, &[(":status", "204")])]);
    assert_eq!((told(&exchanges)[0].4, weirds.len()), (None, 0));
    let (exchanges, _) = answered(&[headers(1, 0, &[(":status", "200")])]);
    assert_eq!(told(&exchanges)[0].4, Some(Incomplete::Cut));
}

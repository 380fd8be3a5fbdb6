//! How messages and connections end.

use super::*;

#[test]
fn streams_that_are_reset() {
    let mut play = Play::new();
    // The response; the request, although it is answered; before anything; a stream of nothing.
    play.end((0, CLIENT), &headers(GET)).send((0, SERVER), &headers(OK)).reset((0, SERVER));
    play.send((4, CLIENT), &headers(GET)).end((4, SERVER), &headers(OK)).reset((4, CLIENT));
    play.end((8, CLIENT), &headers(GET)).reset((8, SERVER));
    play.reset((12, CLIENT)).reset((12, SERVER));
    let told = play.told();
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|it| it.incomplete == Some(Incomplete::Closed)));
    let answered: Vec<_> = told.iter().map(|it| it.response.is_some()).collect();
    assert_eq!(answered, [true, true, false]);
    // After its end nothing more can be reset.
    play.end((16, CLIENT), &headers(GET)).reset((16, CLIENT)).end((16, SERVER), &headers(OK));
    assert_eq!(play.told()[3].incomplete, None);
    // STOP_SENDING alone changes nothing.
    play.send((20, CLIENT), &headers(GET));
    play.connection.reset((20, SERVER), true, &mut play.facts);
    play.end((20, CLIENT), b"").end((20, SERVER), &headers(OK));
    assert_eq!(play.told()[4].incomplete, None);
}

/// All bytes of the content-length came, or none is to come: a whole message, whatever ended it.
#[test]
fn messages_that_end_as_announced() {
    let five = headers(b"\0\0\xd9\x54\x015");
    let part = [&five[..], &content(b"he")].concat();
    let whole = [&part[..], &content(b"llo")].concat();
    let no_content = headers(b"\0\0\xff\x01");
    let closed = Some(Incomplete::Closed);
    for (answer, length, incomplete) in
        [(whole, 5, None), (part, 2, closed), (no_content, 0, None), (headers(OK), 0, closed)]
    {
        for (resets, blocks) in [(true, false), (true, true), (false, false), (false, true)] {
            let mut play = Play::new();
            play.send(SERVER_CONTROL, SETTINGS);
            // The client's section may wait while the server's side ends.
            let get = if blocks { GET_BOTH } else { GET };
            play.end((0, CLIENT), &headers(get)).send((0, SERVER), &answer);
            if resets {
                play.reset((0, SERVER));
            }
            play.send(ENCODER, TWO_ENTRIES);
            assert!(play.weirds().is_empty());
            let facts = play.close();
            let told = exchanges_of(&facts);
            assert_eq!((told.len(), told[0].incomplete), (1, incomplete), "{resets} {blocks}");
            let body = &response(told[0]).body;
            assert_eq!((body.length, body.is_whole()), (length, length == 5));
        }
    }
    // The stream says that it is over, and it is not.
    let mut play = Play::new();
    play.end((0, CLIENT), &headers(GET)).end((0, SERVER), &[five, content(b"he")].concat());
    assert_eq!(play.weirds(), [(WeirdKind::HttpBodyCut, "3 bytes of content-length")]);
    assert_eq!(play.told().len(), 1);
}

#[test]
fn the_connection_ends_before() {
    for (end, expected) in [
        (SessionEnd::Closed, [Incomplete::Closed, Incomplete::Closed]),
        (SessionEnd::TimedOut, [Incomplete::Cut, Incomplete::Closed]),
    ] {
        let mut play = Play::new();
        play.send(SERVER_CONTROL, &[0, 4, 0, 7, 1, 4]);
        play.send((0, CLIENT), &headers(GET)).end((4, CLIENT), &headers(GET));
        let Play { connection, mut facts, .. } = play;
        connection.finish(end, &mut facts);
        let told: Vec<_> = exchanges_of(&facts).iter().map(|it| it.incomplete.unwrap()).collect();
        assert_eq!(told, expected, "{end:?}");
    }
}

//! A clerk for tests: a folder, a capture of four packets of one connection, and a finding in it.

use std::path::{Path, PathBuf};

use capture::{Block, FileOptions, PacketHead, Writer};
use detect::{Confidence, DETECTORS, Evidence, Finding, Subject};
use dissect::{Fact, LinkType, PacketRef, Record, Stage, Timestamp};
use engine::{Engine, Settings};
use tui::outside::Told;

use super::copy::Desktop;
use super::{Clerk, Examined, Packets};
use crate::quiet::Quiet;

/// A clerk whose files are in `folder`, on the 25 November 2026.
pub(super) fn clerk(folder: &Path) -> Clerk {
    Clerk {
        folder: folder.to_owned(),
        baseline: PathBuf::from("baseline.toml"),
        policy: PathBuf::from("policy.toml"),
        roots: Vec::new(),
        log_ids: Vec::new(),
        packets: Packets::File(capture(folder)),
        examined: Examined::default(),
        pace: None,
        now: || Timestamp::from_secs(1_795_600_000),
        desktop: Desktop::missing(),
    }
}

/// Four segments of one connection, each at the second of its number.
pub(super) fn block() -> Block {
    let mut block = Block { first_number: 1, ..Block::default() };
    for number in 1..=4 {
        block.heads.push(PacketHead {
            offset: u32::try_from(block.bytes.len()).unwrap(),
            captured: 40,
            original: 40,
            link_type: LinkType::RAW,
            interface: 0,
            timestamp: Timestamp::from_secs(number),
        });
        let ip = [0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 2, 203, 0, 113, 5];
        let tcp = [200, 0, 1, 187, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0];
        block.bytes.extend([ip, tcp].concat());
    }
    block
}

/// A file with these packets.
pub(super) fn capture(folder: &Path) -> PathBuf {
    let path = folder.join("capture.pcapng");
    let mut writer = Writer::new(Vec::new(), "test").unwrap();
    for packet in block().packets() {
        writer.packet(&packet, [""; 0]).unwrap();
    }
    std::fs::write(&path, writer.finish().unwrap()).unwrap();
    path
}

/// A finding about them.
pub(super) fn finding() -> Finding {
    let mut rules = DETECTORS.iter().map(|registration| registration.rule);
    let rule = rules.find(|rule| rule.id == "channel/known-interceptor").unwrap();
    let packet = |number| PacketRef { number, timestamp: Timestamp::from_secs(2) };
    Finding {
        id: "f-3b1c".into(),
        rule,
        severity: rule.severity,
        confidence: Confidence::Certain,
        title: "api.shop.test is intercepted by mitmproxy".into(),
        subject: Subject {
            client: Some([10, 0, 0, 2].into()),
            server: Some(dissect::Endpoint { address: [203, 0, 113, 5].into(), port: 443 }),
            host: Some("api.shop.test".into()),
            flow: None,
        },
        evidence: vec![Evidence {
            packets: vec![2, 4],
            fact: "issuer",
            value: "CN=mitmproxy".into(),
        }],
        captures: Vec::new(),
        alternatives: Vec::new(),
        first_seen: packet(2),
        last_seen: packet(2),
        count: 1,
        input: 0,
        session: None,
    }
}

/// The sessions of an intercepted connection, from the repository's own capture.
pub(super) fn sessions() -> Vec<Told> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("captures/mitmproxy-accepted-tls12/capture.pcapng");
    let mut source = capture::open(&path, &FileOptions::default()).unwrap();
    let mut sessions = Vec::new();
    let mut face = Quiet::new(|record: &Record| {
        if let Fact::Session(Stage::Ended, session) = &record.fact {
            sessions.push((session.clone(), record.flow.clone()));
        }
    });
    Engine::new(Settings::default()).run(&mut source, &mut face).unwrap();
    drop(face);
    sessions
}

//! The acceptance harness: interloper's records and findings against the results of other tools over
//! public captures, and against the labels of a lab.
//!
//! `make acceptance` runs it; plain `cargo test` lists its suites as ignored, since the captures are
//! not part of this repository. One suite: `cargo test --test acceptance -- --ignored zeek`.
//! `tests/README.md` says what is compared and which differences are explained, and why.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test that cannot go on says so and stops"
)]

mod compare;
mod differences;
mod lab;
mod normal;
mod ours;
mod robust;
mod runs;
mod shared;
#[path = "../support/mod.rs"]
mod support;
mod tsv;
mod upstream;
mod vector;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::{Arc, LazyLock};

use libtest_mimic::{Arguments, Failed, Trial};

use compare::Comparison;
use ours::Ours;
use runs::Runs;
use shared::Shared;
use upstream::{
    arkime, community_id, huginn, ja4, mitmengine, ndpi, pcapplusplus, reference, suricata, tshark,
    tshark_http, zeek,
};

/// A suite: does its comparisons, or says what is wrong.
type Suite = fn(&Runs, &Comparison) -> Result<(), String>;

/// All suites, in the order they run.
const SUITES: [(&str, Suite); 17] = [
    ("reference", |runs, comparison| {
        let mut vectors = reference::sessions(&runs.shared);
        vectors.extend(reference::certificates(&runs.shared));
        comparison.compare("reference", runs, &vectors)
    }),
    ("tshark", tshark),
    ("tshark-http", tshark_http),
    ("zeek", |runs, comparison| {
        let (vectors, skipped) = zeek::vectors(runs);
        comparison.skip("zeek", skipped);
        comparison.compare("zeek", runs, &vectors)
    }),
    ("suricata", |runs, comparison| {
        let (vectors, skipped) = suricata::vectors(&runs.shared);
        comparison.skip("suricata", skipped);
        comparison.compare("suricata", runs, &vectors)
    }),
    ("ndpi", |runs, comparison| comparison.compare("ndpi", runs, &ndpi::vectors(&runs.shared))),
    ("ja4", |runs, comparison| comparison.compare("ja4", runs, &ja4::vectors(&runs.shared))),
    ("arkime", |runs, comparison| {
        comparison.compare("arkime", runs, &arkime::vectors(&runs.shared))
    }),
    ("huginn-net", |runs, comparison| {
        comparison.compare("huginn-net", runs, &huginn::vectors(&runs.shared))
    }),
    ("pcapplusplus", |runs, comparison| {
        comparison.compare("pcapplusplus", runs, &pcapplusplus::vectors(&runs.shared))
    }),
    ("mitmengine", |runs, comparison| {
        let (vectors, skipped) = mitmengine::vectors(&runs.shared);
        comparison.skip("mitmengine", skipped);
        comparison.compare("mitmengine", runs, &vectors)
    }),
    ("community-id", |runs, comparison| {
        comparison.compare("community-id", runs, &community_id::vectors(&runs.shared))
    }),
    ("lab", lab::check),
    ("robustness", robust::determinism),
    ("big-file", robust::big_file),
    ("truncation", robust::truncation),
    ("readme", |_, comparison| readme(comparison)),
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Suites use all cores themselves.
    arguments.test_threads = Some(1);
    let wanted = arguments.ignored || arguments.include_ignored;
    let context = LazyLock::new(|| {
        let runs = Shared::find().map(Runs::new);
        runs.map(|runs| (runs, Comparison::new()))
    });
    let context: Arc<LazyLock<Result<(Runs, Comparison), String>, _>> = Arc::new(context);
    if wanted
        && !arguments.list
        && let Err(missing) = context.as_ref().as_ref()
    {
        eprintln!("{missing}");
        return ExitCode::FAILURE;
    }
    let trials = SUITES.map(|(name, suite)| {
        let context = Arc::clone(&context);
        let trial = Trial::test(name, move || match context.as_ref().as_ref() {
            Ok((runs, comparison)) => suite(runs, comparison).map_err(Failed::from),
            Err(missing) => Err(Failed::from(missing)),
        });
        trial.with_ignored_flag(true)
    });
    let conclusion = libtest_mimic::run(&arguments, trials.into());
    if wanted
        && !arguments.list
        && let Ok((_, comparison)) = context.as_ref().as_ref()
    {
        println!("{}", comparison.table());
    }
    conclusion.exit_code()
}

/// Live where tshark is installed, else its recorded numbers: over all captures with TLS according to
/// the second opinion or to us, and the lab's.
fn tshark(runs: &Runs, comparison: &Comparison) -> Result<(), String> {
    if !tshark::installed() {
        return comparison.compare("tshark", runs, &tshark::recorded(&runs.shared));
    }
    let table = tsv::Table::parse(&runs.shared.text("REFERENCE/tls_by_capture.tsv"));
    let listed: BTreeSet<String> = table.rows().map(|row| row["capture"].to_owned()).collect();
    let mut captures = runs.shared.all();
    runs.read(captures.iter().map(String::as_str));
    captures.retain(|capture| {
        listed.contains(capture)
            || runs.records(capture).as_ref().as_ref().is_ok_and(Ours::has_sessions)
    });
    for case in runs.shared.lab_cases() {
        let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
        captures.push(format!("lab/{name}/phone.pcap"));
    }
    let vectors = tshark::live(&runs.shared, &captures);
    if support::update_expected() {
        let file = support::root().join("tests/acceptance/tshark-sessions.tsv");
        std::fs::write(file, tshark::record(&vectors)).map_err(|error| error.to_string())?;
    }
    comparison.compare("tshark", runs, &vectors)
}

/// The same of HTTP: over all captures with keys, and all with HTTP in the clear
/// according to the index.
fn tshark_http(runs: &Runs, comparison: &Comparison) -> Result<(), String> {
    const SOURCE: &str = "tshark-http";
    if !tshark::installed() {
        return comparison.compare(SOURCE, runs, &tshark_http::recorded(&runs.shared));
    }
    let mut captures = runs.shared.with_http();
    captures.extend(runs.shared.keyed());
    let vectors = tshark_http::live(&runs.shared, &captures);
    if support::update_expected() {
        let file = support::root().join("tests/acceptance/tshark-http.tsv");
        std::fs::write(file, tshark_http::record(&vectors)).map_err(|error| error.to_string())?;
    }
    comparison.compare(SOURCE, runs, &vectors)
}

/// Every class of explained difference has a section in `tests/README.md`.
fn readme(comparison: &Comparison) -> Result<(), String> {
    let readme = include_str!("../README.md");
    let classes = comparison.differences().classes();
    let missing: Vec<&str> =
        classes.into_iter().filter(|class| !readme.contains(&format!("### {class}\n"))).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("tests/README.md does not explain {missing:?}"))
}

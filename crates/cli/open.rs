//! `interloper FILE` and `interloper -i IFACE`: the terminal UI on a terminal, else `scan` or
//! `watch`.

use std::io::IsTerminal;

use crate::args::{OpenArgs, ScanArgs, TuiArgs, WatchArgs};
use crate::exit::Exit;
use crate::{scan, tui, watch};

/// What to do with the arguments.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Face {
    Scan,
    Tui,
    Watch,
}

/// Runs it.
pub(crate) fn run(args: &OpenArgs) -> anyhow::Result<Exit> {
    let paths = args.files.paths();
    let live = paths.is_empty();
    if live && args.live.interface.is_none() {
        anyhow::bail!("no capture and no interface given; try 'interloper --help'");
    }
    // The UI shows one input; whoever says how to write does not want it.
    let shown = live || matches!(paths.as_slice(), [one] if !one.is_dir());
    let written = args.report.format.is_some() || args.report.output.is_some();
    let terminal = std::io::stdout().is_terminal() && shown && !written;
    let mut report = args.report.clone();
    report.format = report.format.or(args.usual_format);
    match face(live, terminal) {
        Face::Tui => tui::run(&TuiArgs {
            file: paths.into_iter().next(),
            read: None,
            live: args.live.clone(),
            packets: args.packets.clone(),
            detection: args.detection.clone(),
            filter: args.filter.clone(),
            gate: args.gate.clone(),
            show_secrets: false,
            pace: None,
            color: args.report.color,
            config: args.config.clone(),
        }),
        Face::Watch => watch::run(&WatchArgs {
            source: None,
            live: args.live.clone(),
            packets: args.packets.clone(),
            detection: args.detection.clone(),
            filter: args.filter.clone(),
            report,
            gate: args.gate.clone(),
        }),
        Face::Scan => scan::run(&ScanArgs {
            files: args.files.clone(),
            packets: args.packets.clone(),
            detection: args.detection.clone(),
            filter: args.filter.clone(),
            report,
            gate: args.gate.clone(),
        }),
    }
}

const fn face(live: bool, terminal: bool) -> Face {
    match (terminal, live) {
        (true, _) => Face::Tui,
        (false, true) => Face::Watch,
        (false, false) => Face::Scan,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_the_ui_and_everything_else_the_headless_face() {
        assert_eq!((face(true, true), face(false, true)), (Face::Tui, Face::Tui));
        assert_eq!((face(true, false), face(false, false)), (Face::Watch, Face::Scan));
    }
}

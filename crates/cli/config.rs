//! The config file: settings that somebody wants in every run, and how the terminal UI looks.
//!
//! A flag wins over its environment variable, that over the config file, that over the default. It
//! is `interloper/config.toml` in `$XDG_CONFIG_HOME` or in `~/.config`, unless `--config` or
//! `INTERLOPER_CONFIG` names another; `--no-config` reads none. Paths in it begin at its folder.
//! What it says becomes clap's defaults, so that there is one order for all settings.

mod read;
mod show;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{ArgMatches, CommandFactory, FromArgMatches, ValueEnum};

use crate::args::{Cli, Command, ConfigFileArgs, Format};
use crate::bounded_file;

pub(crate) use show::run as show;

/// Largest file that is read.
const MAX_FILE: u64 = 1 << 20;

/// Subcommands whose `--format` is that of findings.
const WRITE_FINDINGS: [&str; 4] = ["compare", "config", "scan", "watch"];

/// What a config file says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    /// The file; `None` if none was read.
    path: Option<PathBuf>,
    /// By the key in the file.
    settings: BTreeMap<&'static str, Placed<Vec<OsString>>>,
    tui: TuiConfig,
}

/// What a config file says of the terminal UI. Themes, commands and keys are as they were written:
/// only the UI knows which there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct TuiConfig {
    /// The file.
    path: PathBuf,
    /// Name of a theme.
    pub(crate) theme: Option<Placed<String>>,
    /// Whether the mouse is used.
    pub(crate) mouse: Option<Placed<bool>>,
    /// Keys of commands, by their names.
    pub(crate) keys: Vec<Keys>,
}

/// Keys of one command.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Keys {
    pub(crate) command: String,
    pub(crate) keys: Vec<String>,
    /// Line in the file, 1-based.
    pub(crate) line: usize,
}

/// A value, and the line of the file where it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Placed<T> {
    pub(crate) value: T,
    /// 1-based.
    pub(crate) line: usize,
}

impl TuiConfig {
    /// What the UI does not take, as all errors of config files are said.
    pub(crate) fn error(&self, line: usize, message: impl Into<String>) -> anyhow::Error {
        let error = read::ConfigError { line, message: message.into() };
        anyhow::Error::from(error).context(self.path.display().to_string())
    }
}

/// What a setting is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Color,
    FailOn,
    Format,
    Path,
    Paths,
    Threads,
}

/// A flag that a config file can set.
struct Setting {
    /// In the file, and behind `--`.
    key: &'static str,
    /// Of the argument.
    id: &'static str,
    /// Its environment variable.
    variable: &'static str,
    kind: Kind,
}

const fn setting(
    key: &'static str,
    id: &'static str,
    variable: &'static str,
    kind: Kind,
) -> Setting {
    Setting { key, id, variable, kind }
}

/// All of them, by key.
const SETTINGS: [Setting; 10] = [
    setting("baseline", "baseline", "INTERLOPER_BASELINE", Kind::Path),
    setting("color", "color", "INTERLOPER_COLOR", Kind::Color),
    setting("ct-log-list", "ct_log_list", "INTERLOPER_CT_LOG_LIST", Kind::Path),
    setting("fail-on", "fail_on", "INTERLOPER_FAIL_ON", Kind::FailOn),
    setting("format", "format", "INTERLOPER_FORMAT", Kind::Format),
    setting("keylog", "keylog", "INTERLOPER_KEYLOG", Kind::Paths),
    setting("pins", "pins", "INTERLOPER_PINS", Kind::Paths),
    setting("policy", "policy", "INTERLOPER_POLICY", Kind::Path),
    setting("threads", "threads", "INTERLOPER_THREADS", Kind::Threads),
    setting("trust-root", "trust_root", "INTERLOPER_TRUST_ROOT", Kind::Paths),
];

/// What the command line, the environment and the config file say together.
pub(crate) struct Said {
    pub(crate) cli: Cli,
    pub(crate) matches: ArgMatches,
    pub(crate) config: Config,
}

/// Reads all three. What is wrong with arguments is said by clap, which ends the process.
pub(crate) fn said() -> anyhow::Result<Said> {
    let arguments = arranged(std::env::args_os().collect());
    // Which file is an argument itself: they are read without it first.
    let (cli, matches) = parse(Cli::command(), &arguments);
    let config = match cli.command {
        // They write the same for everybody.
        Some(Command::Completions(_) | Command::Man) => Config::default(),
        _ => Config::load(&cli.config)?,
    };
    if config.path.is_none() {
        return Ok(Said { cli, matches, config });
    }
    let (mut cli, matches) = parse(config.defaults(Cli::command()), &arguments);
    config.settle(&mut cli);
    Ok(Said { cli, matches, config })
}

/// The arguments with `--config` and `--no-config` behind the subcommand: what stands in front of it
/// makes it a file's name.
fn arranged(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let mut place = 1;
    while let Some(argument) = arguments.get(place).and_then(|argument| argument.to_str()) {
        place = match argument {
            "--config" => place.saturating_add(2),
            "--no-config" => place.saturating_add(1),
            _ if argument.starts_with("--config=") => place.saturating_add(1),
            _ => break,
        };
    }
    let next = arguments.get(place).and_then(|argument| argument.to_str());
    if next.is_some_and(|next| Cli::command().find_subcommand(next).is_some())
        && let Some(front) = arguments.get_mut(1..=place)
    {
        front.rotate_right(1);
    }
    arguments
}

fn parse(mut command: clap::Command, arguments: &[OsString]) -> (Cli, ArgMatches) {
    let matches = match command.try_get_matches_from_mut(arguments) {
        Ok(matches) => matches,
        Err(error) => error.exit(),
    };
    match Cli::from_arg_matches(&matches) {
        Ok(cli) => (cli, matches),
        Err(error) => error.format(&mut command).exit(),
    }
}

impl Config {
    /// The file that the arguments name, or else the usual one, which need not be there.
    fn load(args: &ConfigFileArgs) -> anyhow::Result<Self> {
        match (&args.config, usual_path()) {
            _ if args.no_config => Ok(Self::default()),
            (Some(path), _) => Self::read(path),
            (None, Some(path)) if is_there(&path)? => Self::read(&path),
            (None, _) => Ok(Self::default()),
        }
    }

    /// Errors name file and line.
    fn read(path: &Path) -> anyhow::Result<Self> {
        let text = bounded_file::read_text(path, MAX_FILE)?;
        read::read(&text, path).with_context(|| path.display().to_string())
    }

    /// The same command with what the file says as its defaults.
    fn defaults(&self, mut command: clap::Command) -> clap::Command {
        for setting in &SETTINGS {
            let Some(placed) = self.settings.get(setting.key) else { continue };
            let names: Vec<_> =
                command.get_subcommands().map(|it| it.get_name().to_owned()).collect();
            for name in names {
                // Other subcommands have formats of their own.
                if setting.kind != Kind::Format || WRITE_FINDINGS.contains(&name.as_str()) {
                    command =
                        command.mut_subcommand(name, |it| default(it, setting.id, &placed.value));
                }
            }
            if setting.kind != Kind::Format {
                command = default(command, setting.id, &placed.value);
            }
        }
        command
    }

    /// Tells the arguments what is not a flag's value.
    fn settle(&self, cli: &mut Cli) {
        if let Some(Command::Tui(args)) = &mut cli.command {
            args.config = self.tui.clone();
        }
        cli.open.config = self.tui.clone();
        // A format on the command line means that nobody wants the terminal UI; here it does not.
        let format = self.settings.get("format").and_then(|placed| placed.value.first());
        let format = format.and_then(|word| word.to_str());
        cli.open.usual_format = format.and_then(|word| Format::from_str(word, false).ok());
    }
}

/// Gives an argument a default, if the command has it.
fn default(command: clap::Command, id: &str, values: &[OsString]) -> clap::Command {
    let has_it = command.get_arguments().any(|argument| argument.get_id() == id);
    match has_it {
        true => command.mut_arg(id, |argument| argument.default_values(values.to_vec())),
        false => command,
    }
}

/// Where the config file is if nobody says where.
fn usual_path() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
    // What is not absolute is to be ignored (XDG Base Directory Specification).
    let xdg = folder("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
    let home = || folder("HOME").filter(|path| path.is_absolute()).map(|home| home.join(".config"));
    Some(xdg.or_else(home)?.join("interloper").join("config.toml"))
}

/// Whether the usual file is there. A folder that is none, such as `/dev/null`, has no files.
fn is_there(path: &Path) -> anyhow::Result<bool> {
    match path.try_exists() {
        Ok(is_there) => Ok(is_there),
        Err(error) if error.kind() == ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings are flags, with these variables.
    #[test]
    fn every_setting_is_a_flag() {
        let command = Cli::command();
        let scan = command.find_subcommand("scan").unwrap();
        for setting in &SETTINGS {
            let argument = scan.get_arguments().find(|it| it.get_id() == setting.id).unwrap();
            assert_eq!(argument.get_long(), Some(setting.key));
            assert_eq!(argument.get_env(), Some(std::ffi::OsStr::new(setting.variable)));
        }
    }

    #[test]
    fn the_file_can_be_named_in_front_of_a_subcommand() {
        for (line, expected) in [
            ("interloper --no-config scan a", "interloper scan --no-config a"),
            ("interloper --config c --config=d scan a", "interloper scan --config c --config=d a"),
            ("interloper --config scan a", "interloper --config scan a"),
            ("interloper --no-config -r a", "interloper --no-config -r a"),
            ("interloper a --no-config scan", "interloper a --no-config scan"),
            ("interloper --config", "interloper --config"),
            ("interloper", "interloper"),
        ] {
            let arguments = arranged(line.split(' ').map(OsString::from).collect());
            assert_eq!(arguments.join(std::ffi::OsStr::new(" ")), expected, "{line}");
        }
    }

    #[test]
    fn what_a_file_says_is_the_default_of_flags() {
        let text =
            "format = 'json'\nfail-on = 'low'\nthreads = 3\npins = ['a', 'b']\ncolor = 'never'";
        let config = read::read(text, Path::new("/c/config.toml")).unwrap();
        let parse = |line: &str| {
            let command = config.defaults(Cli::command());
            let matches = command.try_get_matches_from(line.split(' ')).unwrap();
            let mut cli = Cli::from_arg_matches(&matches).unwrap();
            config.settle(&mut cli);
            cli
        };
        let Some(Command::Scan(args)) = parse("interloper scan a --threads 5").command else {
            panic!("another command")
        };
        assert_eq!((args.report.format, args.detection.threads.count), (Some(Format::Json), 5));
        assert_eq!(args.detection.pins, [Path::new("/c/a"), Path::new("/c/b")]);
        let Some(Command::Scan(args)) = parse("interloper scan a --pins x --format text").command
        else {
            panic!("another command")
        };
        assert_eq!(args.detection.pins, [Path::new("x")]);
        assert_eq!(args.report.format, Some(Format::Text));
        let open = parse("interloper a").open;
        assert_eq!((open.report.format, open.usual_format), (None, Some(Format::Json)));
        assert_eq!(open.detection.threads.count, 3);
        assert!(matches!(parse("interloper rules").command, Some(Command::Rules(_))));
        assert!(matches!(parse("interloper pins a --export toml").command, Some(Command::Pins(_))));
    }
}

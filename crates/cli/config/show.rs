//! `interloper config`: all settings that a config file can have, and who says so, as a config file.

use std::ffi::OsStr;
use std::fmt::Write as _;

use clap::ArgMatches;
use clap::parser::ValueSource;
use toml::Value;

use super::{Config, Kind, SETTINGS, Setting, usual_path};
use crate::exit::Exit;
use crate::output::Output;

/// Columns of key and value.
const WIDTH: usize = 40;

/// Runs it: `matches` are those of the subcommand.
pub(crate) fn run(matches: &ArgMatches, config: &Config) -> anyhow::Result<Exit> {
    let text = page(matches, config);
    let mut output = Output::open(None, &[])?;
    output.write(|writer| writer.write_all(text.as_bytes()));
    output.finish()?;
    Ok(Exit::Clean)
}

fn page(matches: &ArgMatches, config: &Config) -> String {
    let mut page = match (&config.path, usual_path()) {
        (Some(path), _) => format!("# read from {}\n", shown(path.as_os_str())),
        (None, Some(path)) => {
            format!("# no config file; the usual place is {}\n", shown(path.as_os_str()))
        }
        (None, None) => String::from("# no config file: neither HOME nor XDG_CONFIG_HOME is set\n"),
    };
    for setting in &SETTINGS {
        let (value, origin) = line(setting, matches, config);
        push(&mut page, setting.key, value.as_ref(), &origin);
    }
    page.push_str("\n[tui]\n");
    let tui = &config.tui;
    let theme = tui.theme.as_ref().map(|it| (Value::String(it.value.clone()), it.line));
    let mouse = tui.mouse.as_ref().map(|it| (Value::Boolean(it.value), it.line));
    for (key, placed) in [("theme", theme), ("mouse", mouse)] {
        let origin = placed.as_ref().map_or_else(default, |(_, line)| file(*line));
        push(&mut page, key, placed.as_ref().map(|(value, _)| value), &origin);
    }
    page.push_str("\n[tui.keys]\n");
    for keys in &tui.keys {
        let list = keys.keys.iter().cloned().map(Value::String).collect();
        let command = toml_key(&keys.command);
        push(&mut page, &command, Some(&Value::Array(list)), &file(keys.line));
    }
    page
}

fn default() -> String {
    String::from("default")
}

fn file(line: usize) -> String {
    format!("file, line {line}")
}

/// A setting's value, and who says so.
fn line(setting: &Setting, matches: &ArgMatches, config: &Config) -> (Option<Value>, String) {
    let origin = match (matches.value_source(setting.id), config.settings.get(setting.key)) {
        (Some(ValueSource::CommandLine), _) => format!("--{}", setting.key),
        (Some(ValueSource::EnvVariable), _) => setting.variable.to_owned(),
        (Some(_), Some(placed)) => file(placed.line),
        (_, None) | (None, Some(_)) => default(),
    };
    let given = matches.get_raw(setting.id).into_iter().flatten();
    let mut texts = given.map(|value| value.to_string_lossy().into_owned()).peekable();
    if texts.peek().is_none() {
        // The only one whose default clap does not know.
        let usual = (setting.kind == Kind::Format).then(|| Value::String(String::from("text")));
        return (usual, origin);
    }
    let value = match setting.kind {
        Kind::Paths => Value::Array(texts.map(Value::String).collect()),
        Kind::Threads => texts
            .next()
            .and_then(|text| text.parse().ok())
            .map_or(Value::Integer(0), Value::Integer),
        _ => Value::String(texts.collect()),
    };
    (Some(value), origin)
}

/// Writes a line; one without a value as a comment.
fn push(page: &mut String, key: &str, value: Option<&Value>, origin: &str) {
    let text = match value {
        Some(value) => format!("{key} = {value}"),
        None => format!("# {key} ="),
    };
    let origin = if value.is_some() { origin } else { "not set" };
    // Writing to a String does not fail.
    let _ = writeln!(page, "{text:<WIDTH$} # {origin}");
}

/// A name as it can stand in front of `=`.
fn toml_key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match !name.is_empty() && name.bytes().all(is_bare) {
        true => name.to_owned(),
        false => Value::String(name.to_owned()).to_string(),
    }
}

/// A path on one line, with nothing in it that could command a terminal.
fn shown(path: &OsStr) -> String {
    report::escape::escape(&path.to_string_lossy()).into_owned()
}

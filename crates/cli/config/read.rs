//! From the text of a config file (TOML) to settings. Keys that nobody knows are errors: a
//! misspelt one would otherwise have no effect, and nobody would know.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use clap::ValueEnum;
use serde::Deserialize;
use toml::{Spanned, Value};

use super::{Config, Keys, Kind, Placed, SETTINGS, TuiConfig};
use crate::args::{FailOn, Format, When};

/// What is wrong with a config file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}: {message}")]
pub(crate) struct ConfigError {
    /// 1-based.
    pub(crate) line: usize,
    /// What is wrong there, in one line.
    pub(crate) message: String,
}

/// The keys are those of [`SETTINGS`].
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    baseline: Option<Spanned<Value>>,
    color: Option<Spanned<Value>>,
    ct_log_list: Option<Spanned<Value>>,
    fail_on: Option<Spanned<Value>>,
    format: Option<Spanned<Value>>,
    keylog: Option<Spanned<Value>>,
    pins: Option<Spanned<Value>>,
    policy: Option<Spanned<Value>>,
    threads: Option<Spanned<Value>>,
    trust_root: Option<Spanned<Value>>,
    #[serde(default)]
    tui: Tui,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tui {
    theme: Option<Spanned<String>>,
    mouse: Option<Spanned<bool>>,
    #[serde(default)]
    keys: BTreeMap<Spanned<String>, Spanned<Value>>,
}

impl File {
    fn take(&mut self, key: &str) -> Option<Spanned<Value>> {
        match key {
            "baseline" => self.baseline.take(),
            "color" => self.color.take(),
            "ct-log-list" => self.ct_log_list.take(),
            "fail-on" => self.fail_on.take(),
            "format" => self.format.take(),
            "keylog" => self.keylog.take(),
            "pins" => self.pins.take(),
            "policy" => self.policy.take(),
            "threads" => self.threads.take(),
            "trust-root" => self.trust_root.take(),
            _ => None,
        }
    }
}

/// Reads the text of the config file at `path`: its folder is where relative paths begin.
pub(super) fn read(text: &str, path: &Path) -> Result<Config, ConfigError> {
    let reader = Reader { text };
    let mut file: File = toml::from_str(text)
        .map_err(|error| reader.error(error.span().unwrap_or_default().start, error.message()))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut config = Config { path: Some(path.to_owned()), ..Config::default() };
    for setting in &SETTINGS {
        let Some(given) = file.take(setting.key) else { continue };
        let start = given.span().start;
        let values = values(setting.kind, given.get_ref(), folder)
            .map_err(|wants| reader.error(start, &format!("{} wants {wants}", setting.key)))?;
        config.settings.insert(setting.key, Placed { value: values, line: reader.line(start) });
    }
    config.tui = reader.tui(file.tui, path)?;
    Ok(config)
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn line(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(self.text);
        before.matches('\n').count().saturating_add(1)
    }

    fn error(&self, at: usize, message: &str) -> ConfigError {
        ConfigError { line: self.line(at), message: message.replace('\n', "; ") }
    }

    fn placed<T>(&self, given: Spanned<T>) -> Placed<T> {
        Placed { line: self.line(given.span().start), value: given.into_inner() }
    }

    fn tui(&self, tui: Tui, path: &Path) -> Result<TuiConfig, ConfigError> {
        let keys = tui.keys.into_iter().map(|(command, keys)| {
            let start = keys.span().start;
            let keys = strings(keys.get_ref()).ok_or_else(|| {
                let command = command.get_ref();
                self.error(start, &format!("{command} wants a key or a list of keys, as in \"j\""))
            })?;
            let command = self.placed(command);
            Ok(Keys { command: command.value, keys, line: command.line })
        });
        Ok(TuiConfig {
            path: path.to_owned(),
            keys: keys.collect::<Result<_, _>>()?,
            theme: tui.theme.map(|theme| self.placed(theme)),
            mouse: tui.mouse.map(|mouse| self.placed(mouse)),
        })
    }
}

/// What stands behind a key, as it would on the command line; or what should.
fn values(kind: Kind, given: &Value, folder: &Path) -> Result<Vec<OsString>, String> {
    let path = |path: &String| folder.join(path).into_os_string();
    match (kind, given) {
        (Kind::Path, Value::String(text)) => Ok(vec![path(text)]),
        (Kind::Path, _) => Err(String::from("a path")),
        (Kind::Paths, _) => {
            let paths = strings(given).ok_or_else(|| String::from("a list of paths"))?;
            Ok(paths.iter().map(path).collect())
        }
        (Kind::Threads, Value::Integer(count)) if u16::try_from(*count).is_ok() => {
            Ok(vec![count.to_string().into()])
        }
        (Kind::Threads, _) => Err(format!("a number from 0 to {}", u16::MAX)),
        (Kind::FailOn, _) => word::<FailOn>(given),
        (Kind::Color, _) => word::<When>(given),
        (Kind::Format, _) => word::<Format>(given),
    }
}

/// One of the words that a flag takes.
fn word<T: ValueEnum>(given: &Value) -> Result<Vec<OsString>, String> {
    match given.as_str() {
        Some(word) if T::from_str(word, false).is_ok() => Ok(vec![word.into()]),
        _ => {
            let known = T::value_variants().iter().filter_map(T::to_possible_value);
            let known: Vec<_> = known.map(|value| value.get_name().to_owned()).collect();
            Err(known.join(", "))
        }
    }
}

/// A text, or a list of texts.
fn strings(given: &Value) -> Option<Vec<String>> {
    match given {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(several) => {
            several.iter().map(|one| one.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_can_say() {
        let text = "baseline = 'b.toml'\ntrust-root = ['a.pem', '/abs/b.pem']\npins = 'p.xml'\n\
                    fail-on = 'low'\nthreads = 2\n\n[tui]\ntheme = 'dark'\nmouse = true\n\
                    [tui.keys]\nquit = 'x'\ndown = ['j', 'n']\n";
        let config = read(text, Path::new("/etc/shop/config.toml")).unwrap();
        for (key, values, line) in [
            ("baseline", &["/etc/shop/b.toml"][..], 1),
            ("trust-root", &["/etc/shop/a.pem", "/abs/b.pem"], 2),
            ("pins", &["/etc/shop/p.xml"], 3),
            ("fail-on", &["low"], 4),
            ("threads", &["2"], 5),
        ] {
            let placed = &config.settings[key];
            assert_eq!(
                (placed.value.as_slice(), placed.line),
                (&values.iter().map(OsString::from).collect::<Vec<_>>()[..], line)
            );
        }
        assert_eq!(config.settings.len(), 5);
        let tui = config.tui;
        assert_eq!(tui.theme, Some(Placed { value: String::from("dark"), line: 8 }));
        assert_eq!(tui.mouse, Some(Placed { value: true, line: 9 }));
        let keys: Vec<_> =
            tui.keys.iter().map(|it| (it.command.as_str(), it.keys.join(" "), it.line)).collect();
        assert_eq!(keys, [("down", "j n".into(), 12), ("quit", "x".into(), 11)]);
    }

    #[test]
    fn every_setting_can_be_said() {
        for setting in &SETTINGS {
            let value = match setting.kind {
                Kind::Path | Kind::Paths => "'a'",
                Kind::Threads => "1",
                Kind::Color | Kind::FailOn => "'never'",
                Kind::Format => "'json'",
            };
            let config = read(&format!("{} = {value}", setting.key), Path::new("c")).unwrap();
            assert!(config.settings.contains_key(setting.key), "{}", setting.key);
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, error) in [
            ("\n\nbase-line = 'x'", "line 3: unknown field `base-line`"),
            ("[tui]\nthem = 'x'", "line 2: unknown field `them`"),
            ("a = ", "line 1: "),
            ("fail-on = 'grave'", "line 1: fail-on wants info, low, medium, high, critical, never"),
            ("color = true", "line 1: color wants always, auto, never"),
            ("\nformat = 'sarif'", "line 2: format wants json, jsonl, text"),
            ("threads = 70000", "line 1: threads wants a number from 0 to 65535"),
            ("policy = ['a']", "line 1: policy wants a path"),
            ("keylog = [1]", "line 1: keylog wants a list of paths"),
            ("[tui]\nmouse = 'yes'", "line 2: invalid type"),
            ("[tui.keys]\nquit = 1", "line 2: quit wants a key or a list of keys"),
            ("threads = 1\nthreads = 2", "line 2: duplicate key"),
        ] {
            let said = read(text, Path::new("c.toml")).unwrap_err().to_string();
            assert!(said.starts_with(error) && !said.contains('\n'), "{text}: {said}");
        }
    }
}

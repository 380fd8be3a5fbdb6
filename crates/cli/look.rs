//! How the terminal UI looks and which keys it has: what the config file says, checked, and what the
//! terminal says of its background.

use tui::{Background, Contrast, Keymap, Rebinding};

use crate::background;
use crate::config::TuiConfig;

/// Names of themes in a config file.
const THEMES: &str =
    "auto, dark, light, high-contrast, high-contrast-dark, high-contrast-light, none";

/// The look.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) color: bool,
    pub(crate) background: Background,
    pub(crate) contrast: Contrast,
    pub(crate) mouse: bool,
    pub(crate) keys: Vec<Rebinding>,
}

impl Look {
    /// The look that somebody wants. Errors name file and line. The terminal is asked only if there
    /// are colours that depend on it.
    pub(crate) fn of(config: &TuiConfig, color: bool) -> anyhow::Result<Self> {
        let (mut color, mut contrast, mut fixed) = (color, Contrast::Usual, None);
        if let Some(theme) = &config.theme {
            (fixed, contrast) = match theme.value.as_str() {
                "auto" => (None, Contrast::Usual),
                "dark" => (Some(Background::Dark), Contrast::Usual),
                "high-contrast" => (None, Contrast::High),
                "high-contrast-dark" => (Some(Background::Dark), Contrast::High),
                "high-contrast-light" => (Some(Background::Light), Contrast::High),
                "light" => (Some(Background::Light), Contrast::Usual),
                "none" => {
                    color = false;
                    (None, Contrast::Usual)
                }
                other => {
                    let message = format!("'{other}' is no theme; there are {THEMES}");
                    return Err(config.error(theme.line, message));
                }
            };
        }
        let background = match fixed {
            Some(background) => background,
            None if color => background::background(),
            None => Background::Dark,
        };
        let mouse = config.mouse.as_ref().is_some_and(|mouse| mouse.value);
        Ok(Self { color, background, contrast, mouse, keys: keys(config)? })
    }
}

/// The keys, each checked together with those before it, so that an error names its line.
fn keys(config: &TuiConfig) -> anyhow::Result<Vec<Rebinding>> {
    let all: Vec<Rebinding> = config
        .keys
        .iter()
        .map(|bound| Rebinding { name: bound.command.clone(), keys: bound.keys.clone() })
        .collect();
    let Err(error) = Keymap::with(&all) else { return Ok(all) };
    // Two keys may have changed places: only all together say that something is wrong, and the
    // first line with which it still is says where.
    let wrong = (1..=all.len()).find(|end| {
        all.get(..*end).is_some_and(|some| Keymap::with(some).err().as_ref() == Some(&error))
    });
    let bound = wrong.and_then(|end| config.keys.get(end.saturating_sub(1)));
    Err(config.error(bound.map_or(1, |bound| bound.line), error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Keys, Placed};

    fn config(theme: &str, keys: &[(&str, &str)]) -> TuiConfig {
        let mut config = TuiConfig::default();
        config.theme = Some(Placed { value: theme.to_owned(), line: 2 });
        config.keys = (5..)
            .zip(keys)
            .map(|(line, (command, key))| Keys {
                command: (*command).to_owned(),
                keys: vec![(*key).to_owned()],
                line,
            })
            .collect();
        config
    }

    #[test]
    fn what_is_wrong_names_its_line() {
        for (theme, keys, words) in [
            ("pink", &[][..], "line 2: 'pink' is no theme"),
            ("dark", &[("quit", "Q"), ("dwn", "x")], "line 6: 'dwn' is no command"),
            ("dark", &[("quit", "Q"), ("down", "k")], "line 6: key k is bound twice"),
            ("dark", &[("quit", "ctrl-")], "line 5: key of quit"),
        ] {
            let error = format!("{:#}", Look::of(&config(theme, keys), false).unwrap_err());
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn keys_may_change_places() {
        let look = Look::of(&config("light", &[("down", "k"), ("up", "j")]), true).unwrap();
        assert_eq!((look.keys.len(), look.background), (2, Background::Light));
        assert!(!Look::of(&config("none", &[]), true).unwrap().color);
    }
}

//! What the caller decides before the UI starts.
//!
//! This crate reads no environment variables: the command line does, and hands on what follows.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use detect::baseline::Baseline;
use detect::pins::Pins;

use crate::keymap::Rebinding;
use crate::outside::Speed;

/// How the UI looks and behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// Use colours. Off for `NO_COLOR` and `--color never`; everything stays readable without.
    pub color: bool,
    /// What the terminal's own background is like.
    pub background: Background,
    /// Text and colours stand out more.
    pub contrast: Contrast,
    /// Keys that the user wants instead of the usual ones.
    pub keys: Vec<Rebinding>,
    /// The mouse selects and scrolls from the start.
    pub mouse: bool,
    /// A filter that is on from the start, in all views.
    pub filter: String,
    /// The capture is replayed at this speed.
    pub pace: Option<Speed>,
    /// What is normal, to compare with and to name apps by.
    pub baseline: Baseline,
    /// Keys that hosts must present, to say which they do.
    pub pins: Pins,
    /// The file that what is accepted as normal is written into.
    pub baseline_path: String,
    /// The file that suppressions are written into.
    pub policy_path: String,
    /// The input has no end by itself: leaving stops the capture, so it is asked for twice.
    pub live: bool,
    /// Keys were given for what is encrypted: what is not readable then has other reasons.
    pub has_keys: bool,
    /// Secrets in requests may be shown when the user asks for it. They are hidden at the start.
    pub may_reveal: bool,
    /// Set by a signal handler of the caller (SIGTERM, SIGHUP): the UI leaves within a tenth of a
    /// second, with the terminal restored.
    pub stop: Option<Arc<AtomicBool>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            color: true,
            background: Background::Dark,
            contrast: Contrast::Usual,
            keys: Vec::new(),
            mouse: false,
            filter: String::new(),
            pace: None,
            baseline: Baseline::default(),
            pins: Pins::default(),
            baseline_path: String::from("interloper-baseline.toml"),
            policy_path: String::from("interloper-policy.toml"),
            live: false,
            has_keys: false,
            may_reveal: false,
            stop: None,
        }
    }
}

/// How much things stand out from the background.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Contrast {
    /// At least 7:1 (WCAG 2.2, level AAA); nothing is dim.
    High,
    /// At least 4.5:1 (WCAG 2.2, level AA).
    #[default]
    Usual,
}

/// What the terminal's own background is like. The UI never paints one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Background {
    /// Light letters on dark.
    #[default]
    Dark,
    /// Dark letters on light.
    Light,
}

impl Background {
    /// From the value of `COLORFGBG`, which rxvt, Konsole and others set: `foreground;background`
    /// as numbers of the 16-colour palette, where 7 and 9 to 15 are light. `None` if it says
    /// nothing of the kind.
    pub fn from_colorfgbg(value: &str) -> Option<Self> {
        let (_, background) = value.rsplit_once(';')?;
        match background.parse::<u8>().ok()? {
            7 | 9..=15 => Some(Self::Light),
            0..=6 | 8 => Some(Self::Dark),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colorfgbg_tells_light_from_dark() {
        let cases = [
            ("15;0", Some(Background::Dark)),
            ("0;15", Some(Background::Light)),
            ("0;default;15", Some(Background::Light)),
            ("12;8", Some(Background::Dark)),
            ("15;default", None),
            ("15", None),
            ("0;16", None),
        ];
        for (value, expected) in cases {
            assert_eq!(Background::from_colorfgbg(value), expected, "{value}");
        }
    }
}

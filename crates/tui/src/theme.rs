//! Colours: one accent, one for each severity, and one for what went well; requests and their bodies
//! borrow from these. Nothing else is coloured.
//!
//! The terminal's own foreground and background are never replaced, so that every scheme stays
//! as its owner chose it; and a severity is a word and a glyph before it is a colour, so that
//! nothing is lost without any. The colours are from the fixed part of the 256-colour palette
//! (16 to 255), which schemes leave alone: their contrast can be computed, and is, by a test.

use detect::Severity;
use ratatui::style::{Color, Modifier, Style};

use crate::options::{Background, Contrast};

/// How things look.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    palette: Option<&'static Palette>,
}

/// Indices into the 256-colour palette.
#[derive(Debug)]
struct Palette {
    accent: u8,
    dim: u8,
    critical: u8,
    high: u8,
    medium: u8,
    low: u8,
    info: u8,
    good: u8,
}

const DARK: Palette = Palette {
    accent: 80,
    dim: 246,
    critical: 203,
    high: 208,
    medium: 221,
    low: 75,
    info: 250,
    good: 114,
};

const LIGHT: Palette = Palette {
    accent: 24,
    dim: 240,
    critical: 160,
    high: 94,
    medium: 58,
    low: 25,
    info: 238,
    good: 22,
};

const DARK_CONTRAST: Palette = Palette {
    accent: 123,
    dim: 253,
    critical: 217,
    high: 216,
    medium: 229,
    low: 153,
    info: 255,
    good: 157,
};

const LIGHT_CONTRAST: Palette = Palette {
    accent: 17,
    dim: 236,
    critical: 88,
    high: 52,
    medium: 53,
    low: 18,
    info: 234,
    good: 22,
};

impl Theme {
    /// The names of [`Theme::named`].
    pub const NAMES: [&str; 5] = ["dark", "light", "high-contrast", "high-contrast-light", "none"];

    /// A theme for this background; without colours if `color` is false.
    pub const fn new(color: bool, background: Background, contrast: Contrast) -> Self {
        let palette = match (color, background, contrast) {
            (false, ..) => None,
            (true, Background::Dark, Contrast::Usual) => Some(&DARK),
            (true, Background::Dark, Contrast::High) => Some(&DARK_CONTRAST),
            (true, Background::Light, Contrast::Usual) => Some(&LIGHT),
            (true, Background::Light, Contrast::High) => Some(&LIGHT_CONTRAST),
        };
        Self { palette }
    }

    /// The theme of this name; `None` if there is none.
    pub fn named(name: &str) -> Option<Self> {
        let (background, contrast) = match name {
            "dark" => (Background::Dark, Contrast::Usual),
            "high-contrast" => (Background::Dark, Contrast::High),
            "high-contrast-light" => (Background::Light, Contrast::High),
            "light" => (Background::Light, Contrast::Usual),
            "none" => return Some(Self { palette: None }),
            _ => return None,
        };
        Some(Self::new(true, background, contrast))
    }

    /// Ordinary text.
    pub const fn text(&self) -> Style {
        Style::new()
    }

    /// Text that matters more than that around it.
    pub const fn strong(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Labels, lines of a tree, what may be overlooked.
    pub fn dim(&self) -> Style {
        self.colored(Style::new(), |palette| palette.dim)
    }

    /// Titles, keys, progress: what the eye should find first.
    pub fn accent(&self) -> Style {
        self.colored(self.strong(), |palette| palette.accent)
    }

    /// Something went wrong.
    pub fn error(&self) -> Style {
        self.colored(self.strong(), |palette| palette.critical)
    }

    /// The selected row; reversed where there are no colours to make the mark stand out.
    pub const fn selected(&self) -> Style {
        match self.palette {
            Some(_) => self.strong(),
            None => Style::new().add_modifier(Modifier::BOLD).add_modifier(Modifier::REVERSED),
        }
    }

    /// A severity.
    pub fn severity(&self, severity: Severity) -> Style {
        let style = if severity >= Severity::High { self.strong() } else { self.text() };
        self.colored(style, |palette| match severity {
            Severity::Critical => palette.critical,
            Severity::High => palette.high,
            Severity::Medium => palette.medium,
            Severity::Low => palette.low,
            Severity::Info => palette.info,
        })
    }

    /// A status of HTTP, by its class: done, elsewhere, the client's fault, the server's fault.
    pub fn status(&self, status: u16) -> Style {
        self.colored(Style::new(), |palette| match status {
            200..300 => palette.good,
            300..400 => palette.low,
            400..500 => palette.medium,
            500..600 => palette.critical,
            _ => palette.info,
        })
    }

    /// Something went as one would wish.
    pub fn good(&self) -> Style {
        self.colored(Style::new(), |palette| palette.good)
    }

    /// Something that one should not overlook.
    pub fn warning(&self) -> Style {
        self.colored(Style::new(), |palette| palette.medium)
    }

    /// Names in structured text: of header fields, of members of JSON.
    pub fn name(&self) -> Style {
        self.colored(Style::new(), |palette| palette.low)
    }

    /// Numbers, `true`, `null` in structured text.
    pub fn literal(&self) -> Style {
        self.colored(Style::new(), |palette| palette.accent)
    }

    fn colored(&self, style: Style, pick: impl FnOnce(&Palette) -> u8) -> Style {
        self.palette.map_or(style, |palette| style.fg(Color::Indexed(pick(palette))))
    }
}

/// A sign for each severity, told apart by shape. All are one column wide.
pub const fn glyph(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "✗",
        Severity::High => "▲",
        Severity::Medium => "◆",
        Severity::Low => "●",
        Severity::Info => "○",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Least contrast of text by WCAG 2.2, success criterion 1.4.3.
    const LEAST_CONTRAST: f64 = 4.5;

    /// The same by success criterion 1.4.6.
    const HIGH_CONTRAST: f64 = 7.0;

    impl Palette {
        fn all(&self) -> [u8; 8] {
            let severities = [self.critical, self.high, self.medium, self.low, self.info];
            let [a, b, c, d, e] = severities;
            [self.accent, self.dim, self.good, a, b, c, d, e]
        }
    }

    /// Red, green and blue of a colour of the fixed part of xterm's palette.
    fn rgb(index: u8) -> [f64; 3] {
        let cube = |step: u8| if step == 0 { 0.0 } else { f64::from(step) * 40.0 + 55.0 };
        match index {
            232..=255 => [f64::from(index.saturating_sub(232)) * 10.0 + 8.0; 3],
            _ => {
                let n = index.saturating_sub(16);
                [cube(n / 36), cube(n / 6 % 6), cube(n % 6)]
            }
        }
    }

    /// Relative luminance as WCAG defines it.
    fn luminance(rgb: [f64; 3]) -> f64 {
        let linear = |value: f64| {
            let s = value / 255.0;
            if s <= 0.04045 { s / 12.92 } else { ((s + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2])
    }

    fn contrast(index: u8, background: [f64; 3]) -> f64 {
        let (a, b) = (luminance(rgb(index)), luminance(background));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn all_colours_can_be_read() {
        // Black and the dark grey of many schemes; white and the paper of Solarized light.
        let dark = [[0.0; 3], [40.0, 40.0, 40.0]];
        let light = [[255.0; 3], [253.0, 246.0, 227.0]];
        for (palette, backgrounds, least) in [
            (&DARK, dark, LEAST_CONTRAST),
            (&LIGHT, light, LEAST_CONTRAST),
            (&DARK_CONTRAST, dark, HIGH_CONTRAST),
            (&LIGHT_CONTRAST, light, HIGH_CONTRAST),
        ] {
            for (index, background) in
                palette.all().into_iter().flat_map(|index| backgrounds.map(|b| (index, b)))
            {
                assert!(index >= 16, "{index} is what the user's scheme makes of it");
                let contrast = contrast(index, background);
                assert!(contrast >= least, "{index} on {background:?}: {contrast:.2}");
            }
        }
    }

    #[test]
    fn severities_differ_in_shape_and_colour() {
        for (at, severity) in Severity::ALL.into_iter().enumerate() {
            assert_eq!(unicode_width::UnicodeWidthStr::width(glyph(severity)), 1);
            for other in Severity::ALL.into_iter().skip(at + 1) {
                assert_ne!(glyph(severity), glyph(other));
                for name in Theme::NAMES.into_iter().filter(|name| *name != "none") {
                    let theme = Theme::named(name).unwrap();
                    assert_ne!(theme.severity(severity).fg, theme.severity(other).fg);
                }
            }
        }
    }

    #[test]
    fn without_colour_there_is_none() {
        let theme = Theme::named("none").unwrap();
        let styles = [theme.accent(), theme.dim(), theme.error(), theme.selected(), theme.text()];
        for style in styles.into_iter().chain(Severity::ALL.map(|s| theme.severity(s))) {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }
}

//! The few colours that the text has: severity, and emphasis (ECMA-48 SGR).

use detect::Severity;

use super::Style;

/// Puts colours around text, or does not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Paint(Style);

impl Paint {
    pub(crate) const fn new(style: Style) -> Self {
        Self(style)
    }

    /// In the severity's colour.
    pub(crate) fn severity(self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Critical => "1;31",
            Severity::High => "31",
            Severity::Medium => "33",
            Severity::Low => "36",
            Severity::Info => "2",
        };
        self.with(code, text)
    }

    /// What the eye should find first.
    pub(crate) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// What the eye may skip.
    pub(crate) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        match self.0 {
            Style::Colour if !text.trim().is_empty() => format!("\x1b[{code}m{text}\x1b[0m"),
            Style::Colour | Style::Plain => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_has_no_escape_sequence() {
        for severity in Severity::ALL {
            assert_eq!(Paint::new(Style::Plain).severity(severity, "word"), "word");
        }
        assert_eq!(Paint::default().bold("word"), "word");
    }

    #[test]
    fn every_colour_is_reset() {
        for severity in Severity::ALL {
            let painted = Paint::new(Style::Colour).severity(severity, "word");
            assert!(painted.starts_with("\x1b[") && painted.ends_with("mword\x1b[0m"));
        }
        assert_eq!(Paint::new(Style::Colour).dim("   "), "   ");
    }
}

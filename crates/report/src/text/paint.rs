//! The few colours that the text has: severity, and emphasis (ECMA-48 SGR).

use detect::Severity;

use super::Style;
use super::block::pad;

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

    /// Adds what the eye should find first.
    pub(crate) fn put_bold(self, out: &mut String, text: &str) {
        self.put(out, "1", text, text.len());
    }

    /// Adds what the eye may skip, and spaces behind it up to so many bytes.
    pub(crate) fn put_dim(self, out: &mut String, text: &str, width: usize) {
        self.put(out, "2", text, width);
    }

    fn with(self, code: &str, text: &str) -> String {
        let mut out = String::new();
        self.put(&mut out, code, text, text.len());
        out
    }

    fn put(self, out: &mut String, code: &str, text: &str, width: usize) {
        let is_painted = matches!(self.0, Style::Colour) && !text.trim().is_empty();
        if is_painted {
            out.extend(["\x1b[", code, "m"]);
        }
        out.push_str(text);
        pad(out, width.saturating_sub(text.len()));
        if is_painted {
            out.push_str("\x1b[0m");
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

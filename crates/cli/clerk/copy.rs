//! The clipboard of the desktop.
//!
//! The UI sends the same text to the terminal (OSC 52), which works over SSH too; where there is a
//! desktop, this reaches terminals that do not take it. So a failure is no error.

use std::fmt;

/// The connection to the desktop, which must stay open: on X11 and Wayland, whoever copied hands the
/// text over when somebody pastes it.
#[derive(Default)]
pub(crate) struct Desktop {
    clipboard: Option<arboard::Clipboard>,
    /// It could not be reached, and is not asked again.
    missing: bool,
}

impl Desktop {
    /// No desktop, for tests: they leave the clipboard of whoever runs them alone.
    #[cfg(test)]
    pub(crate) const fn missing() -> Self {
        Self { clipboard: None, missing: true }
    }

    /// Copies a text, if there is a desktop.
    pub(super) fn copy(&mut self, text: &str) {
        if self.clipboard.is_none() && !self.missing {
            self.clipboard = arboard::Clipboard::new().ok();
            self.missing = self.clipboard.is_none();
        }
        if let Some(clipboard) = &mut self.clipboard {
            // Said above.
            let _ = clipboard.set_text(text);
        }
    }
}

impl fmt::Debug for Desktop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desktop").field("missing", &self.missing).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_desktop_nothing_happens() {
        let mut desktop = Desktop::missing();
        desktop.copy("text");
        assert!(desktop.clipboard.is_none() && desktop.missing, "{desktop:?}");
    }
}

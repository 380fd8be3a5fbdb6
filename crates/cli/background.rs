//! Light or dark: what the terminal says of its background when it is asked (OSC 11), else what its
//! environment says.

use std::time::Duration;

use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};
use tui::Background;

/// How long a terminal may think about it. Those that do not know the question are told by what they
/// answer to the next one; only a line to another continent needs this long.
const PATIENCE: Duration = Duration::from_millis(300);

/// The background, as far as anybody says.
pub(crate) fn background() -> Background {
    let mut options = QueryOptions::default();
    options.timeout = PATIENCE;
    match theme_mode(options) {
        Ok(ThemeMode::Dark) => Background::Dark,
        Ok(ThemeMode::Light) => Background::Light,
        Err(_) => {
            let hint = std::env::var("COLORFGBG").ok();
            hint.and_then(|hint| Background::from_colorfgbg(&hint)).unwrap_or_default()
        }
    }
}

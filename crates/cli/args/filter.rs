//! Which findings or records are written: `--filter`, in the language of `detect::filter`.

use std::str::FromStr;

use anyhow::bail;
use detect::filter::{FINDING_FIELDS, Field, Filter, FilterError, RECORD_FIELDS};
use report::escape::escape;
use unicode_width::UnicodeWidthStr;

/// What passes.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub(crate) struct FilterArgs {
    /// Only what matches, as in 'host:shop sev:>=high', in the language of / in the terminal UI.
    /// What does not is neither written nor counted for the exit code
    #[arg(
        id = "filter",
        long = "filter",
        value_name = "EXPR",
        env = "INTERLOPER_FILTER",
        hide_env_values = true
    )]
    given: Option<Given>,
}

/// A filter, and how it was written.
#[derive(Clone, Debug)]
struct Given {
    text: String,
    filter: Filter,
}

impl FromStr for Given {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match Filter::parse(text) {
            Ok(filter) => Ok(Self { text: text.to_owned(), filter }),
            Err(error) => Err(shown(text, &error)),
        }
    }
}

impl FilterArgs {
    /// The filter as it was written, for those who show it; empty if there is none.
    pub(crate) fn text(&self) -> &str {
        self.given.as_ref().map_or("", |given| given.text.as_str())
    }

    /// The filter, whatever it asks; empty if there is none.
    pub(crate) fn filter(&self) -> Filter {
        self.given.as_ref().map_or_else(Filter::default, |given| given.filter.clone())
    }

    /// The filter of a list of findings. One that asks for what findings do not have is refused:
    /// everything would be left out, and the exit code 0.
    pub(crate) fn of_findings(&self) -> anyhow::Result<Filter> {
        self.within("findings", &FINDING_FIELDS)
    }

    /// The same of records.
    pub(crate) fn of_records(&self) -> anyhow::Result<Filter> {
        self.within("records", &RECORD_FIELDS)
    }

    fn within(&self, things: &str, fields: &[Field]) -> anyhow::Result<Filter> {
        let filter = self.filter();
        if !filter.asks_only(fields) {
            let keys: Vec<_> = fields.iter().map(|field| format!("{}:", field.key())).collect();
            bail!("--filter: {things} have {} and nothing else", keys.join(" "));
        }
        Ok(filter)
    }
}

/// What is wrong, and the text with the place marked.
fn shown(text: &str, error: &FilterError) -> String {
    let width = |part: Option<&str>| escape(part.unwrap_or_default()).width();
    let indent = " ".repeat(width(text.get(..error.at.start)));
    let mark = "^".repeat(width(text.get(error.at.clone())).max(1));
    format!("{}\n\n  {}\n  {indent}{mark}", error.message, escape(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_marked() {
        for (text, expected) in
            [("日本 sev:bad x", "  日本 sev:bad x\n           ^^^"), ("a |", "  a |\n    ^")]
        {
            let error = Given::from_str(text).unwrap_err();
            assert!(error.ends_with(expected), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for (text, findings, records) in [
            ("", true, true),
            ("host:a sev:high ja4:t13", true, false),
            ("path:/v1", false, true),
            ("result:refused", false, true),
            ("a !status:404", false, true),
        ] {
            let args = FilterArgs { given: Some(Given::from_str(text).unwrap()) };
            let asked = (args.of_findings().is_ok(), args.of_records().is_ok());
            assert_eq!((asked, args.text()), ((findings, records), text));
        }
    }
}

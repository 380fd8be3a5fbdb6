//! A block of lines, with a title and `label  value` fields, that is written at once.

use std::io;

use super::wrap::each_line;
use super::{MIN_WIDTH, Options, Paint};

/// Columns before the fields.
const INDENT: usize = 2;

/// Columns of a field's label, the gap behind it included.
const LABEL: usize = 13;

/// Bytes that most blocks fit into.
const USUAL: usize = 2_048;

/// What was put into the block so far.
pub(super) struct Block {
    text: String,
    paint: Paint,
    width: usize,
    /// The value that is about to be wrapped.
    value: String,
}

impl Block {
    pub(super) fn new(options: Options) -> Self {
        Self {
            text: String::with_capacity(USUAL),
            paint: Paint::new(options.style),
            width: options.width.max(MIN_WIDTH),
            value: String::new(),
        }
    }

    /// A word, and beside it a title over as many lines as it takes. `paint` colours the word.
    pub(super) fn title(
        &mut self,
        word: &str,
        title: &str,
        paint: impl FnOnce(Paint, &str) -> String,
    ) {
        let lead = word.len().saturating_add(2);
        let mut word = Some(paint(self.paint, word));
        let (text, paint) = (&mut self.text, self.paint);
        each_line(title, self.width.saturating_sub(lead), |line| {
            match word.take() {
                Some(word) => text.extend([&word, "  "]),
                None => pad(text, lead),
            }
            paint.put_bold(text, line);
            text.push('\n');
        });
    }

    /// A label and, in a column of its own, a value over as many lines as it takes.
    pub(super) fn field(&mut self, label: &str, value: &str) {
        let room = self.width.saturating_sub(INDENT).saturating_sub(LABEL);
        let (text, paint, mut label) = (&mut self.text, self.paint, label);
        each_line(value, room, |line| {
            pad(text, INDENT);
            paint.put_dim(text, label, LABEL);
            text.push_str(line);
            text.push('\n');
            label = "";
        });
    }

    /// The same where the value is put together.
    pub(super) fn built(&mut self, label: &str, build: impl FnOnce(&mut String)) {
        let mut value = std::mem::take(&mut self.value);
        value.clear();
        build(&mut value);
        self.field(label, &value);
        self.value = value;
    }

    /// Writes it, with an empty line behind it.
    pub(super) fn write(mut self, writer: &mut dyn io::Write) -> io::Result<()> {
        self.text.push('\n');
        writer.write_all(self.text.as_bytes())
    }
}

/// So many spaces.
pub(super) fn pad(text: &mut String, columns: usize) {
    const SPACES: &str = "                ";
    match SPACES.get(..columns) {
        Some(spaces) => text.push_str(spaces),
        None => text.extend(std::iter::repeat_n(' ', columns)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continuation_lines_stand_under_the_value() {
        let mut block = Block::new(Options { width: 40, ..Options::default() });
        block.field("fact", &"word ".repeat(8));
        let mut out = Vec::new();
        block.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let under = " ".repeat(15);
        assert_eq!(
            text,
            format!("  fact         word word word word word\n{under}word word word\n\n")
        );
    }
}

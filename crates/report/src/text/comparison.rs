//! What comparing two vantage points gave: a sentence, and a table.

use std::io;

use detect::Comparison;

use super::report::counted;
use super::{Options, Paint};

/// The verdict where nothing was found.
pub(super) fn calm(comparison: Comparison) -> String {
    let Comparison { end_to_end, terminated, not_covered } = comparison;
    if terminated > 0 {
        // Its findings were left out of the report; the count is not.
        return format!("Not end to end: {} ended in between", counted(terminated, "session"));
    }
    match (end_to_end, not_covered) {
        (0, 0) => String::from("Nothing to compare: the phone's capture shows no session"),
        (0, _) => String::from(
            "Nothing to compare: the edge capture shows no server that the phone talked to",
        ),
        (all, 0) => format!("End to end: the edge saw {} just as the phone made it", each(all)),
        (some, rest) => format!(
            "End to end: the edge saw {} just as the phone made it; {} went to servers that the \
             edge capture does not show",
            each(some),
            counted(rest, "more session")
        ),
    }
}

fn each(sessions: u64) -> String {
    match sessions {
        1 => String::from("1 session"),
        more => format!("each of {more} sessions"),
    }
}

/// Writes the table.
pub(super) fn write_comparison(
    writer: &mut dyn io::Write,
    comparison: Comparison,
    options: Options,
) -> io::Result<()> {
    let paint = Paint::new(options.style);
    writeln!(writer, "{}", paint.bold("Sessions of the phone"))?;
    for (count, label, meaning) in [
        (comparison.end_to_end, "end to end", "the edge saw the same handshake"),
        (comparison.terminated, "terminated", "ended in between, another arrived or none"),
        (
            comparison.not_covered,
            "not covered",
            "the edge capture does not show that server or time",
        ),
    ] {
        writeln!(writer, "  {label:12}{count:>7}  {}", paint.dim(meaning))?;
    }
    writeln!(writer)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn counts(end_to_end: u64, terminated: u64, not_covered: u64) -> Comparison {
        Comparison { end_to_end, terminated, not_covered }
    }

    #[test]
    fn the_sentence_says_how_much_was_proven() {
        for (comparison, text) in [
            (counts(1, 0, 0), "End to end: the edge saw 1 session just as the phone made it"),
            (
                counts(3, 0, 1),
                "End to end: the edge saw each of 3 sessions just as the phone made it; 1 more \
                 session went to servers that the edge capture does not show",
            ),
            (counts(0, 0, 0), "Nothing to compare: the phone's capture shows no session"),
            (
                counts(0, 0, 2),
                "Nothing to compare: the edge capture shows no server that the phone talked to",
            ),
            (counts(1, 1, 0), "Not end to end: 1 session ended in between"),
        ] {
            assert_eq!(calm(comparison), text);
        }
    }

    #[test]
    fn the_table_has_a_line_for_each_fate() {
        let mut out = Vec::new();
        write_comparison(&mut out, counts(12, 3, 1), Options::default()).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "Sessions of the phone\n  \
             end to end       12  the edge saw the same handshake\n  \
             terminated        3  ended in between, another arrived or none\n  \
             not covered       1  the edge capture does not show that server or time\n\n"
        );
    }
}

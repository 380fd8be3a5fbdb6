//! Bytes as Wireshark and `hexdump -C` show them: offset, hexadecimal, ASCII.

/// Bytes on a line; half of it on a narrow page.
const BYTES: usize = 16;

/// Columns from which on a line holds [`BYTES`].
const WIDE: usize = 78;

/// The first bytes, at most so many lines of a page of this width.
pub(crate) fn lines(bytes: &[u8], columns: usize, most: usize) -> Vec<String> {
    let per_line = if columns >= WIDE { BYTES } else { BYTES.div_euclid(2) };
    let chunks = bytes.chunks(per_line).take(most).enumerate();
    chunks.map(|(nth, chunk)| line(nth.saturating_mul(per_line), chunk, per_line)).collect()
}

fn line(offset: usize, bytes: &[u8], per_line: usize) -> String {
    let mut hex = String::new();
    for (nth, byte) in bytes.iter().enumerate() {
        if nth == BYTES.div_euclid(2) {
            hex.push(' ');
        }
        hex.push_str(&format!(" {byte:02x}"));
    }
    let ascii: String = bytes
        .iter()
        .map(|byte| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '.' })
        .collect();
    let width = per_line.saturating_mul(3).saturating_add(usize::from(per_line == BYTES));
    format!("{offset:06x} {hex:<width$}  {ascii}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_hexdump_does() {
        let bytes: Vec<u8> = (0x3c..0x50).collect();
        assert_eq!(
            lines(&bytes, 78, 9),
            [
                "00000000  3c 3d 3e 3f 40 41 42 43  44 45 46 47 48 49 4a 4b  <=>?@ABCDEFGHIJK",
                "00000010  4c 4d 4e 4f                                       LMNO",
            ]
            .map(|line| &line[2..])
        );
        assert_eq!(lines(&bytes, 40, 1), ["000000  3c 3d 3e 3f 40 41 42 43  <=>?@ABC"]);
        assert!(lines(&[], 80, 9).is_empty());
    }
}

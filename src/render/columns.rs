//! Columns that line up, for people at a terminal.
//!
//! Not for machines: those get JSON.
//! Invariant: no byte of a cell can move the cursor or colour the screen; names come from strangers.

use std::borrow::Cow;
use std::io::{self, Write};

/// One column.
pub(super) struct Column {
    pub(super) title: &'static str,
    /// Numbers stand to the right.
    pub(super) is_number: bool,
}

/// A row's cells.
pub(super) type Cells<'a, const N: usize> = [Cow<'a, str>; N];

/// Writes a header and rows. `each_row` is called twice, first for the widths, so that a large table
/// is never held in memory; it must hand out the same rows both times.
pub(super) fn write<const N: usize>(
    columns: &[Column; N],
    out: &mut impl Write,
    mut each_row: impl FnMut(&mut dyn FnMut(Cells<'_, N>) -> io::Result<()>) -> io::Result<()>,
) -> io::Result<()> {
    let mut widths = columns.each_ref().map(|column| column.title.chars().count());
    each_row(&mut |cells| {
        for (width, cell) in widths.iter_mut().zip(&cells) {
            *width = (*width).max(printable(cell).chars().count());
        }
        Ok(())
    })?;
    let mut line = String::new();
    let mut write_row = |cells: Cells<'_, N>| {
        line.clear();
        for ((cell, column), width) in cells.iter().zip(columns).zip(widths) {
            let cell = printable(cell);
            let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
            let (left, right) = if column.is_number { (padding.as_str(), "") } else { ("", padding.as_str()) };
            for part in [left, &cell, right, "  "] {
                line.push_str(part);
            }
        }
        writeln!(out, "{}", line.trim_end())
    };
    write_row(columns.each_ref().map(|column| Cow::Borrowed(column.title)))?;
    each_row(&mut write_row)
}

/// The text with everything that a terminal might act upon written as `\u{…}` or the like. Quotes and
/// backslashes stay as they are.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| matches!(letter, '\\' | '\'' | '"') || letter.escape_debug().len() == 1;
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut printable = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if is_plain(letter) {
            printable.push(letter);
        } else {
            printable.extend(letter.escape_debug());
        }
    }
    Cow::Owned(printable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_that_it_would_act_upon() {
        assert_eq!(printable("plain-name_1 \\ \"q\" é 漢"), "plain-name_1 \\ \"q\" é 漢");
        assert_eq!(printable("\u{1b}[31mred\n\u{202e}x\u{7f}"), "\\u{1b}[31mred\\n\\u{202e}x\\u{7f}");
    }

    #[test]
    fn numbers_stand_right_and_lines_end_without_spaces() {
        let columns = [
            Column { title: "NAME", is_number: false },
            Column { title: "COUNT", is_number: true },
            Column { title: "NOTE", is_number: false },
        ];
        let mut out = Vec::new();
        write(&columns, &mut out, |row| {
            row(["é".into(), "7".into(), "".into()])?;
            row(["longer".into(), "1234567".into(), "x".into()])
        })
        .expect("a Vec takes all");
        let table = String::from_utf8(out).expect("UTF-8");
        assert_eq!(table, "NAME      COUNT  NOTE\né             7\nlonger  1234567  x\n");
    }
}

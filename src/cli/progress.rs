//! How far long work is, as a bar on a terminal.
//!
//! Not for logs or pipes: there is nothing where nobody looks.
//! Invariant: what was written is gone when the work is done.

use std::io::{IsTerminal, Write};

use crate::render::printable;

/// Characters of the bar.
const WIDTH: usize = 30;

/// See the module.
pub(super) struct Progress {
    is_shown: bool,
    /// The bar as it is there; it is written again only when it is another.
    last: Option<(usize, u64)>,
}

impl Progress {
    /// A bar on standard error, if that is a terminal.
    pub(super) fn on_a_terminal() -> Self {
        Self { is_shown: std::io::stderr().is_terminal(), last: None }
    }

    /// Shows that so much is done of something that is called so.
    pub(super) fn show(&mut self, done: u64, of: u64, name: impl FnOnce() -> String) {
        let now = place(done, of);
        if !self.is_shown || self.last == Some(now) {
            return;
        }
        self.last = Some(now);
        write(&format!("\r{}\u{1b}[K", line(now, &name())));
    }

    /// Takes it away.
    pub(super) fn clear(&mut self) {
        if self.last.take().is_some() {
            write("\r\u{1b}[K");
        }
    }
}

/// Filled characters, and percent.
fn place(done: u64, of: u64) -> (usize, u64) {
    let part = |whole: u64| done.min(of).saturating_mul(whole).checked_div(of).unwrap_or(0);
    let filled = part(u64::try_from(WIDTH).unwrap_or_default());
    (usize::try_from(filled).unwrap_or(WIDTH), part(100))
}

fn line((filled, percent): (usize, u64), name: &str) -> String {
    format!("{percent:>3}% [{:WIDTH$}] {}", "#".repeat(filled), printable(name))
}

fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    // Who closed the stream does not want to know.
    drop(stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills() {
        assert_eq!(line(place(0, 10), "orders 7"), "  0% [                              ] orders 7");
        assert_eq!(line(place(5, 10), "orders 7"), " 50% [###############               ] orders 7");
        assert_eq!(line(place(99, 10), "\u{1b}x"), "100% [##############################] \\u{1b}x");
        assert_eq!(place(0, 0), (0, 0));
    }
}

//! Lists that come in pieces.
//!
//! Not a database cursor: nothing is kept between two requests.
//! Invariant: a piece begins after a name, not at a place, so a list that changes between two requests
//! neither repeats nor skips what stayed in it.

use serde::{Deserialize, Serialize};

/// The most items of one piece.
pub const LIMIT_MAX: usize = 1000;

/// Items of one piece where the request does not say.
pub const LIMIT_DEFAULT: usize = 100;

/// One piece of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List<T> {
    /// The items, by name.
    pub items: Vec<T>,
    /// What to ask for as [`Paging::after`] to get the next piece; `null` after the last.
    pub next: Option<String>,
    /// Items of all pieces together.
    pub total: usize,
}

/// Which piece of a list is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Paging<'a> {
    /// The `next` of the piece before; `None` for the first.
    pub after: Option<&'a str>,
    /// Items at most: at least 1, at most [`LIMIT_MAX`]; what lies outside is moved to the nearer end.
    pub limit: usize,
}

impl Default for Paging<'_> {
    fn default() -> Self {
        Self { after: None, limit: LIMIT_DEFAULT }
    }
}

/// Cuts a piece out of named sources, sorted by name, and turns only that piece into items.
pub(super) fn piece<S, T>(sources: &[(&str, S)], paging: Paging<'_>, into: impl Fn(&S) -> T) -> List<T> {
    piece_of(sources, paging, |shown| shown.iter().map(|(_, source)| into(source)).collect())
}

/// The same, where the items of a piece are made together.
pub(super) fn piece_of<N: AsRef<str>, S, T>(
    sources: &[(N, S)],
    paging: Paging<'_>,
    into: impl FnOnce(&[(N, S)]) -> Vec<T>,
) -> List<T> {
    let limit = paging.limit.clamp(1, LIMIT_MAX);
    let start = paging.after.map_or(0, |after| sources.partition_point(|(name, _)| name.as_ref() <= after));
    let rest = sources.get(start..).unwrap_or_default();
    let shown = rest.get(..limit).unwrap_or(rest);
    let next = if shown.len() < rest.len() { shown.last().map(|(name, _)| name.as_ref().to_owned()) } else { None };
    List { items: into(shown), next, total: sources.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [(&str, u8); 5] = [("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)];

    #[test]
    fn following_next_visits_every_item_once() {
        let mut seen = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let list = piece(&NAMES, Paging { after: after.as_deref(), limit: 2 }, |number| *number);
            assert_eq!(list.total, 5);
            seen.extend(list.items);
            match list.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, [1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_name_that_vanished_still_marks_its_place() {
        let list = piece(&NAMES, Paging { after: Some("bb"), limit: 1 }, |number| *number);
        assert_eq!((list.items, list.next.as_deref()), (vec![3], Some("c")));
    }

    #[test]
    fn an_exact_fit_has_no_next() {
        assert_eq!(piece(&NAMES, Paging { after: None, limit: 5 }, |number| *number).next, None);
        assert!(piece(&NAMES, Paging { after: Some("e"), limit: 5 }, |number| *number).items.is_empty());
    }

    #[test]
    fn limits_stay_between_one_and_the_most() {
        assert_eq!(piece(&NAMES, Paging { after: None, limit: 0 }, |number| *number).items, [1]);
        let many = vec![("same", ()); LIMIT_MAX + 1];
        assert_eq!(piece(&many, Paging { after: None, limit: usize::MAX }, |()| ()).items.len(), LIMIT_MAX);
    }
}

//! Lists that come in pieces.
//!
//! Not a database cursor: nothing is kept between two requests.
//! Invariant: a piece begins after a name, not at a place, so a list that changes between two requests
//! neither repeats nor skips what stayed in it.

use serde::{Deserialize, Serialize};

use crate::render::order::Place;

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

/// A piece of a list that is in another order than that of names.
#[derive(Debug)]
pub(super) struct PlacedPiece<S> {
    pub(super) shown: Vec<S>,
    pub(super) next: Option<String>,
    pub(super) total: usize,
    /// Items of the pieces before.
    pub(super) before: usize,
}

/// Cuts a piece out of sources by their places and, where these are the same, their names.
pub(super) fn placed<S>(mut sources: Vec<(Place, &str, S)>, paging: Paging<'_>) -> Result<PlacedPiece<S>, String> {
    let limit = paging.limit.clamp(1, LIMIT_MAX);
    let total = sources.len();
    sources.sort_unstable_by(|left, right| (left.0, left.1).cmp(&(right.0, right.1)));
    let start = match paging.after {
        None => 0,
        Some(cursor) => {
            let after = after(cursor).ok_or_else(|| format!("next: `{cursor}` is not the `next` of such a list"))?;
            sources.partition_point(|(place, name, _)| (*place, *name) <= after)
        }
    };
    let is_last = total <= start.saturating_add(limit);
    let mut rest = sources.into_iter().skip(start).take(limit).peekable();
    let (mut shown, mut next) = (Vec::new(), None);
    while let Some((place, name, source)) = rest.next() {
        shown.push(source);
        if rest.peek().is_none() && !is_last {
            next = Some(format!("{:x}.{:x}.{name}", place.0, place.1));
        }
    }
    Ok(PlacedPiece { shown, next, total, before: start })
}

fn after(cursor: &str) -> Option<(Place, &str)> {
    let mut parts = cursor.splitn(3, '.');
    let mut number = || u64::from_str_radix(parts.next()?, 16).ok();
    let place = (number()?, number()?);
    Some((place, parts.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn following_next_visits_every_place_once() {
        let sources = || vec![((2, 0), "a", 'a'), ((1, 9), "dot.ted", 'b'), ((1, 9), "b", 'c'), ((0, 0), "z", 'd')];
        let (mut seen, mut after) = (String::new(), None::<String>);
        loop {
            let piece = placed(sources(), Paging { after: after.as_deref(), limit: 1 }).expect("our own cursor");
            assert_eq!((piece.total, piece.before), (4, seen.len()));
            seen.extend(piece.shown);
            match piece.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, "dcba");
        for wrong in ["", "name", "1.name", "x.1.name", "1.2"] {
            assert!(placed(sources(), Paging { after: Some(wrong), limit: 1 }).is_err(), "{wrong}");
        }
    }

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

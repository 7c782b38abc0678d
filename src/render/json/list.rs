//! Lists that come in pieces.
//!
//! Not a database cursor: nothing is kept between two requests.
//! Invariant: a piece of a list by name begins after a name, so a list that changes between two requests neither repeats
//! nor skips what stayed in it; one of any other list begins after as many items as were shown, wherever they are now.

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

/// Cuts a piece out of sources by their places and, where these are the same, their names. In the order of names the next
/// piece begins after a name. Any other order moves with every poll, all lags of an outage together: there it begins
/// after as many items as were shown, or whatever grew meanwhile would be skipped.
pub(super) fn placed<S>(
    mut sources: Vec<(Place, &str, S)>,
    paging: Paging<'_>,
    is_by_name: bool,
) -> Result<PlacedPiece<S>, String> {
    let limit = paging.limit.clamp(1, LIMIT_MAX);
    let total = sources.len();
    sources.sort_unstable_by(|left, right| (left.0, left.1).cmp(&(right.0, right.1)));
    let after = paging.after.map(|cursor| {
        let after = After::read(cursor).filter(|after| matches!(after, After::Name(_)) == is_by_name);
        after.ok_or_else(|| format!("next: `{cursor}` is not the `next` of such a list"))
    });
    let start = match after.transpose()? {
        None => 0,
        Some(After::Name(after)) => sources.partition_point(|(_, name, _)| *name <= after),
        Some(After::Count(count)) => count.min(total),
    };
    let end = start.saturating_add(limit).min(total);
    let last = end.checked_sub(1).and_then(|last| sources.get(last)).filter(|_| start < end && end < total);
    let next = last.map(|(_, name, _)| if is_by_name { format!("n.{name}") } else { format!("p.{end}") });
    let shown = sources.into_iter().take(end).skip(start).map(|(_, _, source)| source).collect();
    Ok(PlacedPiece { shown, next, total, before: start })
}

/// Where a piece of such a list begins.
enum After<'a> {
    Name(&'a str),
    Count(usize),
}

impl<'a> After<'a> {
    fn read(cursor: &'a str) -> Option<Self> {
        let (kind, rest) = cursor.split_once('.')?;
        match kind {
            "n" => Some(Self::Name(rest)),
            // A sign is none of ours, though it could be parsed.
            "p" if rest.bytes().all(|byte| byte.is_ascii_digit()) => rest.parse().ok().map(Self::Count),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Sources = Vec<(Place, &'static str, char)>;

    /// Everything that is shown, by pieces of two. `sources` tells how things stand when so many pieces were asked for.
    fn followed(sources: impl Fn(u64) -> Sources, is_by_name: bool) -> String {
        let (mut seen, mut after) = (String::new(), None::<String>);
        for asked in 0.. {
            let paging = Paging { after: after.as_deref(), limit: 2 };
            let piece = placed(sources(asked), paging, is_by_name).expect("our own cursor");
            assert_eq!(piece.before, seen.len());
            seen.extend(piece.shown);
            match piece.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        seen
    }

    #[test]
    fn following_next_visits_every_place_once() {
        let sources = |_| vec![((2, 0), "a", 'a'), ((1, 9), "dot.ted", 'b'), ((1, 9), "b", 'c'), ((0, 0), "z", 'd')];
        assert_eq!(followed(sources, false), "dcba");
        assert_eq!(followed(|_| vec![((0, 0), "b", 'b'), ((0, 0), "a.b", 'a'), ((0, 0), "c", 'c')], true), "abc");
    }

    #[test]
    fn what_grows_together_is_neither_skipped_nor_repeated() {
        // All lags grow by more than lies between two of them.
        let outage = |asked: u64| {
            let lag = |number: u64| (1_000_000 - 10 * number - 500 * asked, 0);
            let all = [(9, "a", 'a'), (7, "b", 'b'), (5, "c", 'c'), (3, "d", 'd'), (1, "e", 'e')];
            all.map(|(number, name, source)| (lag(number), name, source)).into()
        };
        assert_eq!(followed(outage, false), "abcde");
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let sources = || vec![((0, 0), "a", 'a'), ((0, 0), "b", 'b')];
        let ask = |after, is_by_name| placed(sources(), Paging { after: Some(after), limit: 1 }, is_by_name);
        for wrong in ["", "name", "1.name", "p.", "p.-1", "p.+1", "p.1x", "p.99999999999999999999", "P.1", "n.a"] {
            assert!(ask(wrong, false).is_err(), "{wrong}");
        }
        for wrong in ["", "a", "p.1", "nn.a"] {
            assert!(ask(wrong, true).is_err(), "{wrong}");
        }
        let beyond = ask("p.18446744073709551615", false).expect("a place beyond the end");
        assert_eq!((beyond.shown.len(), beyond.next, beyond.before), (0, None, 2));
        assert_eq!(ask("n.a", true).expect("a name").shown, ['b']);
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

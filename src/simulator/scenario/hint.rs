//! "Did you mean": the known name that is nearest to what was written.
//!
//! Not spelling correction: what was written stays a mistake.
//! Invariant: only a name that is near is proposed, a wrong guess being worse than none.

/// The hint that proposes the nearest of the known names, if one is near enough to be meant.
pub(super) fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let written = plain(written);
    // A third of the letters wrong is still a slip; more is another word.
    let distance_max = written.chars().count().div_ceil(3).min(4);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&written, &plain(name)), name))
        .filter(|(distance, _)| *distance <= distance_max)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| format!("did you mean `{}`?", super::error::shown(name)))
}

/// The name without what differs between the habits of writing it.
fn plain(name: &str) -> String {
    // Names are short; whatever is longer than this is near to none of them.
    let letters = name.chars().filter(|letter| !matches!(letter, '_' | '-' | '.'));
    letters.take(128).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let known = ["stop_broker", "poison", "orders"];
        assert_eq!(did_you_mean("stopBroker", known).as_deref(), Some("did you mean `stop_broker`?"));
        assert_eq!(did_you_mean("poision", known).as_deref(), Some("did you mean `poison`?"));
        assert_eq!(did_you_mean("explode", known), None);
    }
}

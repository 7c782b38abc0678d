//! "Did you mean": the known name that is nearest to what was written.
//!
//! Not spelling correction: what was written stays a mistake.
//! Invariant: only a name that is near is proposed, a wrong guess being worse than none.

/// The hint that proposes the nearest of the known names, if one is near enough to be meant.
pub(super) fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let plain_written = plain(written);
    // A third of the letters wrong is still a slip; more is another word.
    let distance_max = plain_written.chars().count().div_ceil(3).min(4);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&plain_written, &plain(name)), name))
        .filter(|(distance, _)| *distance <= distance_max)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| format!("did you mean `{name}`?"))
}

/// The name without what differs between the habits of writing it: `requestTimeout`,
/// `request-timeout` and `request_timeout` are the same to whoever errs between them.
fn plain(name: &str) -> String {
    // Names are short; whatever is longer than this is near to none of them.
    name.chars()
        .filter(|character| !matches!(character, '_' | '-' | '.'))
        .take(128)
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[track_caller]
    fn check(written: &str, expected: Option<&str>) {
        let known = ["interval", "timeout", "request_timeout", "bootstrap.servers"];
        let expected = expected.map(|name| format!("did you mean `{name}`?"));
        assert_eq!(did_you_mean(written, known), expected, "written: {written}");
    }

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        check("intervall", Some("interval"));
        check("itnerval", Some("interval"));
        check("timout", Some("timeout"));
        check("requestTimeout", Some("request_timeout"));
        check("bootstrap_servers", Some("bootstrap.servers"));
        check("bootstrap.server", Some("bootstrap.servers"));
        check("colour", None);
        check("x", None);
        check("", None);
    }
}

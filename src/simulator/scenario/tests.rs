//! What the stories tell is what happens, and mistakes in files are told well.
//!
//! Not the world's own rules, which are tested where they are made.
//! Invariant: time passes only as the tests say.

mod messages;

use super::*;

#[test]
fn every_built_in_scenario_can_be_read() {
    for (name, text) in BUILT_IN {
        let scenario = parse(text, name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(scenario.name, name);
        assert!(!scenario.story.is_empty() && !scenario.look_at.is_empty(), "{name}");
        assert!(text.starts_with("# "), "{name} begins with a comment that tells the story");
        assert_eq!(find(name), Ok(scenario));
    }
}

//! Which names Kafka takes for names.
//!
//! Not whether anything of that name is there.
//! Invariant: the rules are those of Kafka's own `Topic` class.

/// The longest name of a topic, so that the folder of a partition fits into a file name.
const TOPIC_NAME_LENGTH_MAX: usize = 249;

/// Kafka's own topics, whether they are there or not.
const INTERNAL: [&str; 3] = ["__consumer_offsets", "__transaction_state", "__share_group_state"];

/// Whether a topic may have this name.
pub(super) fn is_topic_name(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    (1..=TOPIC_NAME_LENGTH_MAX).contains(&name.len()) && !matches!(name, "." | "..") && name.chars().all(is_letter)
}

/// Whether the name belongs to a topic of Kafka's own.
pub(super) fn is_internal(name: &str) -> bool {
    INTERNAL.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_topics_are_those_that_kafka_takes() {
        for name in ["a", "orders.eu-1_x", "...", &"a".repeat(249)] {
            assert!(is_topic_name(name), "{name}");
        }
        for name in ["", ".", "..", "a/b", "größe", "a b", &"a".repeat(250)] {
            assert!(!is_topic_name(name), "{name}");
        }
        assert!(is_internal("__transaction_state") && !is_internal("orders"));
    }
}

//! What a classic consumer wants and owns: the `consumer` protocol's two messages.
//!
//! Only their leading fields are read: later versions append, and what they append is not needed.
//! Not for other protocol types: Connect's assignments look different (KIP-415).
//! Invariant: a malformed message is `None`, never a part of it.

/// The partitions of one topic that a member owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedTopic<'a> {
    /// The topic's name.
    pub topic: &'a str,
    /// The numbers of its partitions.
    pub partitions: Vec<i32>,
}

/// Reads a `ConsumerProtocolAssignment`. No bytes at all mean that nothing is owned.
#[must_use]
pub fn assignment(bytes: &[u8]) -> Option<Vec<OwnedTopic<'_>>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    let mut reader = Reader { rest: bytes };
    reader.version()?;
    let topic_count = reader.count()?;
    let mut owned = Vec::new();
    for _ in 0..topic_count {
        let topic = reader.string()?;
        owned.push(OwnedTopic { topic, partitions: reader.int32s()? });
    }
    Some(owned)
}

/// Reads the topics of a `ConsumerProtocolSubscription`.
#[must_use]
pub fn subscribed_topics(bytes: &[u8]) -> Option<Vec<&str>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    let mut reader = Reader { rest: bytes };
    reader.version()?;
    let topic_count = reader.count()?;
    let mut topics = Vec::new();
    for _ in 0..topic_count {
        topics.push(reader.string()?);
    }
    Some(topics)
}

/// Takes Kafka's primitive types off the front of a slice.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn int16(&mut self) -> Option<i16> {
        self.take(2)?.try_into().ok().map(i16::from_be_bytes)
    }

    fn int32(&mut self) -> Option<i32> {
        self.take(4)?.try_into().ok().map(i32::from_be_bytes)
    }

    /// Numbers with their count, in one allocation of as many bytes as they take here.
    fn int32s(&mut self) -> Option<Vec<i32>> {
        let count = self.count()?;
        let (numbers, _) = self.take(count.checked_mul(4)?)?.as_chunks();
        Some(numbers.iter().map(|number| i32::from_be_bytes(*number)).collect())
    }

    fn version(&mut self) -> Option<()> {
        (self.int16()? >= 0).then_some(())
    }

    /// A count, refused where the rest cannot hold that many elements of even two bytes.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.int32()?).ok()?;
        (count <= self.rest.len() / 2).then_some(count)
    }

    fn string(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.int16()?).ok()?;
        std::str::from_utf8(self.take(length)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::consumer_protocol_assignment::{ConsumerProtocolAssignment, TopicPartition};
    use kafka_protocol::messages::{ConsumerProtocolSubscription, TopicName};
    use kafka_protocol::protocol::{Encodable, StrBytes};
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> StrBytes {
        StrBytes::from_string(text.to_owned())
    }

    fn encoded<M: Encodable>(message: &M, version: i16) -> Vec<u8> {
        let mut bytes = version.to_be_bytes().to_vec();
        message.encode(&mut bytes, version).expect("the codec encodes what it knows");
        bytes
    }

    #[test]
    fn reads_what_the_codec_writes_in_every_version() {
        let message = ConsumerProtocolAssignment::default().with_assigned_partitions(vec![
            TopicPartition::default().with_topic(TopicName(name("größe"))).with_partitions(vec![0, 7]),
            TopicPartition::default().with_topic(TopicName(name("b"))).with_partitions(vec![]),
        ]);
        for version in 0..=3 {
            let bytes = encoded(&message, version);
            let owned = assignment(&bytes).expect("a valid message");
            assert_eq!(
                owned,
                vec![
                    OwnedTopic { topic: "größe", partitions: vec![0, 7] },
                    OwnedTopic { topic: "b", partitions: vec![] }
                ]
            );
        }
        let message = ConsumerProtocolSubscription::default().with_topics(vec![name("a"), name("b")]);
        for version in 0..=3 {
            assert_eq!(subscribed_topics(&encoded(&message, version)), Some(vec!["a", "b"]));
        }
    }

    #[test]
    fn nothing_is_owned_by_a_member_without_bytes() {
        assert_eq!(assignment(&[]), Some(Vec::new()));
        assert_eq!(subscribed_topics(&[]), Some(Vec::new()));
    }

    #[test]
    fn a_count_beyond_the_bytes_allocates_nothing() {
        let hostile = [0, 0, 0x7f, 0xff, 0xff, 0xff];
        let allocated = allocation_counter::measure(|| assert_eq!(assignment(&hostile), None));
        assert_eq!(allocated.bytes_max, 0);
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_value_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let allocated = allocation_counter::measure(|| {
                drop(assignment(&bytes));
                drop(subscribed_topics(&bytes));
            });
            prop_assert!(allocated.bytes_max <= 4096);
        }
    }
}

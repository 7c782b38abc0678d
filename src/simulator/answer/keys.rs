//! Which key a record has, and which partition a key goes to.
//!
//! Not the record's value. After a topic got more partitions its older records have other keys than before, all of
//! them such as go to their partition now.
//! Invariant: a key goes to the partition its record is in, as Kafka's default partitioner reckons.

use std::cell::OnceCell;
use std::fmt::Write;

use crate::simulator::World;
use crate::simulator::world::Topic;

/// The keys of one partition's records.
pub(super) struct Keys {
    /// Different keys of the whole topic.
    count: u32,
    partitions: u32,
    partition: u32,
    seed: u64,
    /// Out of a million records, so many have the hot key.
    hot: u64,
    /// Those that go to this partition, in order; looked up when that is cheaper than looking for each.
    own: OnceCell<Vec<u32>>,
    is_listed: bool,
}

impl Keys {
    /// Keys for about so many records.
    pub(super) fn new(world: &World, topic: &Topic, partition: u32, records: i64) -> Self {
        let count = topic.spec.keys;
        let partitions = u32::try_from(topic.partitions.len()).unwrap_or(u32::MAX).max(1);
        let times = topic.spec.hot.get(&partition).copied().unwrap_or(1.0).max(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a million")]
        let hot = ((times - 1.0) / times * 1e6) as u64;
        Self {
            count,
            partitions,
            partition,
            seed: world.number(&format!("keys {} {partition}", topic.name)),
            hot,
            own: OnceCell::new(),
            is_listed: records.saturating_mul(i64::from(partitions)) > i64::from(count),
        }
    }

    /// The key of the record at an offset; `None` where records have none.
    pub(super) fn key(&self, offset: i64) -> Option<String> {
        let random = mix(self.seed ^ offset.cast_unsigned());
        let is_hot = random % 1_000_000 < self.hot;
        let from = mix(random).checked_rem(u64::from(self.count))?;
        let from = if is_hot { 0 } else { u32::try_from(from).unwrap_or(0) };
        let number = if self.is_listed { self.look_up(from) } else { self.look_for(from) };
        number.map(name)
    }

    /// The next key from one on that goes to this partition, the first one after the last.
    fn look_for(&self, from: u32) -> Option<u32> {
        let mut text = String::new();
        let mut is_own = |number: &u32| self.is_own(*number, &mut text);
        if let Some(found) = (from..self.count).chain(0..from).find(&mut is_own) {
            return Some(found);
        }
        // With fewer keys than partitions one has none; one more is there for it.
        let more = self.partitions.saturating_mul(100);
        (self.count..self.count.saturating_add(more)).find(is_own)
    }

    fn look_up(&self, from: u32) -> Option<u32> {
        let own = self.own.get_or_init(|| {
            let mut text = String::new();
            let own: Vec<u32> = (0..self.count).filter(|number| self.is_own(*number, &mut text)).collect();
            if own.is_empty() { self.look_for(0).into_iter().collect() } else { own }
        });
        own.get(own.partition_point(|number| *number < from)).or_else(|| own.first()).copied()
    }

    fn is_own(&self, number: u32, text: &mut String) -> bool {
        text.clear();
        // Writing to a string cannot fail.
        write!(text, "{NAME}{number}").is_ok_and(|()| partition(text.as_bytes(), self.partitions) == self.partition)
    }
}

const NAME: &str = "customer-";

fn name(number: u32) -> String {
    format!("{NAME}{number}")
}

/// The partition Kafka's default partitioner chooses for a key.
pub(super) fn partition(key: &[u8], partitions: u32) -> u32 {
    (murmur2(key).cast_unsigned() & 0x7fff_ffff) % partitions.max(1)
}

/// As `Utils.murmur2` of Kafka.
fn murmur2(data: &[u8]) -> i32 {
    const M: u32 = 0x5bd1_e995;
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut hash = 0x9747_b28c_u32 ^ length;
    let (words, rest) = data.as_chunks::<4>();
    for word in words {
        let mut word = u32::from_le_bytes(*word).wrapping_mul(M);
        word ^= word >> 24;
        hash = hash.wrapping_mul(M) ^ word.wrapping_mul(M);
    }
    if !rest.is_empty() {
        for (place, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * place);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    (hash ^ (hash >> 15)).cast_signed()
}

/// Spreads a number over all of its bits (splitmix64).
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::simulator::spec::TopicSpec;
    use crate::simulator::{ClusterSettings, Scenario};

    fn world(spec: TopicSpec) -> World {
        let scenario = Scenario { topics: vec![spec], ..Scenario::default() };
        World::new(&ClusterSettings::default(), &[scenario], 1_800_000_000_000).expect("it makes sense")
    }

    #[test]
    fn hashes_are_those_of_kafka() {
        let known = [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ];
        for (key, hash) in known {
            assert_eq!(murmur2(key.as_bytes()), hash, "{key}");
        }
    }

    #[test]
    fn keys_go_to_their_partition_however_they_are_found() {
        for count in [1, 5, 40, 1000] {
            let world = world(TopicSpec { keys: count, ..TopicSpec::new("orders", 12).rate(1.0) });
            let topic = world.topic("orders").expect("it is there");
            let mut all = BTreeSet::new();
            for number in 0..12 {
                let (listed, found) = (Keys::new(&world, topic, number, 1000), Keys::new(&world, topic, number, 0));
                for offset in 0..300 {
                    let key = listed.key(offset).expect("records have keys");
                    assert_eq!(found.key(offset).as_ref(), Some(&key));
                    assert_eq!(partition(key.as_bytes(), 12), number, "{key}");
                    all.insert(key);
                }
            }
            // Each partition has one at least.
            assert!(all.len() <= (count + 12) as usize && all.len() >= (count / 2) as usize, "{count}: {}", all.len());
        }
    }

    #[test]
    fn records_have_no_keys_where_none_are_asked_for() {
        let world = world(TopicSpec { keys: 0, ..TopicSpec::new("orders", 2) });
        assert_eq!(Keys::new(&world, world.topic("orders").expect("it is there"), 1, 10).key(7), None);
    }

    #[test]
    fn one_key_fills_a_hot_partition() {
        let world = world(TopicSpec { hot: BTreeMap::from([(2, 10.0)]), ..TopicSpec::new("orders", 6).rate(1.0) });
        let topic = world.topic("orders").expect("it is there");
        let most = |partition| {
            let keys = Keys::new(&world, topic, partition, 10_000);
            let mut counts: BTreeMap<String, u32> = BTreeMap::new();
            (0..10_000).filter_map(|offset| keys.key(offset)).for_each(|key| *counts.entry(key).or_default() += 1);
            let first = (0..1000).find(|number| super::partition(name(*number).as_bytes(), 6) == partition).map(name);
            let (key, count) = counts.into_iter().max_by_key(|(_, count)| *count).expect("there are some");
            (Some(key) == first, count)
        };
        let (is_first, count) = most(2);
        assert!(is_first && (8_800..9_300).contains(&count), "{count}");
        let (_, count) = most(3);
        assert!(count < 500, "{count}");
    }
}

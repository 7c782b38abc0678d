//! Any bytes as an answer: what they cost and what they give, for every question in every version spoken.
//!
//! Not what answers mean, and no sockets.
//! Invariant: the codec writes each message here, so what we read is judged by somebody else's word.

mod dense;
mod expected;
mod samples;

use std::fmt::Debug;
use std::ops::RangeInclusive;

use allocation_counter::measure;
use bytes::BytesMut;
use kafka_protocol::messages::{
    ConsumerGroupDescribeRequest, DescribeConfigsRequest, DescribeGroupsRequest, FetchRequest, FindCoordinatorRequest,
    ListGroupsRequest, ListOffsetsRequest, MetadataRequest, OffsetFetchRequest, OffsetForLeaderEpochRequest,
};
use proptest::prelude::*;

use super::*;
use dense::Dense;
use expected::Expected;
use samples::{Sample, tags};

/// What decoding may allocate for each byte of a frame: an empty group of ListGroups 3 takes three
/// bytes on the wire and four strings and a map in memory, and nothing is denser.
const BYTES_PER_BYTE: u64 = 64;
/// For the sentence of an error.
const BYTES_MORE: u64 = 16 << 10;

/// A question with messages to try it with.
trait Tried: Sample + Dense + Expected<Codec: Encodable, Answer: PartialEq + Debug> {}
impl<A: Sample + Dense + Expected<Codec: Encodable, Answer: PartialEq + Debug>> Tried for A {}

macro_rules! with_each_question {
    ($check:ident $arguments:tt) => {
        $check::<ApiVersionsRequest>$arguments;
        $check::<MetadataRequest>$arguments;
        $check::<FindCoordinatorRequest>$arguments;
        $check::<ListGroupsRequest>$arguments;
        $check::<DescribeGroupsRequest>$arguments;
        $check::<ConsumerGroupDescribeRequest>$arguments;
        $check::<OffsetFetchRequest>$arguments;
        $check::<ListOffsetsRequest>$arguments;
        $check::<OffsetForLeaderEpochRequest>$arguments;
        $check::<FetchRequest>$arguments;
        $check::<DescribeConfigsRequest>$arguments;
    };
}

fn versions_of<A: Ask>() -> RangeInclusive<i16> {
    versions::spoken(A::QUESTION).1
}

fn header<A: Ask>(version: i16) -> BytesMut {
    let mut bytes = BytesMut::new();
    let header = ResponseHeader::default().with_correlation_id(7).with_unknown_tagged_fields(tags());
    header.encode(&mut bytes, A::Codec::header_version(version)).expect("the codec writes its headers");
    bytes
}

fn body_of(message: &impl Encodable, version: i16) -> Bytes {
    let mut bytes = BytesMut::new();
    message.encode(&mut bytes, version).expect("the sample fits its version");
    bytes.freeze()
}

fn frame<A: Ask>(version: i16, body: &[u8]) -> Bytes {
    let mut bytes = header::<A>(version);
    bytes.extend_from_slice(body);
    bytes.freeze()
}

/// Decodes a frame within the bound, whatever it holds.
fn decode_within_bounds<A: Ask>(version: i16, frame: &Bytes) -> Option<A::Answer> {
    let mut answer = None;
    let allocated = measure(|| answer = decode::<A>(version, frame.clone()).ok());
    let bound = BYTES_PER_BYTE * frame.len() as u64 + BYTES_MORE;
    let name = A::QUESTION.name();
    assert!(allocated.bytes_max <= bound, "{name} {version}: {} bytes of frame, {allocated:?}", frame.len());
    answer
}

fn reads_what_the_codec_writes<A: Tried>() {
    for version in versions_of::<A>() {
        let name = A::QUESTION.name();
        let body = body_of(&A::sample(version), version);
        let answer = decode::<A>(version, frame::<A>(version, &body));
        let answer = answer.map_err(|error| format!("{name} {version}: {error}")).expect("the codec's own message");
        let decoded = A::Codec::decode(&mut body.clone(), version).expect("the codec reads what it writes");
        assert_eq!(body_of(&decoded, version), body, "{name} {version}");
        assert_eq!(answer, A::expected(decoded, version), "{name} {version}");
        let empty = A::Codec::decode(&mut body_of(&A::empty(), version), version).expect("an empty answer");
        assert_ne!(answer, A::expected(empty, version), "{name} {version}");
    }
}

#[test]
fn every_answer_the_codec_writes_is_read() {
    with_each_question!(reads_what_the_codec_writes());
}

fn is_whole_or_refused<A: Tried>() {
    for version in versions_of::<A>() {
        let name = A::QUESTION.name();
        let body = body_of(&A::sample(version), version);
        for length in 0..body.len() {
            let part = body.slice(..length);
            assert!(A::read(version, part).is_err(), "{name} {version}: {length} of {}", body.len());
        }
        let longer = [&body[..], &[0]].concat().into();
        assert!(A::read(version, longer).is_err(), "{name} {version} with a byte more");
        let (first, last) = versions_of::<A>().into_inner();
        assert!(A::read(first - 3, body.clone()).is_err(), "{name} {}", first - 3);
        assert!(A::read(last + 3, body.clone()).is_err(), "{name} {}", last + 3);
    }
}

#[test]
fn a_part_of_an_answer_or_more_than_one_is_refused() {
    with_each_question!(is_whole_or_refused());
}

/// Every four bytes of every message replaced by counts that nobody can send.
fn survives_huge_counts<A: Tried>() {
    const COUNTS: [&[u8]; 6] = [
        &[0x7f, 0xff, 0xff, 0xff],
        &[0x00, 0xff, 0xff, 0xff],
        &[0xff, 0xff, 0xff, 0xff, 0x0f],
        &[0xff, 0xff, 0xff, 0x7f],
        &[0xff, 0xff, 0xff, 0xfe],
        &[0x7f, 0xff],
    ];
    for version in versions_of::<A>() {
        let whole = frame::<A>(version, &body_of(&A::sample(version), version));
        for place in 0..whole.len() {
            for count in COUNTS {
                let mut bytes = whole.to_vec();
                for (byte, hostile) in bytes.iter_mut().skip(place).zip(count) {
                    *byte = *hostile;
                }
                drop(decode_within_bounds::<A>(version, &bytes.into()));
            }
        }
    }
}

#[test]
fn a_hostile_count_allocates_nothing() {
    with_each_question!(survives_huge_counts());
}

fn costs_at_most_its_multiple<A: Tried>() {
    for version in versions_of::<A>() {
        for message in A::dense(version, 3000) {
            let bytes = frame::<A>(version, &body_of(&message, version));
            let answer = decode_within_bounds::<A>(version, &bytes);
            assert!(answer.is_some(), "{} {version}: {} bytes", A::QUESTION.name(), bytes.len());
        }
    }
}

#[test]
fn the_densest_answers_stay_within_the_bound() {
    with_each_question!(costs_at_most_its_multiple());
}

fn survives<A: Tried>(version_place: usize, edit: &Edit) {
    let versions: Vec<i16> = versions_of::<A>().collect();
    let version = versions[version_place % versions.len()];
    let whole = frame::<A>(version, &body_of(&A::sample(version), version));
    drop(decode_within_bounds::<A>(version, &edit.made_of(&whole)));
}

/// What is done to a message before it is read.
#[derive(Clone, Debug)]
enum Edit {
    /// Nothing of it is left.
    Noise(Vec<u8>),
    /// Its header is right, the rest is noise.
    NoiseBehindHeader(Vec<u8>),
    /// Bytes of it are other ones, and its end may be missing.
    Changed { bytes: Vec<(proptest::sample::Index, u8)>, end: proptest::sample::Index },
    /// A piece of it is there again.
    Repeated { from: proptest::sample::Index, to: proptest::sample::Index },
}

impl Edit {
    fn made_of(&self, whole: &Bytes) -> Bytes {
        match self {
            Self::Noise(noise) => noise.clone().into(),
            Self::NoiseBehindHeader(noise) => [&whole[..4], noise].concat().into(),
            Self::Changed { bytes, end } => {
                let mut changed = whole.to_vec();
                for (place, byte) in bytes {
                    let place = place.index(changed.len());
                    changed[place] = *byte;
                }
                changed.truncate(end.index(2 * whole.len()));
                changed.into()
            }
            Self::Repeated { from, to } => {
                let (from, to) = (from.index(whole.len()), to.index(whole.len()));
                [&whole[..to], &whole[from.min(to)..]].concat().into()
            }
        }
    }
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let noise = || proptest::collection::vec(any::<u8>(), 0..600);
    let place = any::<proptest::sample::Index>;
    prop_oneof![
        noise().prop_map(Edit::Noise),
        noise().prop_map(Edit::NoiseBehindHeader),
        (proptest::collection::vec((place(), any::<u8>()), 1..6), place())
            .prop_map(|(bytes, end)| Edit::Changed { bytes, end }),
        (place(), place()).prop_map(|(from, to)| Edit::Repeated { from, to }),
    ]
}

proptest! {
    #[test]
    fn any_bytes_give_an_answer_or_an_error(version_place in 0_usize..40, edit in any_edit()) {
        with_each_question!(survives(version_place, &edit));
    }
}

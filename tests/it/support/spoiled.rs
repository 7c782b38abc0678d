//! Everything that reads bytes of brokers by hand, against bytes that were right and are spoiled. It is NOT guided by coverage,
//! as a fuzzer of nightly Rust is: what reads like nothing before it is kept, to be spoiled further.
//! Invariant: the same seed and the same beginnings give the same inputs.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use fastrand::Rng;
use highwater::wire;

/// Inputs that are kept to be spoiled further.
const KEPT_MAX: usize = 20_000;
/// How many that read alike are kept.
const ALIKE_MAX: usize = 20;
/// The longest value.
const LENGTH_MAX: usize = 64 << 10;

/// A record of the offsets topic, or the body of an answer in its version, which has no key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) version: i16,
    pub(crate) key: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

/// What is spoiled, and what came of it.
pub(crate) struct Spoiler {
    random: Rng,
    kept: Vec<Input>,
    known: BTreeMap<String, usize>,
}

impl Spoiler {
    /// Begins with these.
    pub(crate) fn new(seed: u64, beginnings: Vec<Input>) -> Self {
        Self { random: Rng::with_seed(seed), kept: beginnings, known: BTreeMap::new() }
    }

    /// In how many ways inputs were read so far.
    pub(crate) fn ways(&self) -> usize {
        self.known.len()
    }

    /// Spoils one of them, and has it read by all.
    ///
    /// # Errors
    /// With the input, when a decoder panicked.
    pub(crate) fn step(&mut self) -> Result<(), Input> {
        let random = &mut self.random;
        let (Some(base), Some(other)) = (random.choice(&self.kept), random.choice(&self.kept)) else { return Ok(()) };
        let (mut input, other) = (base.clone(), other.clone());
        for _ in 0..random.usize(1..5) {
            match random.u8(..8) {
                0 | 1 if !input.key.is_empty() => spoil(&mut input.key, &other.key, random),
                2 => input.version = random.i16(0..18),
                _ => spoil(&mut input.value, &other.value, random),
            }
        }
        let Ok(way) = catch_unwind(AssertUnwindSafe(|| read(&input))) else { return Err(input) };
        let alike = self.known.entry(way).or_default();
        *alike += 1;
        if *alike <= ALIKE_MAX && self.kept.len() < KEPT_MAX {
            self.kept.push(input);
        }
        Ok(())
    }
}

/// Members are passed over first, and taken apart when somebody wants them.
fn described(version: i16, body: &Bytes) -> String {
    let groups = wire::described_groups(version, body);
    let members: Option<Vec<_>> = groups.as_ref().map(|groups| groups.iter().map(|it| it.members.read()).collect());
    format!("{} {}", shape(&groups), shape(&members))
}

/// Has all of them read it; says in a word how it was read.
fn read(input: &Input) -> String {
    let (version, value, body) = (input.version, &input.value, Bytes::copy_from_slice(&input.value));
    let record = wire::offsets_record(&input.key, Some(value));
    let gone = wire::offsets_record(&input.key, None);
    format!(
        "{} {} {} | {} {} | {} {} {} {} | {}",
        shape(&record),
        gone.is_some(),
        wire::offsets_subject(&input.key).is_some(),
        shape(&wire::assignment(value)),
        shape(&wire::subscribed_topics(value)),
        shape(&wire::committed(version, &body)),
        described(version, &body),
        shape(&wire::offsets(version, &body)),
        shape(&wire::fetched(version, &body)),
        wire::markers_until(0, &[], value) > 0,
    )
}

/// The beginning of what was read, and how much of it there is, roughly.
fn shape(told: &impl Debug) -> String {
    let told = format!("{told:?}");
    let size = told.len().next_power_of_two().min(1 << 12);
    format!("{} {size}", told.get(..20).unwrap_or(&told))
}

fn spoil(bytes: &mut Vec<u8>, other: &[u8], random: &mut Rng) {
    let place = random.usize(..=bytes.len());
    let length = random.usize(..=16.min(bytes.len() - place));
    match random.u8(..8) {
        0 => bytes.truncate(place),
        1 => drop(bytes.drain(place..place + length)),
        2 => drop(bytes.splice(place..place, (0..length).map(|_| random.u8(..)))),
        3 => drop(bytes.splice(place..place + length, other.iter().copied().take(random.usize(..64)))),
        4 => count(bytes, place, random),
        5 => bytes.extend_from_within(place..place + length),
        _ => {
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= 1 << random.u8(..8);
            }
        }
    }
    bytes.truncate(LENGTH_MAX);
}

/// Puts a count or length there that is at one of its ends.
fn count(bytes: &mut Vec<u8>, place: usize, random: &mut Rng) {
    let ends = [0, 1, -1, i32::MAX, i32::MIN, 0x7fff, -2];
    let end = random.choice(ends).unwrap_or_default().to_be_bytes();
    let kept = end.get(random.usize(..4)..).unwrap_or_default().to_vec();
    let until = (place + kept.len()).min(bytes.len());
    drop(bytes.splice(place..until, kept));
}

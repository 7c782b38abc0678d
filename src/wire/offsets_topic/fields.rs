//! What the records of `__consumer_offsets` are made of.
//!
//! Not a record.
//! Invariant: nothing is allocated.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::model::Timestamp;
use crate::wire::cursor::Cursor;

/// The version at the start of a value and what follows it; the inner `None` where it is not one of `known`.
#[expect(clippy::option_option, reason = "a version that is not known is no mistake; the outer one is")]
pub(super) fn versioned(bytes: &[u8], known: RangeInclusive<i16>, flexible: i16) -> Option<Option<(i16, Cursor<'_>)>> {
    let (version, rest) = bytes.split_first_chunk()?;
    let version = i16::from_be_bytes(*version);
    if version < 0 {
        return None;
    }
    Some(known.contains(&version).then(|| (version, Cursor::new(rest, version >= flexible))))
}

/// Text that may not be null.
pub(super) fn text<'a>(rest: &mut Cursor<'a>) -> Option<&'a str> {
    nullable_text(rest)?
}

/// Text, or null.
#[expect(clippy::option_option, reason = "null is a value; the outer one says that there is no text at all")]
pub(super) fn nullable_text<'a>(rest: &mut Cursor<'a>) -> Option<Option<&'a str>> {
    match rest.text_length()? {
        Some(length) => std::str::from_utf8(rest.bytes(length)?).ok().map(Some),
        None => Some(None),
    }
}

/// A number of milliseconds that is -1 where there is none.
pub(super) fn millis(rest: &mut Cursor<'_>) -> Option<u32> {
    let millis = i32::from_be_bytes(rest.take()?);
    Some(u32::try_from(millis).unwrap_or(0))
}

/// Milliseconds since the Unix epoch; -1 is none.
pub(super) fn timestamp(millis: i64) -> Option<Timestamp> {
    u64::try_from(millis).ok().map(|millis| Timestamp::from_unix(Duration::from_millis(millis)))
}

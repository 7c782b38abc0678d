//! What a record of `__consumer_offsets` is about.
//!
//! Not what it says: that is in its value. Keys have no flexible versions; their version is the kind of the record.
//! Invariant: nothing is allocated.

use crate::wire::cursor::Cursor;

use super::fields::text;

/// The start of a record's key that tells all we need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key<'a> {
    /// What a group committed for a partition.
    Commit { group: &'a str },
    /// A classic group.
    Classic { group: &'a str },
    /// A group of another protocol, with its epoch.
    Epoch { group: &'a str },
    /// The epoch for which such a group's assignment was computed.
    AssignmentEpoch { group: &'a str },
    /// A member of such a group.
    Member { group: &'a str, member_id: &'a str, protocol: Protocol },
    /// Of a kind that we have no use for, or do not know: 4, 7 to 9, 13 to 16, 18, and from 21.
    Unwanted,
}

/// How a member speaks to its coordinator, where that is not the classic way: what is noted of it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// KIP-848.
    Consumer,
    /// KIP-932.
    Share,
    /// KIP-1071.
    Streams,
}

impl<'a> Key<'a> {
    /// Reads a key; `None` where the bytes are not what they say they are.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = Cursor::new(bytes, false);
        let kind = i16::from_be_bytes(rest.take()?);
        // The numbers are those of Kafka's `CoordinatorRecordType`.
        let key = match kind {
            0 | 1 => {
                let group = text(&mut rest)?;
                text(&mut rest)?;
                rest.skip(4)?;
                Self::Commit { group }
            }
            2 => Self::Classic { group: text(&mut rest)? },
            3 | 11 | 17 => Self::Epoch { group: text(&mut rest)? },
            6 | 12 | 20 => Self::AssignmentEpoch { group: text(&mut rest)? },
            5 => Self::member(&mut rest, Protocol::Consumer)?,
            10 => Self::member(&mut rest, Protocol::Share)?,
            19 => Self::member(&mut rest, Protocol::Streams)?,
            _ => return Some(Self::Unwanted),
        };
        rest.end()?;
        Some(key)
    }

    fn member(rest: &mut Cursor<'a>, protocol: Protocol) -> Option<Self> {
        Some(Self::Member { group: text(rest)?, member_id: text(rest)?, protocol })
    }
}

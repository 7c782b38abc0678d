//! Records of `__consumer_offsets`: what groups commit, and what their coordinators note of them.
//!
//! Not the log they are in: where a record stood, and when it was appended, its reader knows. Assignments and subscriptions
//! are passed over.
//! Invariant: any bytes give a record or `None`; what is kept of one takes at most eight times its bytes.

mod fields;
mod generation;
mod key;
mod member;

use crate::model::{Said, Timestamp};

use fields::{timestamp, versioned};
use key::Key;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OffsetsRecord<'a> {
    /// A group committed an offset.
    Commit {
        /// The group.
        group: &'a str,
        /// The offset of the record it reads next.
        offset: i64,
        /// When its coordinator took the commit.
        committed: Option<Timestamp>,
    },
    /// What a group committed for a partition is forgotten.
    CommitRemoved {
        /// The group.
        group: &'a str,
    },
    /// Something about a group itself.
    Said {
        /// The group.
        group: &'a str,
        /// What is said.
        said: Said,
    },
    /// Of a kind that tells nothing we want to know, such as targets and assignments of members, or of one that is newer
    /// than this.
    Unwanted,
    /// Of a kind that we do want to know, in a version that is newer than this.
    Unknown,
}

/// Reads a record; a tombstone has no value. `None` where the bytes are not what they say they are.
#[must_use]
pub fn offsets_record<'a>(key: &'a [u8], value: Option<&[u8]>) -> Option<OffsetsRecord<'a>> {
    Some(match Key::read(key)? {
        Key::Commit { group } => match value {
            Some(value) => return commit(group, value),
            None => OffsetsRecord::CommitRemoved { group },
        },
        Key::Classic { group } => about(group, value.map_or(Some(Some(Said::Deleted)), generation::read)?),
        Key::Epoch { group } => {
            about(group, value.map_or(Some(Some(Said::Deleted)), |value| epoch(value, Said::Epoch))?)
        }
        Key::AssignmentEpoch { group } => match value {
            Some(value) => about(group, epoch(value, Said::AssignmentEpoch)?),
            // The group itself is deleted by another record.
            None => OffsetsRecord::Unwanted,
        },
        Key::Member { group, member_id, protocol } => {
            let gone = || Some(Some(Said::MemberGone(member_id.to_owned())));
            about(group, value.map_or_else(gone, |value| member::read(member_id, protocol, value))?)
        }
        Key::Unwanted => OffsetsRecord::Unwanted,
    })
}

/// What a record is about, as far as its key tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetsSubject<'a> {
    /// This group itself.
    Group(&'a str),
    /// A commit, or what tells nothing we want to know.
    Other,
}

/// What a record is about whose value cannot be read; `None` where its key is not what it says it is.
#[must_use]
pub fn offsets_subject(key: &[u8]) -> Option<OffsetsSubject<'_>> {
    Some(match Key::read(key)? {
        Key::Classic { group } | Key::Epoch { group } | Key::AssignmentEpoch { group } | Key::Member { group, .. } => {
            OffsetsSubject::Group(group)
        }
        Key::Commit { .. } | Key::Unwanted => OffsetsSubject::Other,
    })
}

/// Something known of a group, or something said in a version that is not known.
fn about(group: &str, said: Option<Said>) -> OffsetsRecord<'_> {
    said.map_or(OffsetsRecord::Unknown, |said| OffsetsRecord::Said { group, said })
}

/// `OffsetCommitValue`, versions 0 to 4.
fn commit<'a>(group: &'a str, value: &[u8]) -> Option<OffsetsRecord<'a>> {
    let Some((version, mut rest)) = versioned(value, 0..=4, 4)? else { return Some(OffsetsRecord::Unknown) };
    let offset = i64::from_be_bytes(rest.take()?);
    if version >= 3 {
        // The leader epoch.
        rest.skip(4)?;
    }
    // What the client noted with its commit.
    fields::text(&mut rest)?;
    let committed = timestamp(i64::from_be_bytes(rest.take()?));
    if version == 1 {
        // When the commit was to expire.
        rest.skip(8)?;
    }
    rest.tags(|_, _| Some(()))?;
    rest.end()?;
    Some(OffsetsRecord::Commit { group, offset, committed })
}

/// The epoch that comes first in `ConsumerGroupMetadataValue`, `ConsumerGroupTargetAssignmentMetadataValue` and what is
/// like them for share and streams groups. What follows it differs from release to release within one version.
#[expect(clippy::option_option, reason = "what is not known is no mistake, and neither is known")]
fn epoch(value: &[u8], say: fn(i32) -> Said) -> Option<Option<Said>> {
    let Some((_, mut rest)) = versioned(value, 0..=0, 0)? else { return Some(None) };
    Some(Some(say(i32::from_be_bytes(rest.take()?))))
}

#[cfg(test)]
mod tests;

//! `GroupMetadataValue`: a classic group as its coordinator notes it.
//!
//! Not what members want or own: that is passed over unread.
//! Invariant: at most [`MEMBERS_MAX`] members are kept, and none that is not in the bytes.

use crate::model::{Generation, HeardMember, Said};
use crate::wire::cursor::Cursor;

use super::fields::{millis, nullable_text, text, timestamp, versioned};

/// More than fit into a record of Kafka's default size; further ones are checked and dropped.
const MEMBERS_MAX: usize = 10_000;

/// The fewest bytes a member takes in any version: two timeouts, six empty fields and no tags of version 4.
const MEMBER_BYTES_MIN: usize = 15;

/// Reads versions 0 to 4; the inner `None` is another version.
#[expect(clippy::option_option, reason = "what is not known is no mistake, and neither is known")]
pub(super) fn read(value: &[u8]) -> Option<Option<Said>> {
    let Some((version, mut rest)) = versioned(value, 0..=4, 4)? else { return Some(None) };
    let protocol_type = text(&mut rest)?.to_owned();
    let generation = i32::from_be_bytes(rest.take()?);
    let protocol = nullable_text(&mut rest)?.unwrap_or_default().to_owned();
    // The member that hands out the assignment.
    nullable_text(&mut rest)?;
    let state_since = if version >= 2 { timestamp(i64::from_be_bytes(rest.take()?)) } else { None };
    let members = members(&mut rest, version)?;
    rest.tags(|_, _| Some(()))?;
    rest.end()?;
    Some(Some(Said::Generation(Generation { generation, protocol_type, protocol, state_since, members })))
}

fn members(rest: &mut Cursor<'_>, version: i16) -> Option<Vec<HeardMember>> {
    let count = rest.length()?;
    if count > rest.len() / MEMBER_BYTES_MIN {
        return None;
    }
    let mut members = Vec::with_capacity(count.min(MEMBERS_MAX));
    for _ in 0..count {
        let member = member(rest, version)?;
        if members.len() < MEMBERS_MAX {
            members.push(member);
        }
    }
    Some(members)
}

fn member(rest: &mut Cursor<'_>, version: i16) -> Option<HeardMember> {
    let member = HeardMember {
        member_id: text(rest)?.to_owned(),
        group_instance_id: if version >= 3 { nullable_text(rest)?.map(str::to_owned) } else { None },
        client_id: text(rest)?.to_owned(),
        client_host: text(rest)?.to_owned(),
        rebalance_timeout_ms: if version >= 1 { millis(rest)? } else { 0 },
        session_timeout_ms: millis(rest)?,
    };
    // What it subscribes to, and what it was assigned.
    for _ in 0..2 {
        let length = rest.length()?;
        rest.skip(length)?;
    }
    rest.tags(|_, _| Some(()))?;
    Some(member)
}

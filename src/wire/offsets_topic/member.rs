//! Members of groups whose coordinator assigns: KIP-848 and those made after it.
//!
//! Not their subscriptions, topologies or assignments.
//! Invariant: of share and streams members only the fields are read that no release has moved.

use crate::model::{HeardMember, Said};
use crate::wire::cursor::Cursor;

use super::fields::{millis, nullable_text, text, versioned};
use super::key::Protocol;

/// The tag of what is noted of a member of a KIP-848 group that speaks the classic protocol.
const CLASSIC_MEMBER: u32 = 0;

/// Reads version 0; the inner `None` is another version.
#[expect(clippy::option_option, reason = "what is not known is no mistake, and neither is known")]
pub(super) fn read(member_id: &str, protocol: Protocol, value: &[u8]) -> Option<Option<Said>> {
    let Some((_, mut rest)) = versioned(value, 0..=0, 0)? else { return Some(None) };
    let group_instance_id = match protocol {
        Protocol::Consumer | Protocol::Streams => nullable_text(&mut rest)?.map(str::to_owned),
        Protocol::Share => None,
    };
    // The rack.
    nullable_text(&mut rest)?;
    let mut member = HeardMember {
        member_id: member_id.to_owned(),
        group_instance_id,
        client_id: text(&mut rest)?.to_owned(),
        client_host: text(&mut rest)?.to_owned(),
        ..HeardMember::default()
    };
    match protocol {
        Protocol::Consumer => consumer(&mut rest, &mut member)?,
        Protocol::Streams => member.rebalance_timeout_ms = millis(&mut rest)?,
        Protocol::Share => {}
    }
    Some(Some(Said::Member(member)))
}

/// What follows in `ConsumerGroupMemberMetadataValue`, to its end.
fn consumer(rest: &mut Cursor<'_>, member: &mut HeardMember) -> Option<()> {
    let topic_count = rest.length()?;
    // Each takes a byte at least.
    if topic_count > rest.len() {
        return None;
    }
    for _ in 0..topic_count {
        text(rest)?;
    }
    // The regular expression it subscribes to.
    nullable_text(rest)?;
    member.rebalance_timeout_ms = millis(rest)?;
    // The assignor it asks for.
    nullable_text(rest)?;
    rest.tags(|tag, content| {
        if tag == CLASSIC_MEMBER {
            let mut classic = Cursor::new(content, true);
            // Zero is null.
            if classic.varint()? > 0 {
                member.session_timeout_ms = millis(&mut classic)?;
            }
        }
        Some(())
    })?;
    rest.end()
}

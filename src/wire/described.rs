//! State and members of classic groups: the answer to DescribeGroups.
//!
//! Not what members wrote into their metadata and assignment; see [`super::assignment()`].
//! Invariant: a whole answer or `None`.

use bytes::Bytes;
use kafka_protocol::protocol::StrBytes;

use super::reader::Reader;

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedGroup {
    /// The group's own error; 0 for none.
    pub error_code: i16,
    /// Its id.
    pub group: StrBytes,
    /// Its state, in the broker's word.
    pub state: StrBytes,
    /// What the members agree on: `consumer`, `connect`, …
    pub protocol_type: StrBytes,
    /// The assignor or protocol the members chose.
    pub protocol: StrBytes,
    /// Its members.
    pub members: Vec<DescribedMember>,
}

/// One member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedMember {
    /// The id the coordinator gave it.
    pub member_id: String,
    /// The `group.instance.id` of a static member (KIP-345).
    pub group_instance_id: Option<String>,
    /// The configured `client.id`.
    pub client_id: String,
    /// The host it connects from.
    pub client_host: String,
    /// What it wants, in its protocol's own form.
    pub metadata: Bytes,
    /// What it owns, in its protocol's own form.
    pub assignment: Bytes,
}

/// Reads an answer to DescribeGroups, versions 0 to 6.
#[must_use]
pub fn described_groups(version: i16, body: &Bytes) -> Option<Vec<DescribedGroup>> {
    if !(0..=6).contains(&version) {
        return None;
    }
    let mut reader = Reader::new(body, version >= 5);
    if version >= 1 {
        reader.skip(4)?;
    }
    let groups = reader.list(8, |reader| group(reader, version))?;
    reader.tags()?;
    reader.end()?;
    Some(groups)
}

fn group(reader: &mut Reader<'_>, version: i16) -> Option<DescribedGroup> {
    let error_code = reader.int16()?;
    if version >= 6 {
        // The error in words.
        reader.skip_text()?;
    }
    let described = DescribedGroup {
        error_code,
        group: reader.shared_text()?,
        state: reader.shared_text()?,
        protocol_type: reader.shared_text()?,
        protocol: reader.shared_text()?,
        members: reader.list(6, |reader| member(reader, version))?,
    };
    if version >= 3 {
        // What we may do with it.
        reader.skip(4)?;
    }
    reader.tags()?;
    Some(described)
}

fn member(reader: &mut Reader<'_>, version: i16) -> Option<DescribedMember> {
    let member = DescribedMember {
        member_id: reader.text()?,
        group_instance_id: if version >= 4 { reader.nullable_text()? } else { None },
        client_id: reader.text()?,
        client_host: reader.text()?,
        metadata: reader.blob()?,
        assignment: reader.blob()?,
    };
    reader.tags()?;
    Some(member)
}

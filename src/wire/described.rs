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
    pub members: DescribedMembers,
}

/// The members of a group as the broker wrote them, which are all there: mostly they are the same as before, and that is seen
/// without taking them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedMembers {
    version: i16,
    bytes: Bytes,
}

/// One member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DescribedMember<'a> {
    /// The id the coordinator gave it.
    pub member_id: &'a str,
    /// The `group.instance.id` of a static member (KIP-345).
    pub group_instance_id: Option<&'a str>,
    /// The configured `client.id`.
    pub client_id: &'a str,
    /// The host it connects from.
    pub client_host: &'a str,
    /// What it wants, in its protocol's own form.
    pub metadata: &'a [u8],
    /// What it owns, in its protocol's own form.
    pub assignment: &'a [u8],
}

impl DescribedMembers {
    /// The same in memory of their own.
    #[must_use]
    pub fn copied(&self) -> Self {
        Self { version: self.version, bytes: Bytes::copy_from_slice(&self.bytes) }
    }

    /// How many bytes they take.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always their number")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Each of them.
    #[must_use]
    pub fn read(&self) -> Vec<DescribedMember<'_>> {
        let mut reader = reader(self.version, &self.bytes);
        let members = reader.list(LEAST_BYTES, |reader| member(reader, self.version));
        debug_assert!(members.is_some(), "all of them were passed over");
        members.unwrap_or_default()
    }
}

/// A member takes at least so many bytes: a length for each of its fields.
const LEAST_BYTES: usize = 6;

/// Reads an answer to DescribeGroups, versions 0 to 6.
#[must_use]
pub fn described_groups(version: i16, body: &Bytes) -> Option<Vec<DescribedGroup>> {
    if !(0..=6).contains(&version) {
        return None;
    }
    let mut reader = reader(version, body);
    if version >= 1 {
        reader.skip(4)?;
    }
    let groups = reader.list(8, |reader| group(reader, version))?;
    reader.tags()?;
    reader.end()?;
    Some(groups)
}

fn reader(version: i16, bytes: &Bytes) -> Reader<'_> {
    Reader::new(bytes, version >= 5)
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
        members: DescribedMembers { version, bytes: reader.taken(|reader| members(reader, version))? },
    };
    if version >= 3 {
        // What we may do with it.
        reader.skip(4)?;
    }
    reader.tags()?;
    Some(described)
}

/// Passes over all members of a group.
fn members(reader: &mut Reader<'_>, version: i16) -> Option<()> {
    reader.each(LEAST_BYTES, |reader| member(reader, version).map(|_| ()))
}

fn member<'a>(reader: &mut Reader<'a>, version: i16) -> Option<DescribedMember<'a>> {
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

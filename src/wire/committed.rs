//! What groups committed: the answer to OffsetFetch.
//!
//! Read by hand because there is one of its elements for every committed offset; all other answers that are small or
//! rare are left to the codec.
//! Invariant: a whole answer or `None`.

use bytes::Bytes;
use kafka_protocol::protocol::StrBytes;

use super::reader::Reader;

/// The first version that answers for many groups (KIP-709).
const FIRST_BATCHED: i16 = 8;
/// The first version with compact lengths.
const FIRST_FLEXIBLE: i16 = 6;

/// One group's commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCommits {
    /// Its id; `None` before version 8, which answers for one group.
    pub group: Option<StrBytes>,
    /// The group's own error; 0 for none.
    pub error_code: i16,
    /// Per topic, per partition.
    pub topics: Vec<(StrBytes, Vec<PartitionCommit>)>,
}

/// One partition's commit, or why it cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionCommit {
    /// The partition's number.
    pub partition: i32,
    /// The committed offset; below 0 for none.
    pub offset: i64,
    /// The leader epoch stored with it (KIP-320); below 0 for none.
    pub leader_epoch: i32,
    /// The partition's own error; 0 for none.
    pub error_code: i16,
}

/// Reads an answer to OffsetFetch, versions 2 to 9.
#[must_use]
pub fn committed(version: i16, body: &Bytes) -> Option<Vec<GroupCommits>> {
    if !(2..=9).contains(&version) {
        return None;
    }
    let mut reader = Reader::new(body, version >= FIRST_FLEXIBLE);
    if version >= 3 {
        reader.skip(4)?;
    }
    let groups = if version >= FIRST_BATCHED {
        reader.list(5, |reader| {
            let group = Some(reader.shared_text()?);
            let topics = topics(reader, version)?;
            let error_code = reader.int16()?;
            reader.tags()?;
            Some(GroupCommits { group, error_code, topics })
        })?
    } else {
        let topics = topics(&mut reader, version)?;
        vec![GroupCommits { group: None, error_code: reader.int16()?, topics }]
    };
    reader.tags()?;
    reader.end()?;
    Some(groups)
}

fn topics(reader: &mut Reader<'_>, version: i16) -> Option<Vec<(StrBytes, Vec<PartitionCommit>)>> {
    reader.list(3, |reader| {
        let name = reader.shared_text()?;
        let partitions = reader.list(16, |reader| partition(reader, version))?;
        reader.tags()?;
        Some((name, partitions))
    })
}

fn partition(reader: &mut Reader<'_>, version: i16) -> Option<PartitionCommit> {
    let partition = reader.int32()?;
    let offset = reader.int64()?;
    let leader_epoch = if version >= 5 { reader.int32()? } else { -1 };
    // What the client noted beside it.
    reader.skip_text()?;
    let error_code = reader.int16()?;
    reader.tags()?;
    Some(PartitionCommit { partition, offset, leader_epoch, error_code })
}

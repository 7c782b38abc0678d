//! Records of `__consumer_offsets` as Kafka writes them, in any version it ever wrote.
//!
//! Not what reads them: nothing is shared with it.
//! Invariant: fields that a version lacks are not written.

use crate::model::{Generation, HeardMember};

/// Bytes in one of Kafka's two encodings.
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    is_flexible: bool,
}

impl Writer {
    pub(super) fn new(version: i16, flexible: i16) -> Self {
        Self { bytes: version.to_be_bytes().to_vec(), is_flexible: version >= flexible }
    }

    pub(super) fn raw(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.bytes.extend(bytes.as_ref());
        self
    }

    pub(super) fn int32(self, number: i32) -> Self {
        self.raw(number.to_be_bytes())
    }

    pub(super) fn int64(self, number: i64) -> Self {
        self.raw(number.to_be_bytes())
    }

    pub(super) fn varint(mut self, mut number: u32) -> Self {
        while number >= 0x80 {
            self.bytes.push(u8::try_from(number & 0x7f).expect("seven bits") | 0x80);
            number >>= 7;
        }
        self.raw([u8::try_from(number).expect("seven bits")])
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.maybe(Some(text))
    }

    pub(super) fn maybe(self, text: Option<&str>) -> Self {
        let length = text.map_or(-1, |text| i32::try_from(text.len()).expect("short"));
        let counted = if self.is_flexible {
            self.varint(u32::try_from(length + 1).expect("not negative"))
        } else {
            self.raw(i16::try_from(length).expect("short").to_be_bytes())
        };
        counted.raw(text.unwrap_or_default())
    }

    pub(super) fn count(self, count: usize) -> Self {
        let count = i32::try_from(count).expect("few");
        if self.is_flexible { self.varint(u32::try_from(count + 1).expect("not negative")) } else { self.int32(count) }
    }

    pub(super) fn blob(self, bytes: &[u8]) -> Self {
        self.count(bytes.len()).raw(bytes)
    }

    /// The tagged fields of a flexible structure.
    pub(super) fn tags(mut self, tags: &[(u32, Vec<u8>)]) -> Self {
        if !self.is_flexible {
            return self;
        }
        self = self.varint(u32::try_from(tags.len()).expect("few"));
        for (tag, content) in tags {
            self = self.varint(*tag).varint(u32::try_from(content.len()).expect("short")).raw(content);
        }
        self
    }
}

/// A key of this kind, with the texts that follow it.
pub(super) fn key(kind: i16, texts: &[&str]) -> Vec<u8> {
    texts.iter().fold(Writer::new(kind, i16::MAX), |key, text| key.text(text)).bytes
}

/// The key of a commit.
pub(super) fn commit_key(kind: i16, group: &str, topic: &str, partition: i32) -> Vec<u8> {
    Writer::new(kind, i16::MAX).text(group).text(topic).int32(partition).bytes
}

/// `OffsetCommitValue`.
pub(super) fn commit(version: i16, offset: i64, metadata: &str, committed: i64) -> Vec<u8> {
    let mut value = Writer::new(version, 4).int64(offset);
    if version >= 3 {
        value = value.int32(5);
    }
    value = value.text(metadata).int64(committed);
    if version == 1 {
        value = value.int64(committed + 1000);
    }
    // The topic's id, since Kafka 4.2.
    value.tags(&[(0, vec![9; 16])]).bytes
}

/// `GroupMetadataValue`; -1 milliseconds of state where it is not known.
pub(super) fn generation(version: i16, told: &Generation, state_since: i64) -> Vec<u8> {
    let leader = told.members.first().map(|member| member.member_id.as_str());
    let mut value = Writer::new(version, 4)
        .text(&told.protocol_type)
        .int32(told.generation)
        .maybe(Some(told.protocol.as_str()).filter(|name| !name.is_empty()))
        .maybe(leader);
    if version >= 2 {
        value = value.int64(state_since);
    }
    value = value.count(told.members.len());
    for told in &told.members {
        value = member_of(version, value, told);
    }
    value.tags(&[]).bytes
}

fn member_of(version: i16, mut value: Writer, told: &HeardMember) -> Writer {
    let signed = |millis: u32| i32::try_from(millis).expect("short");
    value = value.text(&told.member_id);
    if version >= 3 {
        value = value.maybe(told.group_instance_id.as_deref());
    }
    value = value.text(&told.client_id).text(&told.client_host);
    if version >= 1 {
        value = value.int32(signed(told.rebalance_timeout_ms));
    }
    value = value.int32(signed(told.session_timeout_ms));
    value.blob(b"what it wants").blob(&[7; 200]).tags(&[(3, b"later".to_vec())])
}

/// `ConsumerGroupMemberMetadataValue`; with a session timeout it is a member that speaks the classic protocol.
pub(super) fn consumer_member(told: &HeardMember, topics: &[&str], regex: Option<&str>) -> Vec<u8> {
    let mut value = Writer::new(0, 0)
        .maybe(told.group_instance_id.as_deref())
        .maybe(Some("rack-1"))
        .text(&told.client_id)
        .text(&told.client_host)
        .count(topics.len());
    for topic in topics {
        value = value.text(topic);
    }
    value = value.maybe(regex).int32(i32::try_from(told.rebalance_timeout_ms).expect("short")).maybe(Some("uniform"));
    let timeout = i32::try_from(told.session_timeout_ms).expect("short");
    let present = Writer { bytes: Vec::new(), is_flexible: true }.varint(1);
    let classic = present.int32(timeout).count(1).text("range").blob(b"wants").tags(&[]).tags(&[]).bytes;
    let tags = if told.session_timeout_ms > 0 { vec![(0, classic)] } else { Vec::new() };
    value.tags(&tags).bytes
}

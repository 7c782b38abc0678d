//! A gzip member that is begun once and completed many times, each time with another end.
//!
//! Not a second member after the first: curl and browsers stop reading after the first one
//! (curl 7.88 fails with error 23), so what is sent is always exactly one.
//! Invariant: what was begun ends on a byte boundary without a final block (RFC 1951 §3.2.4, an
//! empty stored block), so that any deflate stream may follow.

use std::io::{self, Write};

use bytes::Bytes;
use crc32fast::Hasher;
use flate2::Compression;
use flate2::write::DeflateEncoder;

/// RFC 1952 §2.3: deflate, no name, no time, unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// A member in the making.
#[derive(Debug)]
pub(super) struct MemberWriter {
    encoder: DeflateEncoder<Vec<u8>>,
    checksum: Hasher,
    length: u64,
}

/// A member that lacks its end.
#[derive(Clone, Debug)]
pub(super) struct OpenMember {
    bytes: Bytes,
    checksum: Hasher,
    length: u64,
}

impl MemberWriter {
    pub(super) fn begin(level: Compression) -> Self {
        Self { encoder: DeflateEncoder::new(HEADER.to_vec(), level), checksum: Hasher::new(), length: 0 }
    }

    /// Stops at a byte boundary.
    pub(super) fn suspend(mut self) -> io::Result<OpenMember> {
        self.encoder.flush()?;
        // Finishing the encoder would write the final block. Without its bytes it may do so for itself.
        let mut bytes = std::mem::take(self.encoder.get_mut());
        bytes.shrink_to_fit();
        Ok(OpenMember { bytes: Bytes::from(bytes), checksum: self.checksum, length: self.length })
    }
}

impl Write for MemberWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.encoder.write(bytes)?;
        let taken = bytes.get(..written).unwrap_or(bytes);
        self.checksum.update(taken);
        self.length = self.length.wrapping_add(length_of(taken));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl OpenMember {
    /// The bytes so far, shared by all who complete it.
    pub(super) fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// What must follow [`Self::bytes`] so that the whole unpacks to what was written and then `end`.
    pub(super) fn complete(&self, end: &[u8], level: Compression) -> io::Result<Bytes> {
        let mut encoder = DeflateEncoder::new(Vec::new(), level);
        encoder.write_all(end)?;
        let mut bytes = encoder.finish()?;
        let mut checksum = self.checksum.clone();
        checksum.update(end);
        bytes.extend_from_slice(&checksum.finalize().to_le_bytes());
        // The length is kept modulo 2^32: its lower half.
        let [one, two, three, four, ..] = self.length.wrapping_add(length_of(end)).to_le_bytes();
        bytes.extend_from_slice(&[one, two, three, four]);
        Ok(Bytes::from(bytes))
    }
}

fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::io::Read;

    fn begun(parts: &[Vec<u8>]) -> OpenMember {
        let mut writer = MemberWriter::begin(Compression::new(6));
        for part in parts {
            writer.write_all(part).expect("memory does not fail");
        }
        writer.suspend().expect("memory does not fail")
    }

    fn unpacked(member: &OpenMember, end: &[u8]) -> Vec<u8> {
        let mut packed = member.bytes().to_vec();
        packed.extend_from_slice(&member.complete(end, Compression::new(6)).expect("memory does not fail"));
        let mut decoder = flate2::bufread::GzDecoder::new(packed.as_slice());
        let mut plain = Vec::new();
        decoder.read_to_end(&mut plain).expect("one whole member");
        assert!(decoder.into_inner().is_empty(), "something follows the member");
        plain
    }

    proptest! {
        #[test]
        fn what_was_begun_and_any_end_unpack_in_one_go(
            parts in vec(
                prop_oneof![vec(any::<u8>(), 0..2000), "[a-z_{}= \n]{0,4000}".prop_map(String::into_bytes)],
                0..8,
            ),
            ends in vec(vec(any::<u8>(), 0..2000), 1..3),
        ) {
            let member = begun(&parts);
            for end in ends {
                let expected: Vec<u8> = parts.concat().into_iter().chain(end.iter().copied()).collect();
                prop_assert_eq!(unpacked(&member, &end), expected);
            }
        }
    }

    #[test]
    fn nothing_at_all_is_a_whole_member_too() {
        assert_eq!(unpacked(&begun(&[]), b""), b"");
    }

    #[test]
    fn a_body_of_many_buffers_keeps_its_checksum() {
        let line = b"kafka_consumergroup_lag{consumergroup=\"billing\",topic=\"orders\",partition=\"7\"} 42\n".to_vec();
        let parts = vec![line.repeat(1000); 20];
        let mut expected = parts.concat();
        expected.extend_from_slice(b"# EOF\n");
        assert_eq!(unpacked(&begun(&parts), b"# EOF\n"), expected);
    }
}

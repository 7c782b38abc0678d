//! The headers of record batches: whether there is anything to read in them.
//!
//! Not records: nothing is decompressed, and no checksum is looked at.
//! Invariant: whatever does not clearly hold nothing to read ends the run, so that no record is ever taken for a marker.

use super::fetched::AbortedTransaction;

/// What a batch of the present format has before its records.
const HEADER_BYTES: usize = 61;
/// What its length counts from.
const LENGTH_COUNTS_FROM: usize = 12;
/// The format that knows markers.
const MAGIC: u8 = 2;
/// The bit of the attributes that says that the batch is a marker.
const IS_CONTROL: i16 = 1 << 5;
/// That it is part of a transaction.
const IS_TRANSACTIONAL: i16 = 1 << 4;
/// Of more aborted transactions none is looked for, so that no answer takes time out of proportion.
const ABORTED_MAX: usize = 1_000;

/// The offset after the last of an unbroken run of transaction markers and records of aborted transactions in `batches`, which
/// were fetched at `from`; `from` if another record follows at once. Batches that compaction left empty are no records, and
/// offsets that it took away are none either.
#[must_use]
pub fn markers_until(from: i64, aborted: &[AbortedTransaction], batches: &[u8]) -> i64 {
    let mut until = from;
    let mut rest = batches;
    // A producer is in one transaction at a time, and its marker ends it.
    let mut aborted: Vec<AbortedTransaction> = aborted.iter().take(ABORTED_MAX).copied().collect();
    while let Some(batch) = Header::read(rest) {
        if batch.next_offset > until {
            // A batch before it that compaction took away had nothing left to read, but this one may reach back.
            let began = |it: &AbortedTransaction| it.producer == batch.producer && it.first_offset < batch.next_offset;
            if batch.has_records && !(batch.is_transactional && aborted.iter().any(began)) {
                break;
            }
            until = batch.next_offset;
            if batch.is_control {
                aborted.retain(|it| !began(it));
            }
        }
        rest = rest.get(batch.size..).unwrap_or_default();
    }
    until
}

/// What matters of one.
struct Header {
    /// With all that belongs to it, in bytes.
    size: usize,
    /// The offset after its last.
    next_offset: i64,
    /// Whether a consumer may find anything in it, unless its transaction was aborted.
    has_records: bool,
    /// Whether it ends a transaction.
    is_control: bool,
    is_transactional: bool,
    /// Who wrote it; of any who writes without transactions too.
    producer: i64,
}

impl Header {
    /// The first header of what is left; `None` where there is no whole one, or one of another format.
    fn read(bytes: &[u8]) -> Option<Self> {
        let header: &[u8; HEADER_BYTES] = bytes.first_chunk()?;
        let base_offset = i64::from_be_bytes(field(header, 0)?);
        let length = usize::try_from(i32::from_be_bytes(field(header, 8)?)).ok()?;
        let [magic] = field(header, 16)?;
        let attributes = i16::from_be_bytes(field(header, 21)?);
        let last_offset_delta = i32::from_be_bytes(field(header, 23)?);
        let record_count = i32::from_be_bytes(field(header, 57)?);
        let size = length.checked_add(LENGTH_COUNTS_FROM)?;
        let is_sane = magic == MAGIC && size >= HEADER_BYTES && base_offset >= 0 && last_offset_delta >= 0;
        let next_offset = base_offset.checked_add(i64::from(last_offset_delta))?.checked_add(1)?;
        let is_control = attributes & IS_CONTROL != 0;
        let is_transactional = attributes & IS_TRANSACTIONAL != 0;
        let producer = i64::from_be_bytes(field(header, 43)?);
        let has_records = !is_control && record_count != 0;
        is_sane.then_some(Self { size, next_offset, has_records, is_control, is_transactional, producer })
    }
}

fn field<const SIZE: usize>(header: &[u8; HEADER_BYTES], at: usize) -> Option<[u8; SIZE]> {
    header.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A batch's base offset, offsets beside the first, whether it is a marker, and how many records it has.
    #[derive(Clone, Copy, Debug)]
    struct Batch(i64, i32, bool, i32);

    const fn marker(offset: i64) -> Batch {
        Batch(offset, 0, true, 1)
    }

    const fn data(offset: i64, delta: i32) -> Batch {
        Batch(offset, delta, false, delta + 1)
    }

    fn written(batches: &[Batch]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for Batch(base, delta, is_control, count) in batches {
            let records = [7_u8; 17];
            bytes.extend(base.to_be_bytes());
            bytes.extend(i32::try_from(49 + records.len()).expect("short").to_be_bytes());
            bytes.extend([0, 0, 0, 4, 2, 1, 2, 3, 4]);
            // Compressed and transactional, as far as it matters.
            bytes.extend((0b1_0100 | if *is_control { IS_CONTROL } else { 0 }).to_be_bytes());
            bytes.extend(delta.to_be_bytes());
            bytes.extend([1; 30]);
            bytes.extend(count.to_be_bytes());
            bytes.extend(records);
        }
        bytes
    }

    #[track_caller]
    fn check(from: i64, batches: &[Batch], until: i64) {
        assert_eq!(markers_until(from, &[], &written(batches)), until, "from {from}: {batches:?}");
    }

    /// Batches of a producer each, where some of their transactions were aborted.
    #[track_caller]
    fn check_aborted(from: i64, batches: &[(i64, Batch)], aborted: &[(i64, i64)], until: i64) {
        let mut bytes = Vec::new();
        for (producer, batch) in batches {
            let mut one = written(std::slice::from_ref(batch));
            one[43..51].copy_from_slice(&producer.to_be_bytes());
            bytes.extend(one);
        }
        let told = aborted
            .iter()
            .map(|(producer, first_offset)| AbortedTransaction { producer: *producer, first_offset: *first_offset });
        assert_eq!(
            markers_until(from, &told.collect::<Vec<_>>(), &bytes),
            until,
            "from {from}: {batches:?} {aborted:?}"
        );
    }

    #[test]
    fn records_of_aborted_transactions_are_passed_over_and_no_others() {
        let (one, other) = (4, 5);
        let aborted = [(one, data(7, 2)), (one, marker(10))];
        check_aborted(7, &aborted, &[(one, 7)], 11);
        check_aborted(8, &aborted, &[(one, 7)], 11);
        check_aborted(7, &aborted, &[], 7);
        check_aborted(7, &aborted, &[(other, 7)], 7);
        // It goes on in more than one batch, among them one of somebody else that was aborted too.
        let both = [(one, data(7, 0)), (other, data(8, 1)), (one, data(10, 0)), (other, marker(11)), (one, marker(12))];
        check_aborted(7, &both, &[(one, 7), (other, 8)], 13);
        check_aborted(7, &both, &[(one, 7)], 8);
        // The next transaction of the same producer was committed, or was aborted later.
        let twice = [(one, data(7, 0)), (one, marker(8)), (one, data(9, 0)), (one, marker(10))];
        check_aborted(7, &twice, &[(one, 7)], 9);
        check_aborted(7, &twice, &[(one, 7), (one, 9)], 11);
        check_aborted(7, &twice, &[(one, 9)], 7);
        // What follows without a transaction is to be read.
        let mut bytes = written(&[data(7, 0)]);
        bytes[22] &= !0x10;
        let told = AbortedTransaction { producer: i64::from_be_bytes([1; 8]), first_offset: 7 };
        assert_eq!(markers_until(7, &[told], &bytes), 7);
    }

    #[test]
    fn a_run_of_markers_ends_at_the_first_record() {
        check(7, &[], 7);
        check(7, &[marker(7)], 8);
        check(7, &[data(7, 0)], 7);
        check(7, &[marker(7), marker(8), data(9, 3), marker(13)], 9);
        check(7, &[data(7, 0), marker(8)], 7);
    }

    #[test]
    fn a_batch_that_was_read_before_is_passed_over() {
        check(7, &[data(3, 3), marker(7)], 8);
        // The offset lies within it.
        check(7, &[data(3, 4), marker(8)], 7);
    }

    #[test]
    fn what_compaction_left_is_nothing_to_read() {
        check(7, &[Batch(5, 4, false, 0), marker(10)], 11);
        check(7, &[marker(9), marker(12)], 13);
        check(7, &[marker(9), data(12, 0)], 10);
    }

    #[test]
    fn a_marker_that_was_cut_short_counts_by_its_header() {
        let bytes = written(&[marker(7), marker(8)]);
        assert_eq!(markers_until(7, &[], &bytes[..bytes.len() - 1]), 9);
        assert_eq!(markers_until(7, &[], &bytes[..bytes.len() - 18]), 8);
    }

    #[test]
    fn what_cannot_be_is_not_taken_for_a_marker() {
        let whole = written(&[marker(7)]);
        // The length, the magic, and the two offsets.
        for (place, byte) in [(8, 0xff), (11, 48), (16, 1), (0, 0x80), (23, 0x80)] {
            let mut bytes = whole.clone();
            bytes[place] = byte;
            assert_eq!(markers_until(7, &[], &bytes), 7, "{place}");
        }
        check(7, &[Batch(i64::MAX, 0, true, 1)], 7);
    }

    #[test]
    #[expect(clippy::default_trait_access, reason = "the map is of a crate that only the codec names")]
    fn it_reads_what_the_codec_writes() {
        use kafka_protocol::records::{Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType};
        let record = |offset: i64, control: bool| Record {
            transactional: true,
            control,
            delete_horizon: false,
            partition_leader_epoch: 3,
            producer_id: 5,
            producer_epoch: 1,
            timestamp_type: TimestampType::Creation,
            offset,
            sequence: i32::try_from(offset).expect("small"),
            timestamp: 1_700_000_000_000,
            key: None,
            value: Some(bytes::Bytes::from_static(b"value")),
            headers: Default::default(),
        };
        let options = RecordEncodeOptions { version: 2, compression: Compression::None };
        let mut batches = bytes::BytesMut::new();
        for (offset, control) in [(40, true), (41, true), (42, false), (43, true)] {
            RecordBatchEncoder::encode(&mut batches, &[record(offset, control)], &options).expect("it can be written");
        }
        assert_eq!(markers_until(40, &[], &batches), 42);
        assert_eq!(markers_until(42, &[], &batches), 42);
        assert_eq!(markers_until(43, &[], &batches), 44);
    }

    fn any_batches() -> impl Strategy<Value = Vec<Batch>> {
        // What comes before it, how many more offsets, marker or not, whether it was emptied.
        let batch = (0_i64..3, 0_i32..5, any::<bool>(), any::<bool>());
        (0_i64..1000, proptest::collection::vec(batch, 0..12)).prop_map(|(first, batches)| {
            let mut next = first;
            let place = |(gap, delta, is_control, is_empty): (i64, i32, bool, bool)| {
                let base = next + gap;
                next = base + i64::from(delta) + 1;
                Batch(base, delta, is_control, if is_empty { 0 } else { delta + 1 })
            };
            batches.into_iter().map(place).collect()
        })
    }

    proptest! {
        #[test]
        fn no_record_lies_within_a_run(batches in any_batches(), from in 0_i64..1100) {
            let until = markers_until(from, &[], &written(&batches));
            prop_assert!(until >= from);
            let has_records = |batch: &&Batch| !batch.2 && batch.3 > 0;
            let overlaps = |batch: &Batch| batch.0.max(from) < (batch.0 + i64::from(batch.1) + 1).min(until);
            prop_assert!(!batches.iter().filter(has_records).any(overlaps));
            // Nor does it end early: what follows is a record, or nothing.
            let next = batches.iter().find(|batch| batch.0 + i64::from(batch.1) >= until);
            prop_assert!(next.is_none_or(|batch| has_records(&batch)));
        }

        #[test]
        fn any_bytes_give_an_offset_without_allocating(from in 0..i64::MAX, bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut until = 0;
            let allocated = allocation_counter::measure(|| until = markers_until(from, &[], &bytes));
            prop_assert_eq!(allocated.count_total, 0);
            prop_assert!(until >= from);
        }
    }
}

//! Keys as they are counted, with what is told beside them. NOT the summary, whose bounds are shown beside it.
//! Invariant: what strangers send takes bounded memory.

use super::*;

fn record<'a>(key: Option<&'a [u8]>, bytes: u64, client_id: Option<&'a [u8]>) -> SampledRecord<'a> {
    SampledRecord { key, bytes, client_id }
}

fn tally(records: &[SampledRecord<'_>]) -> KeyTally {
    let mut tally = KeyTally::default();
    for record in records {
        tally.add(record);
    }
    tally
}

#[test]
fn records_bytes_and_producers_are_told_by_key() {
    let records = [
        record(Some(b"a"), 10, Some(b"web-1")),
        record(None, 3, None),
        record(Some(b"a"), 20, Some(b"web-2")),
        record(Some(b""), 1, None),
        record(Some(b"a"), 30, Some(b"web-2")),
        record(None, 4, None),
    ];
    let shares = tally(&records).shares(2);
    assert_eq!((shares.records, shares.bytes, shares.distinct), (6, 68, Some(3)));
    let client = |id: &[u8], records| ClientShare { client_id: CutBytes::of(id), records };
    let clients = vec![client(b"web-2", 2), client(b"web-1", 1)];
    let expected = [
        KeyShare { key: Some(CutBytes::of(b"a")), records: 3, error: 0, bytes: 60, clients },
        KeyShare { key: None, records: 2, error: 0, bytes: 7, clients: Vec::new() },
    ];
    assert_eq!(shares.keys, expected, "records without a key are not those with an empty one");
}

#[test]
fn a_heavy_key_is_found_among_more_than_are_counted() {
    let mut tally = KeyTally::default();
    for number in 0..50_000_u32 {
        let key = if number % 5 == 0 { "heavy".to_owned() } else { format!("key {number}") };
        tally.add(&record(Some(key.as_bytes()), 100, None));
    }
    let shares = tally.shares(1);
    assert_eq!(shares.distinct, None);
    let heavy = &shares.keys[0];
    assert_eq!(heavy.key, Some(CutBytes::of(b"heavy")));
    assert!(heavy.error <= 5 && heavy.records >= 10_000 && heavy.records - heavy.error <= 10_000, "{heavy:?}");
}

#[test]
fn keys_and_client_ids_of_megabytes_take_little() {
    let taken = allocation_counter::measure(|| {
        let mut tally = KeyTally::default();
        let mut long = vec![0; 1 << 20];
        for number in 0..50_u8 {
            long[1 << 19] = number;
            tally.add(&record(Some(&long), 1, Some(&long)));
        }
        assert_eq!(tally.shares(100).keys.len(), 50, "they differ in the middle");
    });
    assert!(taken.bytes_max < (1 << 20) + 200_000, "{taken:?}");
}

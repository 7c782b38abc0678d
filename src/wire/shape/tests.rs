//! Single shapes against bytes that were written by hand.
//!
//! Not the whole messages, which are tried against the codec where connections are.
//! Invariant: each case says what is wrong with its bytes.

use allocation_counter::measure;
use proptest::prelude::*;

use super::*;

const fn field(shape: Shape) -> Field {
    Field { since: 0, until: i16::MAX, shape }
}

const TAGGED_NAMES: Shape = Shape::Array(&[field(Shape::Text)]);

/// Version 0 is plain, version 1 has compact lengths and tagged fields.
static MESSAGE: Message = Message {
    versions: 0..=1,
    flexible: 1,
    fields: &[
        field(Shape::Text),
        field(Shape::FixedArray(4)),
        Field { since: 1, until: 1, shape: Shape::Fixed(2) },
        Field { since: 0, until: 0, shape: Shape::Texts },
    ],
    tagged: &[(0, TAGGED_NAMES)],
};

#[track_caller]
fn check(version: i16, parts: &[&[u8]], expected: bool) {
    let bytes = parts.concat();
    assert_eq!(matches(&MESSAGE, version, &bytes), expected, "{bytes:?}");
}

#[test]
fn plain_lengths_have_two_bytes_for_text_and_four_for_the_rest() {
    let (text, array, texts) = (b"\0\x02ab", b"\0\0\0\x011234", b"\0\0\0\x02\0\0\0\x01c");
    check(0, &[text, array, texts], true);
    check(0, &[text, array, b"\0\0\0\x02\0\0\0\x01"], false);
    check(0, &[text, b"\0\0\0\x02", b"1234", texts], false);
    check(0, &[b"\0\x20ab", array, texts], false);
}

#[test]
fn null_takes_no_room_and_other_negative_lengths_are_refused() {
    let null = b"\xff\xff\xff\xff";
    check(0, &[b"\xff\xff", null, null], true);
    check(0, &[b"\xff\xfe", null, null], false);
    check(0, &[b"\xff\xff", b"\xff\xff\xff\xfe", null], false);
    check(0, &[b"\xff\xff", null, b"\x80\0\0\0"], false);
    check(1, &[b"\0", b"\0", b"\0\0", b"\0"], true);
}

#[test]
fn compact_lengths_are_one_more_than_the_length() {
    check(1, &[b"\x03ab", b"\x021234", b"\0\0", b"\0"], true);
    check(1, &[b"\x03ab", b"\x031234", b"\0\0", b"\0"], false);
    // The same number in more bytes than it needs is a number all the same.
    check(1, &[b"\x83\0ab", b"\x021234", b"\0\0", b"\0"], true);
    // Six bytes, and five with more than 32 bits, are none.
    check(1, &[b"\x83\x80\x80\x80\x80\0ab", b"\x021234", b"\0\0", b"\0"], false);
    check(1, &[b"\x83\x80\x80\x80\x10ab", b"\x021234", b"\0\0", b"\0"], false);
}

#[test]
fn tagged_fields_are_looked_into_where_the_codec_does() {
    let fields: &[u8] = &[0, 0, 0, 0];
    let names = b"\x03\x02a\0\x02b\0";
    check(1, &[fields, b"\x01\x00\x07", names], true);
    // Their own length says more, or less, than the field takes.
    check(1, &[fields, b"\x01\x00\x08", names, b"z"], false);
    check(1, &[fields, b"\x01\x00\x06", names], false);
    // A count in them that nothing follows.
    check(1, &[fields, b"\x01\x00\x05\xff\xff\xff\xff\x0f"], false);
    // An unknown one is skipped, whatever it holds.
    check(1, &[fields, b"\x01\x09\x05\xff\xff\xff\xff\x0f"], true);
    check(1, &[fields, b"\x01\x09\x06\xff\xff\xff\xff\x0f"], false);
    // More of them announced than there are.
    check(1, &[fields, b"\xff\xff\xff\xff\x0f"], false);
}

#[test]
fn a_version_without_a_shape_is_refused() {
    check(-1, &[&[0; 10]], false);
    check(2, &[&[0; 10]], false);
    check(0, &[&[0; 10]], true);
}

proptest! {
    #[test]
    fn any_bytes_are_walked_without_allocating(version in 0_i16..2, bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let allocated = measure(|| {
            std::hint::black_box(matches(&MESSAGE, version, &bytes));
        });
        prop_assert_eq!(allocated.count_total, 0);
    }
}

//! Takes Kafka's primitive types off the front of bytes, in both of its encodings.
//!
//! Not what is made of them: one reader builds values, the other only looks whether they are there.
//! Invariant: whatever is missing or too long is `None`; nothing is allocated.

/// What is left of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    /// Whether lengths are compact and structures end with tagged fields (KIP-482).
    is_flexible: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], is_flexible: bool) -> Self {
        Self { rest: bytes, is_flexible }
    }

    /// How many bytes are left.
    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }

    pub(super) fn skip(&mut self, size: usize) -> Option<()> {
        self.rest = self.rest.get(size..)?;
        Some(())
    }

    pub(super) fn bytes(&mut self, size: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(size)?;
        self.rest = rest;
        Some(taken)
    }

    pub(super) fn take<const SIZE: usize>(&mut self) -> Option<[u8; SIZE]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    /// The length of a text; the inner `None` is null.
    #[expect(clippy::option_option, reason = "null is a value; the outer one says that there is no length at all")]
    pub(super) fn text_length(&mut self) -> Option<Option<usize>> {
        if self.is_flexible { self.compact_length() } else { nullable(i64::from(i16::from_be_bytes(self.take()?))) }
    }

    /// The count of a list or the length of bytes; null is none.
    pub(super) fn length(&mut self) -> Option<usize> {
        let length = if self.is_flexible {
            self.compact_length()
        } else {
            nullable(i64::from(i32::from_be_bytes(self.take()?)))
        };
        Some(length?.unwrap_or(0))
    }

    /// The tagged fields at the end of a structure, each with its content; a plain structure has none.
    pub(super) fn tags(&mut self, mut each: impl FnMut(u32, &'a [u8]) -> Option<()>) -> Option<()> {
        if !self.is_flexible {
            return Some(());
        }
        for _ in 0..self.varint()? {
            let tag = self.varint()?;
            let size = usize::try_from(self.varint()?).ok()?;
            each(tag, self.bytes(size)?)?;
        }
        Some(())
    }

    #[expect(clippy::option_option, reason = "as in text_length")]
    fn compact_length(&mut self) -> Option<Option<usize>> {
        nullable(i64::from(self.varint()?) - 1)
    }

    pub(super) fn varint(&mut self) -> Option<u32> {
        // Most are counts of no tagged fields and lengths of names: one byte.
        if let [byte @ 0..0x80, rest @ ..] = self.rest {
            self.rest = rest;
            return Some(u32::from(*byte));
        }
        let mut value = 0_u64;
        for place in 0..5 {
            let [byte] = self.take()?;
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                return u32::try_from(value).ok();
            }
        }
        None
    }
}

/// A length of -1 is null.
#[expect(clippy::option_option, reason = "as in text_length")]
fn nullable(length: i64) -> Option<Option<usize>> {
    if length == -1 { Some(None) } else { usize::try_from(length).ok().map(Some) }
}

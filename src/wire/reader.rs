//! Takes Kafka's primitive types off the front of a message.
//!
//! Not a message: which fields follow each other, its caller knows.
//! Invariant: whatever is missing or too long is `None`; nothing is allocated on a count's word.

use bytes::Bytes;
use kafka_protocol::protocol::StrBytes;

/// What is left of a message.
pub(super) struct Reader<'a> {
    message: &'a Bytes,
    rest: &'a [u8],
    /// Whether lengths are compact and structures end with tagged fields (KIP-482).
    is_flexible: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(message: &'a Bytes, is_flexible: bool) -> Self {
        Self { message, rest: message, is_flexible }
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }

    pub(super) fn skip(&mut self, size: usize) -> Option<()> {
        self.rest = self.rest.get(size..)?;
        Some(())
    }

    fn take<const SIZE: usize>(&mut self) -> Option<[u8; SIZE]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    pub(super) fn int16(&mut self) -> Option<i16> {
        self.take().map(i16::from_be_bytes)
    }

    pub(super) fn int32(&mut self) -> Option<i32> {
        self.take().map(i32::from_be_bytes)
    }

    pub(super) fn int64(&mut self) -> Option<i64> {
        self.take().map(i64::from_be_bytes)
    }

    /// Elements, each read by `element`; null is an empty list. Room is made for as many as the rest can hold, if
    /// each takes `least` bytes.
    pub(super) fn list<T>(&mut self, least: usize, mut element: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.length()?.unwrap_or(0);
        if count > self.rest.len() / least {
            return None;
        }
        let mut list = Vec::with_capacity(count);
        for _ in 0..count {
            list.push(element(self)?);
        }
        Some(list)
    }

    /// Text that shares the message's memory.
    pub(super) fn shared_text(&mut self) -> Option<StrBytes> {
        let text = self.text_bytes()??;
        StrBytes::try_from(self.message.slice_ref(text)).ok()
    }

    /// Text of its own.
    pub(super) fn text(&mut self) -> Option<String> {
        self.nullable_text()?
    }

    /// Text of its own, or null.
    #[expect(clippy::option_option, reason = "null is a value; the outer one says that there is no text at all")]
    pub(super) fn nullable_text(&mut self) -> Option<Option<String>> {
        match self.text_bytes()? {
            Some(bytes) => Some(Some(std::str::from_utf8(bytes).ok()?.to_owned())),
            None => Some(None),
        }
    }

    /// Text, null or not, that nobody wants.
    pub(super) fn skip_text(&mut self) -> Option<()> {
        self.text_bytes().map(|_| ())
    }

    /// Bytes that share the message's memory; null is none.
    pub(super) fn blob(&mut self) -> Option<Bytes> {
        let length = self.length()?.unwrap_or(0);
        self.bytes(length).map(|bytes| self.message.slice_ref(bytes))
    }

    /// The tagged fields at the end of a structure, which are passed over.
    pub(super) fn tags(&mut self) -> Option<()> {
        if !self.is_flexible {
            return Some(());
        }
        for _ in 0..self.varint()? {
            self.varint()?;
            let size = usize::try_from(self.varint()?).ok()?;
            self.skip(size)?;
        }
        Some(())
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    #[expect(clippy::option_option, reason = "as in nullable_text")]
    fn text_bytes(&mut self) -> Option<Option<&'a [u8]>> {
        let length = if self.is_flexible { self.compact_length()? } else { nullable(i64::from(self.int16()?))? };
        match length {
            Some(length) => self.bytes(length).map(Some),
            None => Some(None),
        }
    }

    /// The count of a list or the length of bytes.
    #[expect(clippy::option_option, reason = "as in nullable_text")]
    fn length(&mut self) -> Option<Option<usize>> {
        if self.is_flexible { self.compact_length() } else { nullable(i64::from(self.int32()?)) }
    }

    #[expect(clippy::option_option, reason = "as in nullable_text")]
    fn compact_length(&mut self) -> Option<Option<usize>> {
        nullable(i64::from(self.varint()?) - 1)
    }

    fn varint(&mut self) -> Option<u32> {
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
#[expect(clippy::option_option, reason = "as in nullable_text")]
fn nullable(length: i64) -> Option<Option<usize>> {
    if length == -1 { Some(None) } else { usize::try_from(length).ok().map(Some) }
}

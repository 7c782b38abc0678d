//! Reads the values of a message.
//!
//! Not a message: which fields follow each other, its caller knows.
//! Invariant: whatever is missing or too long is `None`; nothing is allocated on a count's word.

use bytes::Bytes;
use kafka_protocol::protocol::StrBytes;

use super::cursor::Cursor;

/// What is left of a message.
pub(super) struct Reader<'a> {
    message: &'a Bytes,
    rest: Cursor<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(message: &'a Bytes, is_flexible: bool) -> Self {
        Self { message, rest: Cursor::new(message, is_flexible) }
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Option<()> {
        self.rest.end()
    }

    pub(super) fn skip(&mut self, size: usize) -> Option<()> {
        self.rest.skip(size)
    }

    pub(super) fn int16(&mut self) -> Option<i16> {
        self.rest.take().map(i16::from_be_bytes)
    }

    pub(super) fn int32(&mut self) -> Option<i32> {
        self.rest.take().map(i32::from_be_bytes)
    }

    pub(super) fn int64(&mut self) -> Option<i64> {
        self.rest.take().map(i64::from_be_bytes)
    }

    /// Elements, each read by `element`; null is an empty list. Room is made for as many as the rest can hold, if
    /// each takes `least` bytes.
    pub(super) fn list<T>(&mut self, least: usize, mut element: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.count(least)?;
        let mut list = Vec::with_capacity(count);
        for _ in 0..count {
            list.push(element(self)?);
        }
        Some(list)
    }

    /// Elements, each passed over by `element`, as in [`Self::list`].
    pub(super) fn each(&mut self, least: usize, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        (0..self.count(least)?).try_for_each(|_| element(self))
    }

    fn count(&mut self, least: usize) -> Option<usize> {
        self.rest.length().filter(|count| *count <= self.rest.len() / least)
    }

    /// What `pass` passes over, sharing the message's memory.
    pub(super) fn taken(&mut self, pass: impl FnOnce(&mut Self) -> Option<()>) -> Option<Bytes> {
        let before = self.rest.len();
        pass(self)?;
        let end = self.message.len().checked_sub(self.rest.len())?;
        Some(self.message.slice(self.message.len().checked_sub(before)?..end))
    }

    /// Text that shares the message's memory.
    pub(super) fn shared_text(&mut self) -> Option<StrBytes> {
        let text = self.text_bytes()??;
        StrBytes::try_from(self.message.slice_ref(text)).ok()
    }

    /// Text where it lies.
    pub(super) fn text(&mut self) -> Option<&'a str> {
        self.nullable_text()?
    }

    /// Text where it lies, or null.
    #[expect(clippy::option_option, reason = "null is a value; the outer one says that there is no text at all")]
    pub(super) fn nullable_text(&mut self) -> Option<Option<&'a str>> {
        match self.text_bytes()? {
            Some(bytes) => Some(Some(std::str::from_utf8(bytes).ok()?)),
            None => Some(None),
        }
    }

    /// Text, null or not, that nobody wants.
    pub(super) fn skip_text(&mut self) -> Option<()> {
        self.text_bytes().map(|_| ())
    }

    /// Bytes that share the message's memory; null is none.
    pub(super) fn shared_blob(&mut self) -> Option<Bytes> {
        self.blob().map(|bytes| self.message.slice_ref(bytes))
    }

    /// Bytes where they lie; null is none.
    pub(super) fn blob(&mut self) -> Option<&'a [u8]> {
        let length = self.rest.length()?;
        self.rest.bytes(length)
    }

    /// The tagged fields at the end of a structure, which are passed over.
    pub(super) fn tags(&mut self) -> Option<()> {
        self.rest.tags(|_, _| Some(()))
    }

    #[expect(clippy::option_option, reason = "as in nullable_text")]
    fn text_bytes(&mut self) -> Option<Option<&'a [u8]>> {
        match self.rest.text_length()? {
            Some(length) => self.rest.bytes(length).map(Some),
            None => Some(None),
        }
    }
}

//! Walks a message by its shape without building anything.
//!
//! Not a decoder. The codec crate reserves room for as many elements as an array's count announces;
//! walking first makes sure that the elements are really there.
//! Invariant: the walk allocates nothing and ends after at most as many steps as there are bytes.

use super::cursor::Cursor;

/// What a field looks like on the wire.
#[derive(Debug)]
pub(super) enum Shape {
    /// This many bytes.
    Fixed(usize),
    /// A string, nullable or not.
    Text,
    /// An array of elements of this many bytes.
    FixedArray(usize),
    /// An array of strings.
    Texts,
    /// An array of structures.
    Array(&'static [Field]),
    /// A structure.
    Struct(&'static [Field]),
}

/// A field and the versions that have it.
#[derive(Debug)]
pub(super) struct Field {
    /// The first version.
    pub(super) since: i16,
    /// The last version.
    pub(super) until: i16,
    /// Its shape.
    pub(super) shape: Shape,
}

/// A whole message.
#[derive(Debug)]
pub(super) struct Message {
    /// The versions whose shape is known here.
    pub(super) versions: std::ops::RangeInclusive<i16>,
    /// The first version with compact lengths and tagged fields (KIP-482).
    pub(super) flexible: i16,
    /// The fields in order.
    pub(super) fields: &'static [Field],
    /// Tagged fields of the message itself that the codec decodes; others it keeps as bytes.
    pub(super) tagged: &'static [(u32, Shape)],
}

/// Whether `bytes` hold exactly one message of this shape and version.
pub(super) fn matches(message: &Message, version: i16, bytes: &[u8]) -> bool {
    if !message.versions.contains(&version) {
        return false;
    }
    let mut walker = Walker { rest: Cursor::new(bytes, version >= message.flexible), version };
    walker.structure(message.fields, message.tagged).and_then(|()| walker.rest.end()).is_some()
}

struct Walker<'a> {
    rest: Cursor<'a>,
    version: i16,
}

impl Walker<'_> {
    fn structure(&mut self, fields: &[Field], tagged: &[(u32, Shape)]) -> Option<()> {
        for field in fields {
            if (field.since..=field.until).contains(&self.version) {
                self.field(&field.shape)?;
            }
        }
        let version = self.version;
        self.rest.tags(|tag, content| {
            let Some((_, shape)) = tagged.iter().find(|(known, _)| *known == tag) else { return Some(()) };
            let mut inner = Walker { rest: Cursor::new(content, true), version };
            inner.field(shape)?;
            inner.rest.end()
        })
    }

    fn field(&mut self, shape: &Shape) -> Option<()> {
        match shape {
            Shape::Fixed(size) => self.rest.skip(*size),
            Shape::Text => {
                let length = self.rest.text_length()?.unwrap_or(0);
                self.rest.skip(length)
            }
            Shape::FixedArray(size) => {
                let count = self.rest.length()?;
                self.rest.skip(count.checked_mul(*size)?)
            }
            Shape::Texts => self.repeat(|walker| walker.field(&Shape::Text)),
            Shape::Array(fields) => self.repeat(|walker| walker.structure(fields, &[])),
            Shape::Struct(fields) => self.structure(fields, &[]),
        }
    }

    /// Each element takes a byte at least, so a count beyond the rest ends the walk at once.
    fn repeat(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let count = self.rest.length()?;
        if count > self.rest.len() {
            return None;
        }
        (0..count).try_for_each(|_| element(self))
    }
}

#[cfg(test)]
mod tests;

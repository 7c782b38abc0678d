//! Walks a message by its shape without building anything.
//!
//! Not a decoder. The codec crate reserves room for as many elements as an array's count announces;
//! walking first makes sure that the elements are really there.
//! Invariant: the walk allocates nothing and ends after at most as many steps as there are bytes.

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
    let mut walker = Walker { rest: bytes, version, is_flexible: version >= message.flexible };
    walker.structure(message.fields, message.tagged).is_some() && walker.rest.is_empty()
}

struct Walker<'a> {
    rest: &'a [u8],
    version: i16,
    is_flexible: bool,
}

impl Walker<'_> {
    fn structure(&mut self, fields: &[Field], tagged: &[(u32, Shape)]) -> Option<()> {
        for field in fields {
            if (field.since..=field.until).contains(&self.version) {
                self.field(&field.shape)?;
            }
        }
        if self.is_flexible { self.tags(tagged) } else { Some(()) }
    }

    fn field(&mut self, shape: &Shape) -> Option<()> {
        match shape {
            Shape::Fixed(size) => self.skip(*size),
            Shape::Text => {
                let length = if self.is_flexible { self.compact_length()? } else { self.int16()? };
                self.skip(length)
            }
            Shape::FixedArray(size) => {
                let count = self.length()?;
                self.skip(count.checked_mul(*size)?)
            }
            Shape::Texts => self.repeat(|walker| walker.field(&Shape::Text)),
            Shape::Array(fields) => self.repeat(|walker| walker.structure(fields, &[])),
            Shape::Struct(fields) => self.structure(fields, &[]),
        }
    }

    /// Each element takes a byte at least, so a count beyond the rest ends the walk at once.
    fn repeat(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let count = self.length()?;
        if count > self.rest.len() {
            return None;
        }
        (0..count).try_for_each(|_| element(self))
    }

    fn tags(&mut self, tagged: &[(u32, Shape)]) -> Option<()> {
        let count = self.varint()?;
        for _ in 0..count {
            let tag = self.varint()?;
            let size = usize::try_from(self.varint()?).ok()?;
            let (content, rest) = self.rest.split_at_checked(size)?;
            if let Some((_, shape)) = tagged.iter().find(|(known, _)| *known == tag) {
                let mut inner = Walker { rest: content, version: self.version, is_flexible: true };
                inner.field(shape)?;
                if !inner.rest.is_empty() {
                    return None;
                }
            }
            self.rest = rest;
        }
        Some(())
    }

    /// The count of an array or the length of bytes.
    fn length(&mut self) -> Option<usize> {
        if self.is_flexible { self.compact_length() } else { self.int32() }
    }

    fn skip(&mut self, size: usize) -> Option<()> {
        self.rest = self.rest.get(size..)?;
        Some(())
    }

    fn take<const SIZE: usize>(&mut self) -> Option<[u8; SIZE]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    fn int16(&mut self) -> Option<usize> {
        nullable(i64::from(i16::from_be_bytes(self.take()?)))
    }

    fn int32(&mut self) -> Option<usize> {
        nullable(i64::from(i32::from_be_bytes(self.take()?)))
    }

    fn compact_length(&mut self) -> Option<usize> {
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

/// A length of -1 is null, which takes as little room as nothing at all.
fn nullable(length: i64) -> Option<usize> {
    if length == -1 { Some(0) } else { usize::try_from(length).ok() }
}

#[cfg(test)]
mod tests;

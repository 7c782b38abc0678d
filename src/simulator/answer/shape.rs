//! Walks a request by its shape without building anything.
//!
//! Not a decoder. The codec crate reserves room for as many elements as an array's count announces, and reads a
//! tagged field without looking at its size; walking first makes sure that what is announced is really there.
//! Invariant: the walk allocates nothing and ends after at most as many steps as there are bytes.

/// What a field looks like on the wire.
#[derive(Debug)]
pub(super) enum Shape {
    /// This many bytes.
    Fixed(usize),
    /// A string, nullable or not.
    Text,
    /// Bytes with a length, or null.
    Blob,
    /// An array of strings.
    Texts,
    /// An array of 32-bit numbers.
    Numbers,
    /// An array of structures.
    Array(&'static Structure),
    /// A structure.
    Struct(&'static Structure),
}

/// Fields in order, and the tagged fields the codec decodes.
#[derive(Debug)]
pub(super) struct Structure {
    pub(super) fields: &'static [Field],
    pub(super) tagged: &'static [(u32, Field)],
}

/// A field and the versions that have it.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) since: i16,
    pub(super) until: i16,
    pub(super) shape: Shape,
}

/// A whole request.
#[derive(Debug)]
pub(super) struct Message {
    /// The first version with compact lengths and tagged fields (KIP-482).
    pub(super) flexible: i16,
    pub(super) body: Structure,
}

/// Real clients send one or two; the codec keeps each one it does not know in a map of its own.
const TAGS_MAX: u32 = 100;

/// Whether `bytes` begin with one body of this shape and version. As in Kafka nobody minds what follows: librdkafka 2.12
/// sends three bytes too many where it asks for the metadata of all topics.
pub(super) fn matches(message: &Message, version: i16, bytes: &[u8]) -> bool {
    let mut walker = Walker { rest: bytes, version, is_flexible: version >= message.flexible, tags_left: TAGS_MAX };
    walker.structure(&message.body).is_some()
}

struct Walker<'a> {
    rest: &'a [u8],
    version: i16,
    is_flexible: bool,
    tags_left: u32,
}

impl Walker<'_> {
    fn structure(&mut self, structure: &Structure) -> Option<()> {
        for field in structure.fields {
            if (field.since..=field.until).contains(&self.version) {
                self.field(&field.shape)?;
            }
        }
        if self.is_flexible { self.tags(structure.tagged) } else { Some(()) }
    }

    fn field(&mut self, shape: &Shape) -> Option<()> {
        match shape {
            Shape::Fixed(size) => self.skip(*size),
            Shape::Text => {
                let length = if self.is_flexible { self.compact_length()? } else { self.int16()? };
                self.skip(length)
            }
            Shape::Blob => {
                let length = self.count()?;
                self.skip(length)
            }
            Shape::Numbers => {
                let count = self.count()?;
                self.skip(count.checked_mul(4)?)
            }
            Shape::Texts => self.repeat(|walker| walker.field(&Shape::Text)),
            Shape::Array(structure) => self.repeat(|walker| walker.structure(structure)),
            Shape::Struct(structure) => self.structure(structure),
        }
    }

    /// Each element takes a byte at least, so a count beyond the rest ends the walk at once.
    fn repeat(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let count = self.count()?;
        if count > self.rest.len() {
            return None;
        }
        (0..count).try_for_each(|_| element(self))
    }

    fn tags(&mut self, tagged: &[(u32, Field)]) -> Option<()> {
        let count = self.varint()?;
        self.tags_left = self.tags_left.checked_sub(count)?;
        for _ in 0..count {
            let tag = self.varint()?;
            let size = usize::try_from(self.varint()?).ok()?;
            let (content, rest) = self.rest.split_at_checked(size)?;
            // The codec refuses a tag of another version by itself.
            if let Some((_, field)) = tagged.iter().find(|(known, _)| *known == tag) {
                self.rest = content;
                self.field(&field.shape)?;
                if !self.rest.is_empty() {
                    return None;
                }
            }
            self.rest = rest;
        }
        Some(())
    }

    fn count(&mut self) -> Option<usize> {
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

//! Frames: a length of four bytes, then that many bytes.
//!
//! Not their content.
//! Invariant: memory grows with the bytes that arrived, never with the length that was announced.

use std::borrow::Cow;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::model::ProblemKind;

use super::error::Error;

/// The room made at once for arriving bytes.
const CHUNK_BYTES: usize = 64 << 10;

/// Memory of a frame that is kept for the next ones, at most: as much as the answers for 100,000 partitions take.
const KEPT_BYTES_MAX: usize = 8 << 20;

/// Reads frames; one's memory is used again for the next, once nobody holds it any more.
pub(super) struct Frames<R> {
    reader: R,
    buffer: BytesMut,
}

impl<R: AsyncRead + Unpin> Frames<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, buffer: BytesMut::new() }
    }

    /// Reads one frame of at most `bytes_max` bytes.
    pub(super) async fn read(&mut self, bytes_max: usize) -> Result<Bytes, Error> {
        let mut prefix = [0; 4];
        self.reader.read_exact(&mut prefix).await.map_err(|error| Error::disconnected(&error))?;
        let length = checked_length(prefix, bytes_max)?;
        let mut limited = (&mut self.reader).take(length as u64);
        self.buffer.clear();
        while self.buffer.len() < length {
            self.buffer.reserve(CHUNK_BYTES.min(length - self.buffer.len()));
            let read = limited.read_buf(&mut self.buffer).await.map_err(|error| Error::disconnected(&error))?;
            if read == 0 {
                return Err(Error::disconnected(&std::io::ErrorKind::UnexpectedEof.into()));
            }
        }
        let frame = self.buffer.split().freeze();
        if length > KEPT_BYTES_MAX {
            self.buffer = BytesMut::new();
        }
        Ok(frame)
    }
}

fn checked_length(prefix: [u8; 4], bytes_max: usize) -> Result<usize, Error> {
    if let Some(sentence) = tls_or_http(prefix) {
        return Err(Error::new(ProblemKind::Malformed, sentence));
    }
    let length = i32::from_be_bytes(prefix);
    match usize::try_from(length) {
        Ok(length) if length > bytes_max => Err(match other_protocol(prefix) {
            Some(sentence) => Error::new(ProblemKind::Malformed, sentence),
            None => Error::new(
                ProblemKind::TooLarge,
                format!("the answer has {length} bytes, more than poll.frame_bytes_max ({bytes_max}) allows"),
            ),
        }),
        Ok(length) => Ok(length),
        Err(_) => Err(Error::new(ProblemKind::Malformed, format!("the answer's length is negative ({length})"))),
    }
}

/// What else may answer on a port that was taken for Kafka's, by its first four bytes. Text is only
/// told from a length by whoever knows that no answer can be that long.
pub(super) fn other_protocol(prefix: [u8; 4]) -> Option<Cow<'static, str>> {
    let is_text = |byte: &u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\r' | b'\n');
    tls_or_http(prefix).map(Cow::Borrowed).or_else(|| {
        prefix.iter().all(is_text).then(|| {
            let begin = prefix.escape_ascii();
            format!("the port answers in text (`{begin}…`), not in Kafka's protocol: it belongs to something else")
                .into()
        })
    })
}

fn tls_or_http(prefix: [u8; 4]) -> Option<&'static str> {
    match prefix {
        [b'H', b'T', b'T', b'P'] => {
            Some("the port answers in HTTP, not in Kafka's protocol: it belongs to a web server")
        }
        // A TLS alert or handshake record, versions 3.0 to 3.4.
        [0x15 | 0x16, 3, 0..=4, _] => Some(
            "the port answers in TLS: this listener wants security.protocol SSL or SASL_SSL, \
             or the address should name the PLAINTEXT listener",
        ),
        _ => None,
    }
}

/// Takes the correlation id off the front of a frame.
pub(super) fn correlation_id(frame: &mut Bytes) -> Result<i32, Error> {
    if frame.len() < 4 {
        return Err(Error::new(ProblemKind::Malformed, "the answer is too short to be one"));
    }
    Ok(frame.get_i32())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_from(bytes: &[u8], bytes_max: usize) -> Result<Bytes, Error> {
        Frames::new(bytes).read(bytes_max).await
    }

    #[tokio::test]
    async fn a_frame_is_what_its_length_says() {
        assert_eq!(read_from(b"\0\0\0\x03abcd", 10).await.expect("a frame"), Bytes::from_static(b"abc"));
        assert_eq!(read_from(b"\0\0\0\0", 10).await.expect("a frame"), Bytes::new());
    }

    #[tokio::test]
    async fn lengths_beyond_the_bound_are_refused() {
        let error = read_from(b"\0\0\0\x0babcdefghijk", 10).await.expect_err("too large");
        assert_eq!(error.kind, ProblemKind::TooLarge);
        let error = read_from(b"\xff\xff\xff\xff", 10).await.expect_err("negative");
        assert_eq!(error.kind, ProblemKind::Malformed);
    }

    #[tokio::test]
    async fn an_announced_length_allocates_only_what_arrives() {
        let announced = (100_i32 << 20).to_be_bytes();
        let allocated = allocation_counter::measure(|| {
            let read = futures_util::FutureExt::now_or_never(read_from(&announced, 100 << 20));
            let error = read.expect("a slice never waits").expect_err("cut short");
            assert_eq!(error.kind, ProblemKind::Disconnected);
        });
        assert!(allocated.bytes_max <= 2 * CHUNK_BYTES as u64, "{allocated:?}");
    }

    #[test]
    fn memory_is_used_again_once_a_frame_is_gone() {
        const FRAME_BYTES: u32 = 1 << 20;
        let body = vec![7; FRAME_BYTES as usize];
        let one = [&FRAME_BYTES.to_be_bytes()[..], &body].concat();
        let all = one.repeat(20);
        let allocated = allocation_counter::measure(|| {
            let mut frames = Frames::new(&all[..]);
            for _ in 0..20 {
                let read = futures_util::FutureExt::now_or_never(frames.read(2 << 20));
                assert_eq!(read.expect("a slice never waits").expect("a frame"), body);
            }
        });
        assert!(allocated.bytes_total <= 8 * one.len() as u64, "{allocated:?}");
    }

    #[tokio::test]
    async fn other_protocols_are_named() {
        let error = read_from(b"HTTP/1.1 400 Bad Request\r\n", 1 << 20).await.expect_err("not Kafka");
        assert!(error.sentence.contains("HTTP"), "{error}");
        let error = read_from(b"\x15\x03\x03\0\x02\x02\x46", 1 << 20).await.expect_err("not Kafka");
        assert!(error.sentence.contains("TLS"), "{error}");
        // Some web servers answer what is no request without so much as a status line.
        for text in [&b"<!DOCTYPE HTML>"[..], b"SSH-2.0-", b"-ERR unknown command", b"220 mail"] {
            let error = read_from(text, 1 << 20).await.expect_err("not Kafka");
            assert_eq!(error.kind, ProblemKind::Malformed);
            assert!(error.sentence.contains("in text"), "{error}");
        }
        let error = read_from(&[0x7f, 0, 0, 1], 1 << 20).await.expect_err("too large");
        assert_eq!(error.kind, ProblemKind::TooLarge);
    }
}

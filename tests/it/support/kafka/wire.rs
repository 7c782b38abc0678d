//! Just enough of Kafka's wire protocol to ask a broker a few plain questions: requests of the versions before
//! compact encodings. It is NOT the product's client, and deliberately shares nothing with it.
//! Invariant: no answer is waited for longer than [`PATIENCE`].

use std::io::{Error, ErrorKind, Result};
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than a group takes to rebalance, which is what the slowest answer here waits for.
const PATIENCE: Duration = Duration::from_secs(15);

const ANSWER_BYTES_MAX: i32 = 16 << 20;

/// A request: its number, its version.
#[derive(Clone, Copy)]
pub(crate) struct Api(pub(crate) i16, pub(crate) i16);

/// A connection to one broker.
pub(crate) struct Wire {
    stream: TcpStream,
    client_id: String,
    correlation_id: i32,
}

impl Wire {
    /// Connects to a port of this machine.
    pub(crate) async fn connect(port: u16) -> Result<Self> {
        Self::connect_as(port, "highwater-test").await
    }

    /// The same by another name.
    pub(crate) async fn connect_as(port: u16, client_id: &str) -> Result<Self> {
        let stream = timeout(PATIENCE, TcpStream::connect((Ipv4Addr::LOCALHOST, port))).await??;
        Ok(Self { stream, client_id: client_id.to_owned(), correlation_id: 0 })
    }

    /// Sends a request and gives its answer, which belongs to it for sure: there is one at a time.
    pub(crate) async fn call(&mut self, api: Api, body: Body) -> Result<Answer> {
        timeout(PATIENCE, self.exchange(api, body)).await?
    }

    async fn exchange(&mut self, api: Api, body: Body) -> Result<Answer> {
        self.correlation_id += 1;
        let head = Body::default().int16(api.0).int16(api.1).int32(self.correlation_id).string(&self.client_id);
        self.stream.write_i32(length(head.0.len() + body.0.len())).await?;
        self.stream.write_all(&head.0).await?;
        self.stream.write_all(&body.0).await?;
        let size = self.stream.read_i32().await?;
        if !(4..=ANSWER_BYTES_MAX).contains(&size) {
            return Err(Error::new(ErrorKind::InvalidData, format!("an answer of {size} bytes")));
        }
        let mut bytes = vec![0; usize::try_from(size).map_err(Error::other)?];
        self.stream.read_exact(&mut bytes).await?;
        let mut answer = Answer { bytes, at: 0 };
        if answer.int32()? != self.correlation_id {
            return Err(Error::new(ErrorKind::InvalidData, "an answer to another request"));
        }
        Ok(answer)
    }
}

fn length(bytes: usize) -> i32 {
    i32::try_from(bytes).expect("a test writes less than two gigabytes")
}

/// The fields of a request, written in their order.
#[derive(Default)]
pub(crate) struct Body(Vec<u8>);

impl Body {
    pub(crate) fn int16(mut self, value: i16) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    /// Also the length that opens an array.
    pub(crate) fn int32(mut self, value: i32) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(crate) fn string(mut self, value: &str) -> Self {
        self.0.extend(i16::try_from(value.len()).expect("a short string").to_be_bytes());
        self.0.extend(value.as_bytes());
        self
    }

    pub(crate) fn bytes(mut self, value: &[u8]) -> Self {
        self.0.extend(length(value.len()).to_be_bytes());
        self.0.extend(value);
        self
    }
}

/// The fields of an answer, read in their order.
pub(crate) struct Answer {
    bytes: Vec<u8>,
    at: usize,
}

impl Answer {
    fn take(&mut self, count: usize) -> Result<&[u8]> {
        let bytes = self.bytes.get(self.at..).and_then(|rest| rest.get(..count));
        self.at += count;
        bytes.ok_or_else(|| Error::new(ErrorKind::UnexpectedEof, "a short answer"))
    }

    pub(crate) fn int8(&mut self) -> Result<i8> {
        self.take(1)?.try_into().map(i8::from_be_bytes).map_err(Error::other)
    }

    pub(crate) fn int16(&mut self) -> Result<i16> {
        self.take(2)?.try_into().map(i16::from_be_bytes).map_err(Error::other)
    }

    pub(crate) fn int32(&mut self) -> Result<i32> {
        self.take(4)?.try_into().map(i32::from_be_bytes).map_err(Error::other)
    }

    /// A string; one that is null reads as empty.
    pub(crate) fn string(&mut self) -> Result<String> {
        let length = usize::try_from(self.int16()?).unwrap_or(0);
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>> {
        let length = usize::try_from(self.int32()?).unwrap_or(0);
        Ok(self.take(length)?.to_vec())
    }

    /// An array, each of its elements read by `element`.
    pub(crate) fn array<T>(&mut self, mut element: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let length = self.int32()?;
        (0..length).map(|_| element(self)).collect()
    }
}

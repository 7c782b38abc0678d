//! One connection to one broker: handshake, then questions pipelined and answered in order.
//!
//! It does not reconnect and knows no broker id; that is the link's business.
//! Invariant: after any failure of the stream the connection says that it is unusable.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{ApiVersionsRequest, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};
use tokio::io::{AsyncWriteExt, BufReader, ReadHalf, WriteHalf};
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use crate::model::{Moment, ProblemKind};

use super::ask::Ask;
use super::error::Error;
use super::frame::{self, Frames};
use super::poll::Poll;
use super::stream::Stream;
use super::versions::{self, Versions};

/// Requests that may wait for their answers at once. A broker works on one at a time; the others
/// only save the round trip.
const WINDOW: usize = 16;

/// An answer and when it arrived.
pub(super) struct Answered<T> {
    pub(super) body: T,
    pub(super) at: Moment,
}

/// An open connection.
pub(super) struct Connection {
    frames: Frames<BufReader<ReadHalf<Stream>>>,
    writer: WriteHalf<Stream>,
    versions: Versions,
    next_correlation_id: i32,
    client_id: StrBytes,
    is_usable: bool,
}

impl Connection {
    /// Asks the broker what it serves. Authentication will come before that.
    pub(super) async fn handshake(stream: Stream, poll: &Poll) -> Result<Self, Error> {
        let (reader, writer) = tokio::io::split(stream);
        let mut connection = Self {
            frames: Frames::new(BufReader::new(reader)),
            writer,
            versions: Versions::default(),
            next_correlation_id: 1,
            client_id: StrBytes::from_string(poll.client_id.to_string()),
            is_usable: true,
        };
        connection.versions = connection.ask_versions(poll).await?;
        Ok(connection)
    }

    /// What the broker serves.
    pub(super) fn versions(&self) -> &Versions {
        &self.versions
    }

    /// Whether more can be asked; false after any failure of the stream.
    pub(super) fn is_usable(&self) -> bool {
        self.is_usable
    }

    /// Asks all of `requests` and gives their answers in the same order.
    pub(super) async fn ask_all<A: Ask>(
        &mut self,
        version: i16,
        requests: Vec<A>,
        poll: &Poll,
    ) -> Vec<Result<Answered<A::Answer>, Error>> {
        let count = requests.len();
        let mut answers = Vec::with_capacity(count);
        let outcome = self
            .pipeline(version, requests, poll, |frame| {
                let at = poll.clock.moment();
                answers.push(decode::<A>(version, frame).map(|body| Answered { body, at }));
            })
            .await;
        if let Err(error) = outcome {
            answers.resize_with(count, || Err(error.clone()));
        }
        answers
    }

    /// Writes and reads at the same time: a broker that is busy writing a long answer reads nothing,
    /// so whoever only writes meanwhile waits for ever.
    async fn pipeline<A: Ask>(
        &mut self,
        version: i16,
        requests: Vec<A>,
        poll: &Poll,
        mut found: impl FnMut(Bytes) + Send,
    ) -> Result<(), Error> {
        let first_id = self.next_correlation_id;
        let ids = (0..requests.len()).scan(first_id, |id, _| Some(std::mem::replace(id, id.wrapping_add(1))));
        let ids: Vec<i32> = ids.collect();
        self.next_correlation_id = ids.last().map_or(first_id, |id| id.wrapping_add(1));
        let window = Semaphore::new(WINDOW);
        let (frames, writer, client_id) = (&mut self.frames, &mut self.writer, &self.client_id);

        let write = async {
            for (request, id) in requests.iter().zip(&ids) {
                if let Ok(permit) = window.acquire().await {
                    permit.forget();
                }
                let bytes = encode(request, version, *id, client_id)?;
                let deadline = poll.next_deadline()?;
                poll.metrics.request(A::QUESTION);
                match timeout_at(deadline, writer.write_all(&bytes)).await {
                    Ok(written) => written.map_err(|error| Error::disconnected(&error))?,
                    Err(_) => return Err(silent()),
                }
            }
            Ok(())
        };
        let read = async {
            for id in &ids {
                let deadline = poll.next_deadline()?;
                let answer = timeout_at(deadline, frames.read(poll.frame_bytes_max)).await;
                let answer = answer.map_err(|_| silent())??;
                let answered_id = frame::correlation_id(&mut answer.clone())?;
                if answered_id != *id {
                    let sentence = format!("the answer belongs to request {answered_id}, not to {id}");
                    return Err(Error::new(ProblemKind::Malformed, sentence));
                }
                window.add_permits(1);
                found(answer);
            }
            Ok(())
        };
        let outcome = tokio::try_join!(write, read).map(|_| ());
        self.is_usable &= outcome.is_ok();
        outcome
    }

    /// Asks in the newest version; a broker too old for it answers `UNSUPPORTED_VERSION` in version 0
    /// (KIP-511) and is asked in that.
    async fn ask_versions(&mut self, poll: &Poll) -> Result<Versions, Error> {
        const UNSUPPORTED_VERSION: [u8; 2] = 35_i16.to_be_bytes();
        for version in [3, 0] {
            let request = ApiVersionsRequest::default()
                .with_client_software_name(StrBytes::from_static_str(env!("CARGO_PKG_NAME")))
                .with_client_software_version(StrBytes::from_static_str(env!("CARGO_PKG_VERSION")));
            let mut frame = Bytes::new();
            self.pipeline(version, vec![request], poll, |answer| frame = answer).await?;
            if version > 0 && frame.get(4..6) == Some(&UNSUPPORTED_VERSION) {
                continue;
            }
            let answer = decode::<ApiVersionsRequest>(version, frame)?;
            if answer.error_code != 0 {
                let name = super::code::name(answer.error_code);
                return Err(Error::new(ProblemKind::Other, format!("the broker refused the handshake: {name}")));
            }
            let served = answer.api_keys.iter().map(|api| (api.api_key, api.min_version, api.max_version));
            return Ok(Versions::new(served));
        }
        Err(Error::new(ProblemKind::UnsupportedVersion, "the broker refuses every version of ApiVersions"))
    }
}

fn silent() -> Error {
    Error::new(ProblemKind::Timeout, "no answer within the request timeout")
}

fn encode<A: Ask>(request: &A, version: i16, id: i32, client_id: &StrBytes) -> Result<BytesMut, Error> {
    let unfit = |sentence: String| Error::new(ProblemKind::Other, format!("the request cannot be written: {sentence}"));
    let header = RequestHeader::default()
        .with_request_api_key(versions::key(A::QUESTION))
        .with_request_api_version(version)
        .with_correlation_id(id)
        .with_client_id(Some(client_id.clone()));
    let mut bytes = BytesMut::from(&[0; 4][..]);
    header.encode(&mut bytes, A::header_version(version)).map_err(|error| unfit(error.to_string()))?;
    request.encode(&mut bytes, version).map_err(|error| unfit(error.to_string()))?;
    let length = i32::try_from(bytes.len() - 4).map_err(|error| unfit(error.to_string()))?;
    for (place, byte) in bytes.iter_mut().zip(length.to_be_bytes()) {
        *place = byte;
    }
    Ok(bytes)
}

/// Reads a frame, header included.
fn decode<A: Ask>(version: i16, mut frame: Bytes) -> Result<A::Answer, Error> {
    let name = A::QUESTION.name();
    let malformed = |sentence: &str| {
        Error::new(ProblemKind::Malformed, format!("the answer to {name} {version} cannot be read: {sentence}"))
    };
    ResponseHeader::decode(&mut frame, A::Codec::header_version(version))
        .map_err(|error| malformed(&error.to_string()))?;
    A::read(version, frame).map_err(|sentence| malformed(&sentence))
}

#[cfg(test)]
mod tests;

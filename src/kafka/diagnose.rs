//! What answers on a bootstrap address if not Kafka: a web server, a TLS listener, or nobody.
//!
//! Only asked after a handshake failed there, and once for each run of failures.
//! Invariant: it changes no outcome; it only finds words for one.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout_at;

use crate::config::BrokerAddress;
use crate::model::ProblemKind;

use super::error::Error;
use super::frame::other_protocol;
use super::poll::Poll;
use super::stream;

/// A request any web server answers.
const HTTP_REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

/// A TLS 1.2 hello with one cipher suite and no extensions: enough for a server to answer with its
/// own hello or with an alert.
const TLS_HELLO: &[u8] = &[
    0x16, 3, 1, 0, 45, // handshake record of 45 bytes
    1, 0, 0, 41, 3, 3, // client hello of 41 bytes, TLS 1.2
    0x68, 0x69, 0x67, 0x68, 0x77, 0x61, 0x74, 0x65, 0x72, 0x68, 0x69, 0x67, 0x68, 0x77, 0x61, 0x74, 0x65, 0x72, 0x68,
    0x69, 0x67, 0x68, 0x77, 0x61, 0x74, 0x65, 0x72, 0x68, 0x69, 0x67, 0x68,
    0x77, // 32 bytes that need not be random
    0, 0, 2, 0xc0, 0x2f, 1, 0, // no session, one suite, no compression
];

/// The sentence for a failed handshake: `error`'s own, unless the port speaks something else.
pub(super) async fn sentence(address: &BrokerAddress, error: &Error, poll: &Poll) -> String {
    let may_be_another_protocol = matches!(error.kind, ProblemKind::Disconnected | ProblemKind::Timeout);
    if may_be_another_protocol {
        for greeting in [TLS_HELLO, HTTP_REQUEST] {
            if let Some(sentence) = answer_to(greeting, address, poll).await.and_then(other_protocol) {
                return sentence.to_owned();
            }
        }
        if error.kind == ProblemKind::Disconnected {
            return format!(
                "{error}; listeners that want SASL or that refuse this client's address do so: \
                 check that the port is the PLAINTEXT listener's"
            );
        }
    }
    error.to_string()
}

async fn answer_to(greeting: &[u8], address: &BrokerAddress, poll: &Poll) -> Option<[u8; 4]> {
    let deadline = poll.next_deadline().ok()?;
    let mut stream = stream::open(address, deadline).await.ok()?;
    let mut answer = [0; 4];
    timeout_at(deadline, async {
        stream.write_all(greeting).await?;
        stream.read_exact(&mut answer).await
    })
    .await
    .ok()?
    .ok()?;
    Some(answer)
}

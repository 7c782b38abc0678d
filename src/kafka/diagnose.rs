//! What answers on a bootstrap address if not Kafka: a web server, a TLS listener, or nobody.
//!
//! Only asked after a handshake failed there, and once for each run of failures.
//! Invariant: it changes no outcome; it only finds words for one.

use futures_util::future::join;
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

/// What an address gave in answer to a greeting.
enum Answer {
    NoConnection,
    /// It took the greeting, and hung up or went on saying nothing.
    Nothing {
        has_closed: bool,
    },
    Began([u8; 4]),
}

/// The sentence for a failed handshake: `error`'s own, unless the port speaks something else. `None`
/// where the poll has no time left to look.
pub(super) async fn sentence(address: &BrokerAddress, error: &Error, poll: &Poll) -> Option<String> {
    if !matches!(error.kind, ProblemKind::Disconnected | ProblemKind::Timeout) {
        return Some(error.to_string());
    }
    poll.next_deadline().ok()?;
    // Both at once: a listener of one protocol may wait for ever for the rest of the other's greeting.
    let (tls, http) = join(answer_to(TLS_HELLO, address, poll), answer_to(HTTP_REQUEST, address, poll)).await;
    let began = [&tls, &http].into_iter().find_map(|answer| match answer {
        Answer::Began(prefix) => other_protocol(*prefix),
        Answer::NoConnection | Answer::Nothing { .. } => None,
    });
    Some(match (began, error.kind) {
        (Some(sentence), _) => sentence.into_owned(),
        (None, ProblemKind::Disconnected) => format!(
            "{error}; listeners that want SASL or that refuse this client's address do so: \
             check that the port is the PLAINTEXT listener's"
        ),
        (None, _) if matches!(tls, Answer::Nothing { has_closed: false }) => format!(
            "{error}; the port accepts connections and says nothing: whoever listens there hangs, or waits for \
             another protocol"
        ),
        (None, _) => error.to_string(),
    })
}

async fn answer_to(greeting: &[u8], address: &BrokerAddress, poll: &Poll) -> Answer {
    let Ok(deadline) = poll.next_deadline() else { return Answer::NoConnection };
    let Ok(mut stream) = stream::open(address, deadline, poll).await else { return Answer::NoConnection };
    let mut prefix = [0; 4];
    let answered = timeout_at(deadline, async {
        stream.write_all(greeting).await?;
        stream.read_exact(&mut prefix).await
    });
    match answered.await {
        Ok(Ok(_)) => Answer::Began(prefix),
        Ok(Err(_)) => Answer::Nothing { has_closed: true },
        Err(_) => Answer::Nothing { has_closed: false },
    }
}

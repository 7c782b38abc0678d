//! What listens on a port that somebody took for Kafka's. It is NOT Kafka in any way.
//! Invariant: it goes by the first bytes it is sent, as the real ones do, and ends with its handle.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt, Result};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// A web server that calls anything a bad request at once, in red.
    Http,
    /// A web server that waits for the end of a header, whatever it is sent.
    PatientHttp,
    /// Speaks first, in text, as SSH and mail servers do.
    Banner,
    /// A TLS listener that answers plain text with an alert.
    TlsAlert,
    /// A TLS listener that closes on plain text.
    TlsSilent,
    /// Accepts, and never says a word.
    Silent,
    /// Accepts, and closes at once.
    Closing,
}

impl Manner {
    pub(crate) const ALL: [Self; 7] =
        [Self::Http, Self::PatientHttp, Self::Banner, Self::TlsAlert, Self::TlsSilent, Self::Silent, Self::Closing];
}

/// A listener of some manner.
pub(crate) struct Peer {
    address: SocketAddr,
    /// Aborted when dropped.
    _task: JoinSet<()>,
}

impl Peer {
    pub(crate) async fn listen(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut attended = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                // Whoever connects may go away at any time.
                attended.spawn(async move { drop(attend(stream, manner).await) });
            }
        });
        Self { address, _task: task }
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }
}

const BAD_REQUEST: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 13\r\n\r\n\x1b[31mRefused\n";
/// Fatal: unexpected message.
const ALERT: &[u8] = &[0x15, 3, 3, 0, 2, 2, 10];
/// The beginning of a server's hello.
const SERVER_HELLO: &[u8] = &[0x16, 3, 3, 0, 0x4a, 2, 0, 0, 0x46, 3, 3];
const TLS_HANDSHAKE: u8 = 0x16;

async fn attend(mut stream: TcpStream, manner: Manner) -> Result<()> {
    let mut sent = Vec::new();
    let answer = match manner {
        Manner::Closing => return Ok(()),
        Manner::Silent => {
            stream.read_to_end(&mut sent).await?;
            return Ok(());
        }
        // Read all the same: closing a connection with something unread would cut the answer.
        Manner::Banner => {
            stream.write_all(b"SSH-2.0-OpenSSH_9.2p1\r\n").await?;
            stream.read_to_end(&mut sent).await?;
            return Ok(());
        }
        Manner::Http => {
            stream.read_buf(&mut sent).await?;
            BAD_REQUEST
        }
        Manner::PatientHttp => {
            while !sent.ends_with(b"\r\n\r\n") {
                sent.push(stream.read_u8().await?);
            }
            BAD_REQUEST
        }
        Manner::TlsAlert | Manner::TlsSilent => {
            stream.read_buf(&mut sent).await?;
            match manner {
                _ if sent.first() == Some(&TLS_HANDSHAKE) => SERVER_HELLO,
                Manner::TlsAlert => ALERT,
                _ => return Ok(()),
            }
        }
    };
    stream.write_all(answer).await?;
    stream.shutdown().await
}

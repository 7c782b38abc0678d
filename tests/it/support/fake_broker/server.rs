//! The sockets of one fake broker: frames in, frames out. It is NOT where answers are thought up.
//! Invariant: requests of a connection are answered in order, one after the other, as brokers do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::script::Reaction;
use super::{Asked, Request, Shared, answer, lock};

/// Accepts connections until it is aborted.
pub(super) async fn run(listener: TcpListener, broker: i32, shared: Arc<Mutex<Shared>>, closed: watch::Receiver<u32>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        lock(&shared).broker(broker).connection_count += 1;
        let (shared, mut closed) = (Arc::clone(&shared), closed.clone());
        closed.mark_unchanged();
        connections.spawn(async move {
            tokio::select! {
                () = serve(stream, broker, &shared) => {}
                _ = closed.changed() => {}
            }
        });
    }
}

async fn serve(mut stream: TcpStream, broker: i32, shared: &Mutex<Shared>) {
    let mut is_stalled = false;
    while let Some(frame) = next_frame(&mut stream).await {
        let told = match react(frame, broker, shared) {
            Ok(told) => told,
            Err(fault) => {
                lock(shared).faults.push(fault);
                return;
            }
        };
        match told {
            Told::Nothing => is_stalled = true,
            _ if is_stalled => {}
            Told::All(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Told::Slowly(bytes) => {
                for byte in bytes.chunks(1) {
                    sleep(Duration::from_millis(100)).await;
                    if stream.write_all(byte).await.is_err() {
                        return;
                    }
                }
            }
            Told::Part(bytes) => {
                let _outcome = stream.write_all(&bytes).await;
                return;
            }
        }
    }
}

/// What goes back to the client.
enum Told {
    All(Bytes),
    Slowly(Bytes),
    /// This, and then the end.
    Part(Bytes),
    Nothing,
}

async fn next_frame(stream: &mut TcpStream) -> Option<Bytes> {
    let length = usize::try_from(stream.read_i32().await.ok()?).ok()?;
    let mut frame = vec![0; length];
    stream.read_exact(&mut frame).await.ok()?;
    Some(frame.into())
}

fn react(mut frame: Bytes, broker: i32, shared: &Mutex<Shared>) -> Result<Told, String> {
    let number = |bytes: Option<&[u8]>| bytes.and_then(|bytes| bytes.try_into().ok()).map(i16::from_be_bytes);
    let key = number(frame.get(..2)).ok_or("a request without a key")?;
    let version = number(frame.get(2..4)).ok_or("a request without a version")?;
    let api = ApiKey::try_from(key).map_err(|()| format!("no API has the key {key}"))?;
    let mut shared = lock(shared);
    let (first, last) = answer::served(&shared, broker, api);
    if api == ApiKey::ApiVersions && version > last {
        let id = frame.get(4..8).map(Bytes::copy_from_slice).ok_or("a request without an id")?;
        return Ok(Told::All(framed(&id, &answer::unsupported_version(&shared, broker)?)));
    }
    if !(first..=last).contains(&version) {
        return Err(format!(
            "{api:?} {version} is not among the versions {first} to {last} that broker {broker} serves"
        ));
    }
    let header =
        RequestHeader::decode(&mut frame, api.request_header_version(version)).map_err(|error| error.to_string())?;
    let request = Request::decode(api, version, &mut frame)?;
    shared.asked.push(Asked { broker, api, version, request: request.clone() });
    let mut answer = answer::to(&shared, broker, version, &request);
    let fired = shared.rules.iter_mut().filter_map(|rule| rule.fires(broker, api, &request).then_some(&rule.reaction));
    let reaction = fired.last().cloned();
    if let Some(Reaction::Edit(edit)) = &reaction {
        edit(&mut answer);
    }
    let mut id = header.correlation_id;
    if matches!(reaction, Some(Reaction::WrongCorrelation)) {
        id = id.wrapping_add(1);
    }
    let mut head = BytesMut::new();
    let response = ResponseHeader::default().with_correlation_id(id);
    response.encode(&mut head, api.response_header_version(version)).map_err(|error| error.to_string())?;
    let body = answer.encode(version)?;
    Ok(match reaction {
        Some(Reaction::Stall) => Told::Nothing,
        Some(Reaction::Trickle) => Told::Slowly(framed(&head, &body)),
        Some(Reaction::Body(body)) => Told::All(framed(&head, &body)),
        Some(Reaction::Announce(length)) => Told::All(Bytes::copy_from_slice(&length.to_be_bytes())),
        Some(Reaction::CutAfter(count)) => Told::Part(framed(&head, &body).slice(..count)),
        Some(Reaction::Replace(from, to)) => Told::All(framed(&head, &replaced(&body, &from, &to)?)),
        _ => Told::All(framed(&head, &body)),
    })
}

fn framed(head: &[u8], body: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_i32(i32::try_from(head.len() + body.len()).expect("answers of tests are short"));
    frame.extend_from_slice(head);
    frame.extend_from_slice(body);
    frame.freeze()
}

fn replaced(body: &[u8], from: &[u8], to: &[u8]) -> Result<Vec<u8>, String> {
    let place =
        body.windows(from.len()).position(|window| window == from).ok_or("the bytes to replace are not there")?;
    let mut replaced = body.to_vec();
    replaced.splice(place..place + from.len(), to.iter().copied());
    Ok(replaced)
}

//! One connection: requests answered one after the other, as Kafka does, and spoiled as the faults say.
//!
//! Not what the answers are.
//! Invariant: the next request is taken up when the one before is answered, and a peer that leaves ends every wait.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::sleep;

use crate::simulator::answer;
use crate::simulator::faults::WireFaults;

use super::frames::{Ended, Frames, now};
use super::{Outcome, Simulator, TICK};

/// What a broker that announces too much announces.
const OVERSIZED: i32 = i32::MAX;

/// How often it is looked whether a Fetch that waits finds enough. Brokers answer at once.
const LOOK: Duration = Duration::from_millis(5);

/// Far from any id a client has under way.
const OTHER_ID: i32 = 1 << 28;

/// Serves one connection to a broker until either side ends it. It needs no socket, so that tests can do without.
pub async fn serve_connection(stream: impl AsyncRead + AsyncWrite + Unpin, simulator: &Simulator, broker: i32) {
    let mut connection = Connection { frames: Frames::new(stream), simulator, broker, sent: 0 };
    loop {
        if let Err(reason) = connection.answer_next().await {
            tracing::debug!(broker, reason = %reason, "connection ended");
            return;
        }
    }
}

struct Connection<'a, S> {
    frames: Frames<S>,
    simulator: &'a Simulator,
    broker: i32,
    /// Bytes that were sent.
    sent: u64,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<'_, S> {
    async fn answer_next(&mut self) -> Result<(), Ended> {
        let request = self.frames.next().await?;
        self.simulator.count(self.broker, &request);
        let answer = self.answer(request).await?;
        let late = self.faults().wait().saturating_sub(self.frames.since_arrival());
        self.pause(late).await?;
        let spoiled = framed(answer, &self.faults());
        self.send(spoiled).await
    }

    /// The answer, when there is one: a broker that hangs gives it when it is well again, and a Fetch that finds
    /// too little waits for a while.
    async fn answer(&mut self, request: Bytes) -> Result<Bytes, Ended> {
        let began = now();
        loop {
            match self.simulator.answer(self.broker, request.clone()) {
                Outcome::Close(reason) => return Err(Ended::Refused(reason)),
                Outcome::Silence => self.pause(TICK).await?,
                Outcome::Reply(reply) => {
                    let longest = answer::patience(request.clone(), &reply);
                    if longest.is_none_or(|longest| now().saturating_duration_since(began) >= longest) {
                        return Ok(reply.frame.freeze());
                    }
                    self.pause(LOOK).await?;
                }
            }
        }
    }

    /// Sends a frame as fast and as far as the faults allow, which may change meanwhile.
    async fn send(&mut self, mut bytes: Bytes) -> Result<(), Ended> {
        while !bytes.is_empty() {
            let faults = self.faults();
            let left = |after: Option<u64>| after.map_or(u64::MAX, |after| after.saturating_sub(self.sent));
            let (to_cut, to_stall) = (left(faults.cut_after_bytes), left(faults.stall_after_bytes));
            if to_cut == 0 {
                return Err(Ended::Cut);
            }
            if to_stall == 0 {
                self.pause(TICK).await?;
                continue;
            }
            let at_once = faults.bytes_per_second.map_or(u64::MAX, |rate| (rate / 20).max(1));
            let length = usize::try_from(to_cut.min(to_stall).min(at_once)).unwrap_or(usize::MAX).min(bytes.len());
            let piece = bytes.split_to(length);
            self.frames.write(&piece).await?;
            let length = u64::try_from(length).unwrap_or(u64::MAX);
            self.sent = self.sent.saturating_add(length);
            if let Some(rate) = faults.bytes_per_second {
                self.pause(Duration::from_micros(length.saturating_mul(1_000_000) / rate.max(1))).await?;
            }
        }
        Ok(())
    }

    /// Waits, unless the peer leaves before.
    async fn pause(&mut self, length: Duration) -> Result<(), Ended> {
        if length.is_zero() {
            return Ok(());
        }
        tokio::select! {
            () = sleep(length) => Ok(()),
            left = self.frames.left() => Err(left),
        }
    }

    fn faults(&self) -> WireFaults {
        self.simulator.faults(self.broker).unwrap_or_default()
    }
}

/// An answer with the length before it, spoiled as the faults say.
fn framed(answer: Bytes, faults: &WireFaults) -> Bytes {
    let length = i32::try_from(answer.len()).unwrap_or(i32::MAX);
    let mut frame = BytesMut::with_capacity(answer.len() + size_of::<i32>());
    frame.put_i32(if faults.oversized_frame { OVERSIZED } else { length });
    let Some((id, rest)) = answer.split_first_chunk() else {
        frame.put(answer);
        return frame.freeze();
    };
    let id = i32::from_be_bytes(*id);
    frame.put_i32(if faults.wrong_correlation_id { id.wrapping_add(OTHER_ID) } else { id });
    if faults.garbage {
        frame.extend(std::iter::repeat_with(|| fastrand::u8(..)).take(rest.len()));
    } else {
        frame.extend_from_slice(rest);
    }
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = &[0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    fn spoiled(faults: &WireFaults) -> Bytes {
        framed(Bytes::from_static(ANSWER), faults)
    }

    #[test]
    fn an_answer_is_spoiled_only_as_said() {
        let none = WireFaults::default();
        assert_eq!(spoiled(&none)[..4], [0, 0, 0, 16]);
        assert_eq!(spoiled(&none)[4..], *ANSWER);
        let oversized = spoiled(&WireFaults { oversized_frame: true, ..none.clone() });
        assert_eq!((&oversized[..4], &oversized[4..]), (&[0x7f, 0xff, 0xff, 0xff][..], ANSWER));
        let other = spoiled(&WireFaults { wrong_correlation_id: true, ..none.clone() });
        assert_ne!(other[4..8], ANSWER[..4]);
        assert_eq!(other[8..], ANSWER[4..]);
        let garbage = spoiled(&WireFaults { garbage: true, ..none });
        assert_eq!((&garbage[..8], garbage.len()), (&[0, 0, 0, 16, 0, 0, 0, 7][..], 20));
        assert_ne!(garbage[8..], ANSWER[4..]);
    }

    #[test]
    fn an_answer_too_short_to_be_one_is_sent_as_it_is() {
        let faults = WireFaults { wrong_correlation_id: true, ..WireFaults::default() };
        assert_eq!(framed(Bytes::from_static(&[1]), &faults), Bytes::from_static(&[0, 0, 0, 1, 1]));
    }
}

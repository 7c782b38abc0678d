//! Waiting for what other processes do. It is NOT a measurement: nothing here says how fast anything was.
//! Invariant: every wait ends, and one that ends in vain says what it waited for.

use std::fmt::Display;
use std::time::Duration;

use tokio::time::{sleep, timeout};

/// The longest wait for one thing. It is generous, because a slow machine is not a wrong answer.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

const PAUSE: Duration = Duration::from_millis(50);

/// Asks again and again until the answer is `Ok`.
///
/// # Panics
/// After [`PATIENCE`], with `what` was awaited and the last answer.
pub(crate) async fn eventually<T, E, F>(what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, E>>,
    E: Display,
{
    let mut last = None;
    let asking = async {
        loop {
            match ask().await {
                Ok(answer) => return answer,
                Err(error) => last = Some(error),
            }
            sleep(PAUSE).await;
        }
    };
    if let Ok(answer) = timeout(PATIENCE, asking).await {
        return answer;
    }
    panic!("waited in vain for {what}: {}", last.map_or("no answer".into(), |error| error.to_string()))
}

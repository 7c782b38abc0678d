//! CPU time and memory as the operating system counts them.
//!
//! Not wall time, which on a shared machine says more about the neighbours.
//! Invariant: CPU time is of all threads of the process, in user and kernel mode.

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// What a piece of work took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub(crate) cpu_ms: f64,
    pub(crate) wall_ms: f64,
}

/// Does something and says what it took.
pub(crate) fn spent<T>(work: impl FnOnce() -> T) -> (Spent, T) {
    let start = Start::now();
    let done = work();
    (start.spent(), done)
}

/// The beginning of a piece of work.
pub(crate) struct Start {
    cpu: Duration,
    wall: Instant,
}

impl Start {
    #[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
    pub(crate) fn now() -> Self {
        Self { cpu: cpu(), wall: Instant::now() }
    }

    pub(crate) fn spent(&self) -> Spent {
        Spent { cpu_ms: milliseconds(cpu().saturating_sub(self.cpu)), wall_ms: milliseconds(self.wall.elapsed()) }
    }
}

fn cpu() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else { return Duration::ZERO };
    duration(usage.user_time()) + duration(usage.system_time())
}

fn duration(time: TimeVal) -> Duration {
    let microseconds = time.tv_sec().saturating_mul(1_000_000).saturating_add(time.tv_usec());
    Duration::from_micros(u64::try_from(microseconds).unwrap_or(0))
}

/// CPU time of another process so far, to a hundredth of a second; `None` where the system does not tell.
pub(crate) fn cpu_of(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in parentheses and may hold blanks; user and kernel time are the 12th and 13th field after it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    let ticks = times.next()?.ok()? + times.next()?.ok()?;
    Some(Duration::from_millis(ticks * 10))
}

/// The most memory another process ever held, in MB.
pub(crate) fn peak_of(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? / 1000)
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

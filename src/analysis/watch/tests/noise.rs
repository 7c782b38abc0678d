//! How often a trend is seen that is there, and one that is not: many seeded runs with noise.
//!
//! Not a proof; the numbers are those of `semantics.md` §3.2, where Burrow's rule finds 4 of 100.
//! Invariant: the same seeds give the same runs.

use super::*;

/// Marsaglia's xorshift, 64 bits.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Normally distributed, of mean 0 and deviation 1, nearly.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// Records produced up to a time: a thousand per second, more by day and less by night.
fn produced(seconds: f64) -> f64 {
    let turn = 86_400.0 / std::f64::consts::TAU;
    1000.0 * seconds + 400.0 * turn * (1.0 - (seconds / turn).cos())
}

/// The time by which so many were produced.
fn produced_by(records: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1e7);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if produced(middle) < records { low = middle } else { high = middle }
    }
    low
}

/// Statuses of a consumer whose lag in seconds is that of `lag` with noise in each poll: it reads in fits and starts.
fn statuses(seed: u64, noise: f64, polls: u64, lag: impl Fn(f64) -> f64) -> Vec<Status> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    // A day of traffic is there before.
    let begin = 86_400.0 * (1.0 + random.uniform());
    let mut run = Run::new(Reader::Member);
    let mut commit = 0.0_f64;
    run.polls(polls, |seconds| {
        let passed = seconds as f64;
        let end = produced(begin + passed);
        let lag = lag(passed) * (1.0 + noise * random.normal());
        // Whoever reads in fits and starts does not go back.
        commit = commit.max(produced(begin + passed - lag.max(0.0)));
        read(end as i64, commit as i64, (begin + passed - produced_by(commit)).max(0.0))
    })
}

/// Polls of a run: ten minutes, of which the first five are too few to say anything, and five more.
const POLLS: u64 = 60;

/// Of so many runs, in how many it ever falls behind.
fn falling(runs: u64, noise: f64, lag: impl Fn(f64) -> f64 + Copy) -> usize {
    let falls = |seed: &u64| statuses(*seed, noise, POLLS, lag).contains(&Status::FallingBehind);
    (0..runs).filter(falls).count()
}

#[test]
fn growth_of_two_per_cent_under_noise_of_two_is_found() {
    // Ten intervals of a minute, in which lag grows by 2 % each: the case in which Burrow finds 4 of 100.
    let found = falling(100, 0.02, |seconds| 600.0 * 1.02_f64.powf(seconds / 60.0));
    assert!(found >= 95, "{found} of 100");
}

#[test]
fn growth_of_five_per_cent_under_noise_of_five_is_found() {
    let found = falling(100, 0.05, |seconds| 600.0 * 1.05_f64.powf(seconds / 60.0));
    assert!(found >= 95, "{found} of 100");
}

/// Counted as growth is: a run is one false alarm if it is said at any of its polls to fall behind.
#[test]
fn of_runs_under_noise_of_two_per_cent_no_more_than_one_in_a_hundred_ever_falls_behind() {
    let alarms = falling(1000, 0.02, |_| 600.0);
    assert!(alarms <= 10, "{alarms} of 1000");
}

/// Where noise is about as much as the least velocity makes of a window, only significance is left. A poll is wrong no
/// more often than that says; a run of these 30 minutes, which is many looks at the same traffic, is one time in seven.
#[test]
fn louder_noise_is_called_a_trend_in_no_more_than_one_of_a_hundred_polls() {
    for (noise, behind) in [(0.02, 600.0), (0.05, 600.0), (0.02, 1200.0)] {
        let (mut alarms, mut polls) = (0, 0);
        for seed in 0..100 {
            let shown = statuses(seed, noise, 120, |_| behind);
            polls += shown.len();
            alarms += shown.iter().filter(|status| **status == Status::FallingBehind).count();
        }
        assert!(alarms * 100 <= polls, "{alarms} of {polls} at noise {noise}, {behind} s behind");
    }
}

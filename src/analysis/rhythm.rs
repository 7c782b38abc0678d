//! How often a group commits, as far as polls can see.
//!
//! Not progress: a group that stopped keeps the rhythm it had.
//! Invariant: bounded memory for each group.

use std::time::Duration;

use crate::model::Moment;

/// How many gaps the median is taken of.
const GAPS_MAX: usize = 8;
/// A long gap is forgotten in so many times its own length.
const LONGEST_LASTS: u32 = 16;

/// The gaps between polls in which some committed offset of a group had moved.
#[derive(Clone, Debug)]
pub(super) struct Rhythm {
    last_change: Moment,
    polls_since: u32,
    gaps: Vec<(Duration, u32)>,
    longest: Duration,
    commit_interval: Option<Duration>,
}

impl Rhythm {
    pub(super) fn starting(now: Moment) -> Self {
        Self { last_change: now, polls_since: 0, gaps: Vec::new(), longest: Duration::ZERO, commit_interval: None }
    }

    /// Notes a poll and whether some offset moved since the one before.
    pub(super) fn observe(&mut self, read: Moment, has_moved: bool) {
        self.polls_since = self.polls_since.saturating_add(1);
        if has_moved {
            if self.gaps.len() == GAPS_MAX {
                self.gaps.remove(0);
            }
            let gap = read.since(self.last_change);
            self.gaps.push((gap, self.polls_since));
            self.longest = self.longest.saturating_sub(gap / LONGEST_LASTS).max(gap);
            self.last_change = read;
            self.polls_since = 0;
            self.commit_interval = median_of_several_polls(&self.gaps);
        }
    }

    /// Whether it was seen to commit again and again: the first gap began before it was watched.
    pub(super) fn is_known(&self) -> bool {
        self.gaps.len() > 1
    }

    /// When some offset was last seen to have moved.
    pub(super) fn last_change(&self) -> Moment {
        self.last_change
    }

    /// The longest gap of late: who reads in bursts has many short ones and a long one.
    pub(super) fn longest_gap(&self) -> Duration {
        self.longest
    }

    /// The median gap, if it spans several polls. A group that moves from every poll to the next
    /// commits more often than we look, so nothing better than a default is known.
    pub(super) fn commit_interval(&self) -> Option<Duration> {
        self.commit_interval
    }
}

fn median_of_several_polls(gaps: &[(Duration, u32)]) -> Option<Duration> {
    if gaps.iter().all(|(_, polls)| *polls == 1) {
        return None;
    }
    let mut gaps = gaps.to_vec();
    gaps.sort_unstable();
    let (gap, polls) = *gaps.get(gaps.len() / 2)?;
    (polls > 1).then_some(gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::from_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn moving_at_every_poll_tells_nothing() {
        let mut rhythm = Rhythm::starting(at(0));
        for poll in 1..100 {
            rhythm.observe(at(poll * 15), true);
        }
        assert_eq!(rhythm.commit_interval(), None);
        assert_eq!(rhythm.gaps.len(), GAPS_MAX);
    }

    #[test]
    fn the_longest_gap_is_known_for_a_while() {
        let mut rhythm = Rhythm::starting(at(0));
        for poll in 1..=40 {
            rhythm.observe(at(poll * 15), poll > 36 || poll == 1);
        }
        // 540 seconds, and a sixteenth of the 45 since then is forgotten.
        assert_eq!(rhythm.longest_gap(), Duration::from_micros(537_187_500));
        for poll in 41..=2000 {
            rhythm.observe(at(poll * 15), true);
        }
        assert_eq!(rhythm.longest_gap(), Duration::from_secs(15));
    }

    #[test]
    fn rare_commits_show_their_gap() {
        let mut rhythm = Rhythm::starting(at(0));
        for poll in 1..=40 {
            rhythm.observe(at(poll * 15), poll % 4 == 0);
        }
        assert_eq!(rhythm.commit_interval(), Some(Duration::from_mins(1)));
    }
}

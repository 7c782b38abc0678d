//! How often a group rebalanced, who tells, and whether that is a storm.
//!
//! Not how it is concluded.
//! Invariant: counts never fall while the group is watched, and a rebalance is counted under one source.

use super::time::Timestamp;

/// Who tells of rebalances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RebalanceSource {
    /// Generations and epochs in `__consumer_offsets`: exact.
    Offsets,
    /// The group epochs of two polls (KIP-848): exact, though not when.
    Epoch,
    /// What two polls show of members, assignment and state: a lower bound.
    Poll,
}

impl RebalanceSource {
    /// Every source, the best first.
    pub const ALL: [Self; 3] = [Self::Offsets, Self::Epoch, Self::Poll];

    /// The label value.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Offsets => "offsets",
            Self::Epoch => "epoch",
            Self::Poll => "poll",
        }
    }
}

/// The rebalances of one group since it is watched.
#[derive(Clone, Debug, PartialEq)]
pub struct Rebalances {
    /// Who tells of them now.
    pub source: RebalanceSource,
    /// How many each source told of, in the order of [`RebalanceSource::ALL`].
    pub counts: [u64; 3],
    /// Those that were overtaken by another before members knew what to read; `None` before the offsets topic told.
    pub aborted: Option<u64>,
    /// How often a member came.
    pub joined: u64,
    /// How often a member went.
    pub left: u64,
    /// How often the best source fell silent: what happened then is not in the counts.
    pub gap_count: u64,
    /// The share of the last ten minutes in which the group could not work, 0 to 1.
    pub unstable_ratio: f64,
    /// When the last one was.
    pub last: Option<Timestamp>,
    /// The generation of a classic group, or the group epoch (KIP-848), where it is known.
    pub epoch: Option<i32>,
    /// The storm it is in.
    pub storm: Option<Storm>,
    /// Who brings the storm about, where that is a member.
    pub at_fault: Option<Box<AtFault>>,
    /// Whether its processes are being replaced one after the other, which is no storm.
    pub is_rollout: bool,
}

impl Rebalances {
    /// Nothing happened yet.
    #[must_use]
    pub const fn none(source: RebalanceSource) -> Self {
        Self {
            source,
            counts: [0; 3],
            aborted: None,
            joined: 0,
            left: 0,
            gap_count: 0,
            unstable_ratio: 0.0,
            last: None,
            epoch: None,
            storm: None,
            at_fault: None,
            is_rollout: false,
        }
    }

    /// How many this source told of.
    #[must_use]
    pub fn count(&self, source: RebalanceSource) -> u64 {
        self.counts.get(source as usize).copied().unwrap_or(0)
    }

    /// Counts so many more.
    pub fn add(&mut self, source: RebalanceSource, more: u32) {
        if let Some(count) = self.counts.get_mut(source as usize) {
            *count = count.saturating_add(more.into());
        }
    }

    /// How many there were in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// Rebalances that do not end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Storm {
    /// What brings them about, as far as can be told.
    pub cause: StormCause,
    /// When it was found.
    pub since: Timestamp,
    /// The rules that hold, or held last.
    pub rules: StormRules,
}

/// A member that comes and goes more than any other; never a label, as there is no end of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtFault {
    /// The id the coordinator gave it when it was last there.
    pub member_id: String,
    /// The configured `group.instance.id` of a static member.
    pub group_instance_id: Option<String>,
    /// The configured `client.id`.
    pub client_id: String,
    /// The host it connects from.
    pub client_host: String,
    /// How many others come and go again and again.
    pub others: usize,
}

/// What says that there is a storm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StormRule {
    /// One member comes again and again.
    Flapping,
    /// Rebalances that nothing gave reason for.
    WithoutReason,
    /// More rebalances than members that come and go account for.
    Excess,
    /// The group cannot work for too much of the time.
    Unavailable,
    /// Rebalances overtake each other.
    Aborted,
}

impl StormRule {
    /// Every rule.
    pub const ALL: [Self; 5] = [Self::Flapping, Self::WithoutReason, Self::Excess, Self::Unavailable, Self::Aborted];

    /// The word shown for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Flapping => "flapping",
            Self::WithoutReason => "without_reason",
            Self::Excess => "excess",
            Self::Unavailable => "unavailable",
            Self::Aborted => "aborted",
        }
    }
}

/// Some of the rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StormRules(u8);

impl StormRules {
    /// These with one more, if that holds.
    #[must_use]
    pub const fn with(self, rule: StormRule, holds: bool) -> Self {
        if holds { Self(self.0 | 1 << rule as u8) } else { self }
    }

    /// Whether this one is among them.
    #[must_use]
    pub const fn has(self, rule: StormRule) -> bool {
        self.0 & (1 << rule as u8) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = StormRule> {
        StormRule::ALL.into_iter().filter(move |rule| self.has(*rule))
    }
}

/// What brings a storm about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StormCause {
    /// Another broker coordinates the group, again and again.
    CoordinatorChanged,
    /// Topics it reads come, go or grow.
    MetadataChange,
    /// A member needs longer than `max.poll.interval.ms` for what it fetched.
    MaxPollExceeded,
    /// Members are silent for longer than `session.timeout.ms`.
    SessionTimeout,
    /// A process ends soon after each start.
    CrashLoop,
    /// All processes are replaced again and again.
    RolloutRepeated,
    /// One member accounts for most of it.
    SingleMember,
    /// What a deploy brought does not stay.
    RolloutStuck,
    /// Members join again though nobody comes or goes.
    RejoinLoop,
    /// None of these.
    Unknown,
}

impl StormCause {
    /// Every cause, in the order in which they are looked for.
    pub const ALL: [Self; 10] = [
        Self::CoordinatorChanged,
        Self::MetadataChange,
        Self::MaxPollExceeded,
        Self::RolloutRepeated,
        Self::SessionTimeout,
        Self::CrashLoop,
        Self::SingleMember,
        Self::RolloutStuck,
        Self::RejoinLoop,
        Self::Unknown,
    ];

    /// The label value.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::CoordinatorChanged => "coordinator_changed",
            Self::MetadataChange => "metadata_change",
            Self::MaxPollExceeded => "max_poll_exceeded",
            Self::SessionTimeout => "session_timeout",
            Self::CrashLoop => "crash_loop",
            Self::RolloutRepeated => "rollout_repeated",
            Self::SingleMember => "single_member",
            Self::RolloutStuck => "rollout_stuck",
            Self::RejoinLoop => "rejoin_loop",
            Self::Unknown => "unknown",
        }
    }
}

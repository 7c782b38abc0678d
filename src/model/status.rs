//! How a consumer is doing on a partition: one word, and the rule that gave it.
//!
//! Not how it is found out: the rules are `analysis`'.
//! Invariant: worse comes first in the order of [`Status`], so the worst of many is their minimum.

/// How a consumer is doing. The order is that of how much it matters, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// The log lost records the group had read: an unclean election.
    Truncated,
    /// Records were deleted before the group read them.
    DataLoss,
    /// Nobody reads any more.
    Stopped,
    /// Somebody owns the partition and reads nothing.
    Stalled,
    /// The group wants the partition and no member owns it.
    Unassigned,
    /// The commit is of a topic of the same name that was deleted.
    Recreated,
    /// The commit lies beyond the end.
    Ahead,
    /// A member owns the partition and never committed.
    NoCommit,
    /// The group has read what it may; an open transaction hides the rest.
    TxnBlocked,
    /// Lag grows, in seconds.
    FallingBehind,
    /// The commit went back and has not come to where it was.
    Rewind,
    /// Not learned, or not for long enough.
    Unknown,
    /// Behind, at the same distance.
    LaggingSteady,
    /// Behind, and less so all the time.
    CatchingUp,
    /// At the end, now or a short while ago.
    Ok,
}

/// How much a status or a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing to do.
    Ok,
    /// Worth knowing.
    Info,
    /// Worth a look by day.
    Warning,
    /// Worth getting up for.
    Critical,
}

impl Severity {
    /// Every severity, the worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::Warning, Self::Info, Self::Ok];

    /// The label value.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl Status {
    /// How many there are.
    pub const COUNT: usize = 15;

    /// Every status, worst first.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Truncated,
        Self::DataLoss,
        Self::Stopped,
        Self::Stalled,
        Self::Unassigned,
        Self::Recreated,
        Self::Ahead,
        Self::NoCommit,
        Self::TxnBlocked,
        Self::FallingBehind,
        Self::Rewind,
        Self::Unknown,
        Self::LaggingSteady,
        Self::CatchingUp,
        Self::Ok,
    ];

    /// The label value.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::DataLoss => "data_loss",
            Self::Stopped => "stopped",
            Self::Stalled => "stalled",
            Self::Unassigned => "unassigned",
            Self::Recreated => "recreated",
            Self::Ahead => "ahead",
            Self::NoCommit => "no_commit",
            Self::TxnBlocked => "txn_blocked",
            Self::FallingBehind => "falling_behind",
            Self::Rewind => "rewind",
            Self::Unknown => "unknown",
            Self::LaggingSteady => "lagging_steady",
            Self::CatchingUp => "catching_up",
            Self::Ok => "ok",
        }
    }

    /// How much it matters, whatever else is known.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::Truncated | Self::DataLoss | Self::Stopped | Self::Stalled | Self::Unassigned => Severity::Critical,
            Self::Recreated | Self::Ahead | Self::NoCommit | Self::TxnBlocked | Self::FallingBehind => {
                Severity::Warning
            }
            Self::Rewind | Self::Unknown | Self::LaggingSteady | Self::CatchingUp => Severity::Info,
            Self::Ok => Severity::Ok,
        }
    }

    /// The word Burrow would say, for those who come from it: OK, WARN, ERR, STOP, STALL, REWIND or NOTFOUND.
    #[must_use]
    pub const fn burrow(self) -> &'static str {
        match self {
            Self::Ok | Self::CatchingUp | Self::LaggingSteady | Self::TxnBlocked => "OK",
            Self::FallingBehind => "WARN",
            Self::Stopped => "STOP",
            Self::Stalled => "STALL",
            Self::Rewind => "REWIND",
            Self::Truncated | Self::DataLoss | Self::Unassigned | Self::Recreated | Self::Ahead => "ERR",
            Self::NoCommit | Self::Unknown => "NOTFOUND",
        }
    }
}

/// Which rule gave a status, with what it went by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Because {
    /// Commit or end is not known; the lag itself says why.
    NotLearned,
    /// The condition of the commit says it all.
    Condition,
    /// The records were deleted within the window.
    Lost {
        /// How many.
        records: u64,
    },
    /// The commit is at the last stable offset, and there is more.
    OpenTransaction {
        /// Offsets that are hidden.
        hidden: u64,
    },
    /// The lag is noise.
    CaughtUp,
    /// Only markers that end transactions and records of aborted ones are left, which nobody reads who reads what is committed.
    OnlyMarkers,
    /// The lag was noise within the window.
    CaughtUpLately {
        /// Seconds ago.
        seconds_ago: f32,
    },
    /// It has not been watched for long enough to tell.
    TooShort {
        /// Seconds that were watched.
        watched: f32,
        /// Seconds it takes.
        wanted: f32,
    },
    /// The commit has not moved.
    NotMoved {
        /// For so many seconds.
        seconds: f32,
        /// Which is more than these.
        allowed: f32,
    },
    /// The group subscribed to the topic, and no member owns the partition.
    NoOwner,
    /// The commit went back.
    WentBack {
        /// Offsets to where it was.
        offsets: u64,
    },
    /// The time lag follows a trend.
    Trend {
        /// Seconds of lag per second.
        velocity: f32,
        /// Mann and Kendall's z.
        z: f32,
    },
    /// The time lag follows no trend.
    NoTrend,
}

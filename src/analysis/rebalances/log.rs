//! What the offsets topic said of a group since the last poll: generations, epochs, members.
//!
//! Not whether it is listened to; that is decided for all groups at once.
//! Invariant: a number that was counted is not counted again, whoever told it, and none is counted from a first one.

use crate::model::{FollowedGroup, Generation, Heard, Moment, Said, Timestamp};

use super::super::compact::Stamp;
use super::members;
use super::story::{Rebalance, Story};

/// The generation or epoch up to which rebalances are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) is_epoch: bool,
    pub(super) number: i32,
    /// Whether each generation up to here was heard of, so that those that follow can be told from aborted ones.
    pub(super) is_whole: bool,
}

impl Counted {
    pub(super) const fn epoch(number: i32) -> Self {
        Self { is_epoch: true, number, is_whole: false }
    }
}

/// Where counting goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) counted: Option<Counted>,
    /// Since when nobody but the log counted this group; `None` where that is not so.
    pub(super) alone_since: Option<Stamp>,
}

/// A record is heard this late at most, in seconds: the follower gives up on a partition that stands still for longer.
const LATE_MOST: f64 = 30.0;

/// Where on our clock the log's times are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    pub(super) earliest: Moment,
    pub(super) now: Moment,
    pub(super) now_at: Timestamp,
}

impl Clocks {
    /// When the record was appended, between the last poll and this one.
    fn stamp(&self, appended: Option<Timestamp>) -> Stamp {
        let ago = self.now_at.since_unix().saturating_sub(self.time(appended).since_unix());
        Stamp::of(Moment::from_origin(self.now.since_origin().saturating_sub(ago)))
    }

    /// The record's own time, as far as it can be: clocks may differ, but it was between the last poll and this one.
    fn time(&self, appended: Option<Timestamp>) -> Timestamp {
        let interval = self.now.since(self.earliest);
        let earliest = Timestamp::from_unix(self.now_at.since_unix().saturating_sub(interval));
        appended.map_or(self.now_at, |appended| appended.clamp(earliest, self.now_at))
    }

    /// Whether the generation of a record was made after `alone_since`, so that nobody else counted it, and the record is no
    /// repetition of an older one, as a static member that is replaced brings about. Of the coordinator's clock only a
    /// difference is believed.
    fn is_made_since(&self, alone_since: Stamp, appended: Option<Timestamp>, generation: &Generation) -> bool {
        let made = generation.state_since.map(Timestamp::since_unix);
        let took = appended.zip(made).and_then(|(appended, made)| appended.since_unix().checked_sub(made));
        took.is_some_and(|took| took.as_secs_f64() + LATE_MOST <= Stamp::of(self.earliest).since(alone_since))
    }
}

/// What was concluded from the records of one poll.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    pub(super) count: u32,
    pub(super) aborted: u32,
    pub(super) joined: u64,
    pub(super) left: u64,
    pub(super) last: Option<Timestamp>,
}

/// Reads what was heard into the story; `is_base` where the log was not listened to at the last poll.
pub(super) fn read(heard: &FollowedGroup, place: &mut Place, story: &mut Story, clocks: Clocks, is_base: bool) -> Told {
    let mut told = Told::default();
    let Place { counted, alone_since } = place;
    // What is heard at first may be what polls have counted.
    let is_told = !is_base || counted.is_some();
    if is_base {
        story.live = None;
    }
    for (index, Heard { appended, said }) in heard.heard.iter().enumerate() {
        let at = clocks.stamp(*appended);
        let (count, aborted) = match said {
            Said::Generation(generation) => {
                note(story.members(members::of_log(&generation.members), at, false), &mut told);
                let is_first = counted.is_none_or(|counted| counted.is_epoch) && !generation.members.is_empty();
                let is_new =
                    is_first && alone_since.is_some_and(|since| clocks.is_made_since(since, *appended, generation));
                // How many it overtook is not known of the first.
                if is_new { first(counted, generation) } else { generations(counted, generation) }
            }
            Said::Epoch(epoch) => (epochs(counted, *epoch), 0),
            Said::Member(member) => {
                note((story.joined(members::of_heard(member), at), 0), &mut told);
                (0, 0)
            }
            Said::MemberGone(id) => {
                let gone = members::number(id.as_str());
                let batch = heard.heard.iter().skip(index + 1).take_while(|next| next.appended == *appended);
                if !is_replaced(story, gone, batch) {
                    note((0, story.left(gone, at)), &mut told);
                }
                (0, 0)
            }
            Said::Deleted => {
                // The numbers of what comes after it may be others, or go on.
                (*counted, *alone_since) = (None, None);
                (0, 0)
            }
            Said::AssignmentEpoch(_) => (0, 0),
        };
        if count > 0 && is_told {
            told.count = told.count.saturating_add(count);
            told.aborted = told.aborted.saturating_add(aborted);
            told.last = told.last.max(Some(clocks.time(*appended)));
            story.rebalanced(Rebalance { at, count, aborted, is_exact: true });
        }
    }
    if heard.is_cut
        && let Some(counted) = counted
    {
        counted.is_whole = false;
    }
    told
}

/// Whether a static member that is gone is back under another member id within what the coordinator wrote at once: then
/// nothing changed for the group.
fn is_replaced<'a>(story: &Story, gone: u64, mut batch: impl Iterator<Item = &'a Heard>) -> bool {
    let Some(instance) = story.member(gone).map(|live| live.member).filter(|instance| *instance != gone) else {
        return false;
    };
    let is_back = |said: &Said| matches!(said, Said::Member(member) if members::of_heard(member).member == instance);
    batch.any(|heard| is_back(&heard.said))
}

fn note((joined, left): (u64, u64), told: &mut Told) {
    told.joined = told.joined.saturating_add(joined);
    told.left = told.left.saturating_add(left);
}

/// The first generation that is heard of, which is known to be new.
fn first(counted: &mut Option<Counted>, heard: &Generation) -> (u32, u32) {
    *counted = Some(Counted { is_epoch: false, number: heard.generation, is_whole: true });
    (1, 0)
}

/// How many rebalances a generation adds, and how many of them were aborted. Each completed join raises it, and so does
/// becoming empty, which is none.
fn generations(counted: &mut Option<Counted>, heard: &Generation) -> (u32, u32) {
    let now = Counted { is_epoch: false, number: heard.generation, is_whole: true };
    let before = counted.replace(now).filter(|before| !before.is_epoch);
    let Some(before) = before else { return (0, 0) };
    // A lower one is that of a group that was made anew.
    let more = u32::try_from(now.number.saturating_sub(before.number)).unwrap_or(0);
    let unheard = more.saturating_sub(1);
    let aborted = if before.is_whole { unheard } else { 0 };
    if heard.members.is_empty() { (unheard, aborted) } else { (more, aborted) }
}

/// How many rebalances an epoch adds.
fn epochs(counted: &mut Option<Counted>, epoch: i32) -> u32 {
    match counted {
        Some(counted) if counted.is_epoch => {
            let more = u32::try_from(epoch.saturating_sub(counted.number)).unwrap_or(0);
            counted.number = counted.number.max(epoch);
            more
        }
        _ => {
            *counted = Some(Counted::epoch(epoch));
            0
        }
    }
}

/// The last generation among what was heard, for whom nothing else can be counted from it.
pub(super) fn last_generation(heard: &FollowedGroup) -> Option<Counted> {
    let last = heard.heard.iter().rev().find_map(|heard| match &heard.said {
        Said::Generation(generation) => Some(Some(generation.generation)),
        Said::Deleted | Said::Epoch(_) => Some(None),
        _ => None,
    });
    last.flatten().map(|number| Counted { is_epoch: false, number, is_whole: !heard.is_cut })
}

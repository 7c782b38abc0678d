//! What the coordinator of a group wrote of it in the log of its broker. It is NOT what it answers or keeps.
//! Invariant: each line is told once, in the order in which they were written.

use std::path::PathBuf;

use super::cluster::Cluster;

const LOG: &str = "server.log";
/// Of its former lives.
const EARLIER: &str = "earlier.log";

/// A rebalance of a classic group whose members have all joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stabilized {
    pub(crate) generation: i32,
    pub(crate) member_count: usize,
}

impl Cluster {
    /// The rebalances of a classic group. Becoming empty raises its generation too, and is none.
    pub(crate) fn stabilized(&self, group: &str) -> Vec<Stabilized> {
        let of_line = |rest: &str| {
            let (generation, rest) = rest.split_once(" with ")?;
            let member_count = rest.split_once(' ')?.0.parse().ok()?;
            Some(Stabilized { generation: generation.parse().ok()?, member_count })
        };
        self.said_of_groups(&format!("Stabilized group {group} generation "), of_line)
    }

    /// The generations of a classic group out of which its members were called together again.
    pub(crate) fn called(&self, group: &str) -> Vec<i32> {
        let number = |rest: &str| rest.split_once(" with old generation ")?.1.split(' ').next()?.parse().ok();
        self.said_of_groups(&format!("Preparing to rebalance group {group} in state "), number)
    }

    /// The generations of a classic group in which the leader gave out partitions: the others were overtaken.
    pub(crate) fn assigned(&self, group: &str) -> Vec<i32> {
        let said = format!(" for group {group} for generation ");
        self.said_of_groups(&said, |rest| rest.split_once(". The group has ")?.0.parse().ok())
    }

    /// The epochs of a group of KIP-848.
    pub(crate) fn bumped(&self, group: &str) -> Vec<i32> {
        let number = |rest: &str| rest.split([' ', '.']).next()?.parse().ok();
        self.said_of_groups(&format!("[GroupId {group}] Bumped group epoch to "), number)
    }

    /// Keeps the log of a broker that is about to be started again, which begins a new one.
    pub(super) fn keep_log(&self, id: i32) {
        let said = std::fs::read_to_string(self.log(id, LOG)).unwrap_or_default();
        // What was being written when it was killed has no end.
        let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let mut earlier = std::fs::read_to_string(self.log(id, EARLIER)).unwrap_or_default();
        earlier.push_str(whole);
        earlier.push('\n');
        std::fs::write(self.log(id, EARLIER), earlier).expect("a file beside the log");
    }

    fn log(&self, id: i32, name: &str) -> PathBuf {
        self.folder().join(id.to_string()).join(name)
    }

    fn said_of_groups<T>(&self, before: &str, of_rest: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let mut told = Vec::new();
        for id in self.ids() {
            let text =
                [EARLIER, LOG].map(|name| std::fs::read_to_string(self.log(id, name)).unwrap_or_default()).concat();
            // The last line may be half written.
            let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            let rests = lines.filter_map(|line| Some(line.split_once(before)?.1));
            told.extend(rests.map(|rest| of_rest(rest).unwrap_or_else(|| panic!("another wording: {before}{rest}"))));
        }
        told
    }
}

//! What the coordinator of a group wrote of it in the log of its broker. It is NOT what it answers or keeps.
//! Invariant: each line is told once, in the order in which they were written.

use super::cluster::Cluster;

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

    fn said_of_groups<T>(&self, before: &str, of_rest: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let mut told = Vec::new();
        for id in self.ids() {
            let log = self.folder().join(id.to_string()).join("server.log");
            let text = std::fs::read_to_string(log).unwrap_or_default();
            // The last line may be half written.
            let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            let rests = lines.filter_map(|line| Some(line.split_once(before)?.1));
            told.extend(rests.map(|rest| of_rest(rest).unwrap_or_else(|| panic!("another wording: {before}{rest}"))));
        }
        told
    }
}

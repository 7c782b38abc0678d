//! The shapes of JSON: what `/api/v1` answers and `--output json` prints.
//!
//! The only serializable types of the program; nothing of the model is serialized as it is, so the
//! model can change without breaking readers. They can be read back too: `lag --url` does.
//! Invariant: what is not known is `null` beside a `…_reason`, and no number is not a number.

mod clusters;
mod explanation;
mod families;
mod findings;
mod groups;
mod history;
mod hot_keys;
mod list;
mod members;
mod overview;
mod topics;

pub use clusters::{Cluster, cluster, cluster_list};
pub use explanation::Explanation;
pub use families::{Family, families};
pub(super) use findings::Sentences;
pub use findings::{Finding, finding_list};
pub use groups::{Capacity, Group, GroupFilter, GroupPartition, GroupTopic, group, group_list, groups};
pub use history::{LagPoint, RatePoint};
pub(super) use hot_keys::ratio;
pub use hot_keys::{HotClient, HotCompared, HotKey, HotKeys, HotSample, hot_keys};
pub use list::{LIMIT_DEFAULT, LIMIT_MAX, List, Paging};
pub use members::{GroupDetail, Member, Owned, group_detail};
pub use overview::{GroupLine, Overview, overview};
pub use topics::{Reader, Topic, TopicConfig, TopicDetail, TopicPartition, topic, topic_lines, topic_list};

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::{Known, Status};

/// What all of this looks like, path by path, in the form of `OpenAPI` 3.1; kept by a test.
pub const OPENAPI: &str = include_str!("json/openapi.json");

/// A word of a fixed list, where one applies.
type Word = Option<Cow<'static, str>>;

/// A reason in the words of the model.
type Reason = Word;

fn reason<T>(known: &Known<T>) -> Reason {
    known.as_ref().err().map(|unknown| Cow::Owned(unknown.to_string()))
}

/// A number as JSON can tell it; `None` for what is infinite.
fn finite(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite())
}

/// An object with a number for every status.
fn by_status(count: impl Fn(Status) -> u32) -> BTreeMap<Cow<'static, str>, u32> {
    Status::ALL.into_iter().map(|status| (Cow::Borrowed(status.word()), count(status))).collect()
}

#[cfg(test)]
mod tests;

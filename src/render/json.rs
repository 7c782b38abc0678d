//! The shapes of JSON: what `/api/v1` answers and `--output json` prints.
//!
//! The only serializable types of the program; nothing of the model is serialized as it is, so the
//! model can change without breaking readers. They can be read back too: `lag --url` does.
//! Invariant: what is not known is `null` beside a `…_reason`, and no number is not a number.

mod clusters;
mod families;
mod groups;
mod list;

pub use clusters::{Cluster, cluster, cluster_list};
pub use families::{Family, families};
pub use groups::{Group, GroupFilter, GroupPartition, GroupTopic, group, group_list, groups};
pub use list::{LIMIT_DEFAULT, LIMIT_MAX, List, Paging};

use std::borrow::Cow;

use crate::model::Known;

/// A reason in the words of the model.
type Reason = Option<Cow<'static, str>>;

fn reason<T>(known: &Known<T>) -> Reason {
    known.as_ref().err().map(|unknown| Cow::Owned(unknown.to_string()))
}

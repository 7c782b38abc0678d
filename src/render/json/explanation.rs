//! An explanation in JSON.
//!
//! Not the words, which are made elsewhere.
//! Invariant: one sentence per item.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Why a group's series are what they are, or are not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation<'a> {
    /// The group that was asked about.
    pub group: Cow<'a, str>,
    /// The topic that was asked about; `null` for all.
    pub topic: Option<Cow<'a, str>>,
    /// The sentences, the most important first.
    pub sentences: Vec<String>,
}

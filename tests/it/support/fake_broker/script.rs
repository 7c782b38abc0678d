//! How a fake broker misbehaves, and when. It is NOT what it knows.
//! Invariant: a rule fires for the requests it names and for no other.

use std::sync::Arc;

use kafka_protocol::messages::ApiKey;

use super::message::{Answer, Request};

/// What happens instead of the plain answer.
#[derive(Clone)]
pub(crate) enum Reaction {
    /// The answer is changed.
    Edit(Arc<dyn Fn(&mut Answer) + Send + Sync>),
    /// These bytes of the answer become those, of the same length.
    Replace(Vec<u8>, Vec<u8>),
    /// These bytes are the body of the answer.
    Body(Vec<u8>),
    /// A frame of this length is announced, and nothing follows.
    Announce(i32),
    /// The answer names another request.
    WrongCorrelation,
    /// There is no answer.
    Stall,
    /// The answer comes byte by byte, a tenth of a second apart.
    Trickle,
    /// The connection is closed after this many bytes of the frame.
    CutAfter(usize),
}

impl Reaction {
    pub(crate) fn edit(edit: impl Fn(&mut Answer) + Send + Sync + 'static) -> Self {
        Self::Edit(Arc::new(edit))
    }

    /// An error code for all that was asked.
    pub(crate) fn code(code: i16) -> Self {
        Self::edit(move |answer| answer.refuse(None, code))
    }

    /// An error code for one group or topic.
    pub(crate) fn code_for(name: &'static str, code: i16) -> Self {
        Self::edit(move |answer| answer.refuse(Some(name), code))
    }
}

/// Which requests are met with a reaction.
pub(crate) struct Rule {
    pub(super) api: ApiKey,
    pub(super) broker: Option<i32>,
    only: fn(&Request) -> bool,
    from: usize,
    until: usize,
    seen: usize,
    pub(super) reaction: Reaction,
}

impl Rule {
    /// For every request of this API, at every broker.
    pub(crate) fn new(api: ApiKey, reaction: Reaction) -> Self {
        Self { api, broker: None, only: |_| true, from: 0, until: usize::MAX, seen: 0, reaction }
    }

    /// At this broker only.
    pub(crate) fn at(self, broker: i32) -> Self {
        Self { broker: Some(broker), ..self }
    }

    /// Only for the `nth` request that fits, counted from 0.
    pub(crate) fn nth(self, nth: usize) -> Self {
        Self { from: nth, until: nth + 1, ..self }
    }

    /// Only for requests like this.
    pub(crate) fn only(self, only: fn(&Request) -> bool) -> Self {
        Self { only, ..self }
    }

    /// Whether it is this request's turn; counts it if it fits.
    pub(super) fn fires(&mut self, broker: i32, api: ApiKey, request: &Request) -> bool {
        let fits = self.api == api && self.broker.is_none_or(|own| own == broker) && (self.only)(request);
        let place = self.seen;
        self.seen += usize::from(fits);
        fits && (self.from..self.until).contains(&place)
    }
}

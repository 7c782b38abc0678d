//! Durations as people write them: `90s`, `10m`.
//!
//! Not bounds of them: whoever uses a duration knows those.
//! Invariant: what is written is read back the same.

use std::fmt;
use std::time::Duration;

use serde::{Deserializer, Serializer, de};

pub(in crate::simulator) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&humantime::format_duration(*duration))
}

pub(in crate::simulator) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    deserializer.deserialize_str(Written)
}

struct Written;

impl de::Visitor<'_> for Written {
    type Value = Duration;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a duration such as `90s` or `10m`")
    }

    fn visit_str<E: de::Error>(self, written: &str) -> Result<Duration, E> {
        humantime::parse_duration(written).map_err(|_| E::invalid_value(de::Unexpected::Str(written), &self))
    }
}

pub(in crate::simulator) mod optional {
    //! The same where it may be left out.

    use std::time::Duration;

    use serde::{Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
    pub(in crate::simulator) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match duration {
            Some(duration) => super::serialize(duration, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::simulator) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        super::deserialize(deserializer).map(Some)
    }
}

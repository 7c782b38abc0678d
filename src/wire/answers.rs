//! The shapes of the answers we ask for, as Kafka's own message definitions give them.
//!
//! Not the versions we speak: those are negotiated where the questions are.
//! Invariant: an answer that passes costs, once decoded, at most 64 times its bytes.

use crate::model::Question;

use super::shape::Shape::{Array, Fixed, FixedArray, Struct, Text, Texts};
use super::shape::{Field, Message, Shape, matches};

/// Whether these bytes are one whole answer to `question` in `version`, header excluded.
#[must_use]
pub fn is_well_formed(question: Question, version: i16, body: &[u8]) -> bool {
    let message = match question {
        Question::ApiVersions => &API_VERSIONS,
        Question::Metadata => &METADATA,
        Question::FindCoordinator => &FIND_COORDINATOR,
        Question::ListGroups => &LIST_GROUPS,
        Question::ConsumerGroupDescribe => &CONSUMER_GROUP_DESCRIBE,
        Question::OffsetForLeaderEpoch => &OFFSET_FOR_LEADER_EPOCH,
        Question::DescribeConfigs => &DESCRIBE_CONFIGS,
        // Read here and not by the codec.
        Question::DescribeGroups | Question::OffsetFetch | Question::ListOffsets | Question::Fetch => return false,
    };
    matches(message, version, body)
}

const BOOLEAN: Shape = Fixed(1);
const INT8: Shape = Fixed(1);
const INT16: Shape = Fixed(2);
const INT32: Shape = Fixed(4);
const INT64: Shape = Fixed(8);
const UUID: Shape = Fixed(16);
const INT32S: Shape = FixedArray(4);

const fn always(shape: Shape) -> Field {
    between(0, i16::MAX, shape)
}

const fn since(since: i16, shape: Shape) -> Field {
    between(since, i16::MAX, shape)
}

const fn between(since: i16, until: i16, shape: Shape) -> Field {
    Field { since, until, shape }
}

const FEATURES: Shape = Array(&[always(Text), always(INT16), always(INT16)]);

static API_VERSIONS: Message = Message {
    versions: 0..=3,
    flexible: 3,
    fields: &[always(INT16), always(Array(&[always(INT16), always(INT16), always(INT16)])), since(1, INT32)],
    tagged: &[(0, FEATURES), (1, INT64), (2, FEATURES), (3, BOOLEAN)],
};

static METADATA: Message = Message {
    versions: 0..=13,
    flexible: 9,
    fields: &[
        since(3, INT32),
        always(Array(&[always(INT32), always(Text), always(INT32), since(1, Text)])),
        since(2, Text),
        since(1, INT32),
        always(Array(&[
            always(INT16),
            always(Text),
            since(10, UUID),
            since(1, BOOLEAN),
            always(Array(&[
                always(INT16),
                always(INT32),
                always(INT32),
                since(7, INT32),
                always(INT32S),
                always(INT32S),
                since(5, INT32S),
            ])),
            since(8, INT32),
        ])),
        between(8, 10, INT32),
        since(13, INT16),
    ],
    tagged: &[],
};

static FIND_COORDINATOR: Message = Message {
    versions: 0..=6,
    flexible: 3,
    fields: &[
        since(1, INT32),
        between(0, 3, INT16),
        between(1, 3, Text),
        between(0, 3, INT32),
        between(0, 3, Text),
        between(0, 3, INT32),
        since(4, Array(&[always(Text), always(INT32), always(Text), always(INT32), always(INT16), always(Text)])),
    ],
    tagged: &[],
};

static LIST_GROUPS: Message = Message {
    versions: 0..=5,
    flexible: 3,
    fields: &[
        since(1, INT32),
        always(INT16),
        always(Array(&[always(Text), always(Text), since(4, Text), since(5, Text)])),
    ],
    tagged: &[],
};

const ASSIGNMENT: Shape = Struct(&[always(Array(&[always(UUID), always(Text), always(INT32S)]))]);

static CONSUMER_GROUP_DESCRIBE: Message = Message {
    versions: 0..=1,
    flexible: 0,
    fields: &[
        always(INT32),
        always(Array(&[
            always(INT16),
            always(Text),
            always(Text),
            always(Text),
            always(INT32),
            always(INT32),
            always(Text),
            always(Array(&[
                always(Text),
                always(Text),
                always(Text),
                always(INT32),
                always(Text),
                always(Text),
                always(Texts),
                always(Text),
                always(ASSIGNMENT),
                always(ASSIGNMENT),
                since(1, INT8),
            ])),
            always(INT32),
        ])),
    ],
    tagged: &[],
};

static OFFSET_FOR_LEADER_EPOCH: Message = Message {
    versions: 2..=4,
    flexible: 4,
    fields: &[
        always(INT32),
        always(Array(&[always(Text), always(Array(&[always(INT16), always(INT32), always(INT32), always(INT64)]))])),
    ],
    tagged: &[],
};

static DESCRIBE_CONFIGS: Message = Message {
    versions: 1..=4,
    flexible: 4,
    fields: &[
        always(INT32),
        always(Array(&[
            always(INT16),
            always(Text),
            always(INT8),
            always(Text),
            always(Array(&[
                always(Text),
                always(Text),
                always(BOOLEAN),
                always(INT8),
                always(BOOLEAN),
                always(Array(&[always(Text), always(Text), always(INT8)])),
                since(3, INT8),
                since(3, Text),
            ])),
        ])),
    ],
    tagged: &[],
};

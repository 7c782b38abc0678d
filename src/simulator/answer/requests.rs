//! The shapes of the requests that are answered, as Kafka's own message definitions give them.
//!
//! Not the versions that are advertised; `versions` has those.
//! Invariant: a request that passes costs, once decoded, at most 64 times its bytes.

use kafka_protocol::messages::ApiKey;

use super::shape::Shape::{Array, Blob, Fixed, Numbers, Struct, Text, Texts};
use super::shape::{Field, Message, Shape, Structure, matches};

/// Whether these bytes are one whole request of an API in a version, header excluded.
pub(super) fn is_well_formed(api: ApiKey, version: i16, body: &[u8]) -> bool {
    let message = match api {
        ApiKey::ApiVersions => &API_VERSIONS,
        ApiKey::Metadata => &METADATA,
        ApiKey::FindCoordinator => &FIND_COORDINATOR,
        ApiKey::ListGroups => &LIST_GROUPS,
        ApiKey::DescribeGroups => &DESCRIBE_GROUPS,
        ApiKey::ConsumerGroupDescribe => &CONSUMER_GROUP_DESCRIBE,
        ApiKey::OffsetFetch => &OFFSET_FETCH,
        ApiKey::ListOffsets => &LIST_OFFSETS,
        ApiKey::OffsetForLeaderEpoch => &OFFSET_FOR_LEADER_EPOCH,
        ApiKey::Produce => &PRODUCE,
        ApiKey::Fetch => &FETCH,
        ApiKey::DescribeConfigs => &DESCRIBE_CONFIGS,
        ApiKey::DescribeLogDirs => &DESCRIBE_LOG_DIRS,
        ApiKey::DescribeCluster => &DESCRIBE_CLUSTER,
        ApiKey::DescribeQuorum => &DESCRIBE_QUORUM,
        _ => return false,
    };
    matches(message, version, body)
}

const BOOLEAN: Shape = Fixed(1);
const INT8: Shape = Fixed(1);
const INT16: Shape = Fixed(2);
const INT32: Shape = Fixed(4);
const INT64: Shape = Fixed(8);
const UUID: Shape = Fixed(16);

const fn always(shape: Shape) -> Field {
    between(0, i16::MAX, shape)
}

const fn since(since: i16, shape: Shape) -> Field {
    between(since, i16::MAX, shape)
}

const fn until(until: i16, shape: Shape) -> Field {
    between(0, until, shape)
}

const fn between(since: i16, until: i16, shape: Shape) -> Field {
    Field { since, until, shape }
}

const fn plain(fields: &'static [Field]) -> Structure {
    Structure { fields, tagged: &[] }
}

const fn message(flexible: i16, fields: &'static [Field]) -> Message {
    Message { flexible, body: plain(fields) }
}

/// A topic and some of its partitions.
const PARTITIONS_OF: Structure = plain(&[always(Text), always(Numbers)]);

static API_VERSIONS: Message = message(3, &[since(3, Text), since(3, Text)]);

static METADATA: Message = message(
    9,
    &[
        always(Array(&plain(&[since(10, UUID), always(Text)]))),
        since(4, BOOLEAN),
        between(8, 10, BOOLEAN),
        since(8, BOOLEAN),
    ],
);

static FIND_COORDINATOR: Message = message(3, &[until(3, Text), since(1, INT8), since(4, Texts)]);

static LIST_GROUPS: Message = message(3, &[since(4, Texts), since(5, Texts)]);

static DESCRIBE_GROUPS: Message = message(5, &[always(Texts), since(3, BOOLEAN)]);

static CONSUMER_GROUP_DESCRIBE: Message = message(0, &[always(Texts), always(BOOLEAN)]);

static OFFSET_FETCH: Message = message(
    6,
    &[
        until(7, Text),
        until(7, Array(&PARTITIONS_OF)),
        since(8, Array(&plain(&[always(Text), since(9, Text), since(9, INT32), always(Array(&PARTITIONS_OF))]))),
        since(7, BOOLEAN),
    ],
);

static LIST_OFFSETS: Message = message(
    6,
    &[
        always(INT32),
        since(2, INT8),
        always(Array(&plain(&[always(Text), always(Array(&plain(&[always(INT32), since(4, INT32), always(INT64)])))]))),
        since(10, INT32),
    ],
);

static OFFSET_FOR_LEADER_EPOCH: Message = message(
    4,
    &[
        since(3, INT32),
        always(Array(&plain(&[always(Text), always(Array(&plain(&[always(INT32), since(2, INT32), always(INT32)])))]))),
    ],
);

static PRODUCE: Message = message(
    9,
    &[
        always(Text),
        always(INT16),
        always(INT32),
        always(Array(&plain(&[
            until(12, Text),
            since(13, UUID),
            always(Array(&plain(&[always(INT32), always(Blob)]))),
        ]))),
    ],
);

const FETCH_PARTITION: Structure = Structure {
    fields: &[always(INT32), since(9, INT32), always(INT64), since(12, INT32), since(5, INT64), always(INT32)],
    tagged: &[(0, since(17, UUID)), (1, since(18, INT64))],
};

static FETCH: Message = Message {
    flexible: 12,
    body: Structure {
        fields: &[
            until(14, INT32),
            always(INT32),
            always(INT32),
            since(3, INT32),
            since(4, INT8),
            since(7, INT32),
            since(7, INT32),
            always(Array(&plain(&[until(12, Text), since(13, UUID), always(Array(&FETCH_PARTITION))]))),
            since(7, Array(&plain(&[until(12, Text), since(13, UUID), always(Numbers)]))),
            since(11, Text),
        ],
        tagged: &[(0, since(12, Text)), (1, since(15, Struct(&plain(&[always(INT32), always(INT64)]))))],
    },
};

static DESCRIBE_CONFIGS: Message = message(
    4,
    &[always(Array(&plain(&[always(INT8), always(Text), always(Texts)]))), since(1, BOOLEAN), since(3, BOOLEAN)],
);

static DESCRIBE_LOG_DIRS: Message = message(2, &[always(Array(&PARTITIONS_OF))]);

static DESCRIBE_CLUSTER: Message = message(0, &[always(BOOLEAN), since(1, INT8), since(2, BOOLEAN)]);

static DESCRIBE_QUORUM: Message =
    message(0, &[always(Array(&plain(&[always(Text), always(Array(&plain(&[always(INT32)])))])))]);

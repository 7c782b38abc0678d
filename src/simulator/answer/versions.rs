//! What is answered: each API, the versions of it, and the function that answers.
//!
//! Not the answers themselves. The ranges lie within what the codec can speak, and reach far enough down and up for
//! clients from Kafka 2.8 to 4.3 and librdkafka.
//! Invariant: what is advertised is answered, because both are the same line.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::ApiKey;
use kafka_protocol::protocol::{Decodable, Encodable};

use crate::simulator::world::World;

use super::{Desk, Unanswerable, requests};

/// An API and its lowest and highest version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) api: ApiKey,
    pub(super) low: i16,
    pub(super) high: i16,
}

macro_rules! served {
    ($($api:ident $low:literal..=$high:literal => $file:ident($request:ident),)*) => {
        /// Everything that is advertised, where the world's brokers are not older.
        pub(super) const SERVED: &[Served] = &[$(Served { api: ApiKey::$api, low: $low, high: $high },)*];

        /// Appends the body of the answer to the body of a request.
        pub(super) fn answer(
            desk: &Desk<'_>,
            api: ApiKey,
            version: i16,
            body: Bytes,
            into: &mut BytesMut,
        ) -> Result<(), Unanswerable> {
            if !requests::is_well_formed(api, version, &body) {
                return Err(Unanswerable(format!("the body of {api:?} {version} is malformed")));
            }
            match api {
                $(ApiKey::$api => {
                    let request = decode::<kafka_protocol::messages::$request>(api, version, body)?;
                    encode(api, version, &super::$file::answer(desk, version, request), into)
                })*
                _ => Err(Unanswerable(format!("{api:?} is not served"))),
            }
        }
    };
}

// One line per API, in order of their keys; its request's shape is in `requests`.
served! {
    Produce 3..=13 => produce(ProduceRequest),
    Fetch 4..=16 => fetch(FetchRequest),
    ListOffsets 1..=10 => list_offsets(ListOffsetsRequest),
    Metadata 0..=13 => metadata(MetadataRequest),
    OffsetFetch 1..=9 => offset_fetch(OffsetFetchRequest),
    FindCoordinator 0..=6 => find_coordinator(FindCoordinatorRequest),
    DescribeGroups 0..=6 => describe_groups(DescribeGroupsRequest),
    ListGroups 0..=5 => list_groups(ListGroupsRequest),
    ApiVersions 0..=4 => api_versions(ApiVersionsRequest),
    OffsetForLeaderEpoch 2..=4 => leader_epochs(OffsetForLeaderEpochRequest),
    DescribeConfigs 1..=4 => configs(DescribeConfigsRequest),
    DescribeLogDirs 1..=4 => log_dirs(DescribeLogDirsRequest),
    DescribeQuorum 0..=2 => quorum(DescribeQuorumRequest),
    DescribeCluster 0..=2 => cluster(DescribeClusterRequest),
    ConsumerGroupDescribe 0..=1 => consumer_groups(ConsumerGroupDescribeRequest),
}

/// What brokers of this world advertise.
pub(super) fn advertised(world: &World) -> impl Iterator<Item = Served> {
    let known = |served: &Served| {
        let high = world.version_max(served.api as i16).map_or(served.high, |most| most.min(served.high));
        Served { high, ..*served }
    };
    SERVED.iter().map(known).filter(|served| served.low <= served.high)
}

/// The versions of an API that are served in this world.
pub(super) fn versions(world: &World, api: ApiKey) -> Option<Served> {
    advertised(world).find(|served| served.api == api)
}

impl Served {
    pub(super) fn has(self, version: i16) -> bool {
        (self.low..=self.high).contains(&version)
    }
}

fn decode<M: Decodable>(api: ApiKey, version: i16, mut body: Bytes) -> Result<M, Unanswerable> {
    M::decode(&mut body, version).map_err(|error| Unanswerable(format!("the body of {api:?} {version}: {error}")))
}

fn encode<M: Encodable>(api: ApiKey, version: i16, answer: &M, into: &mut BytesMut) -> Result<(), Unanswerable> {
    answer
        .encode(into, version)
        .map_err(|error| Unanswerable(format!("the answer to {api:?} {version} cannot be written: {error}")))
}

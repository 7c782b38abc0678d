//! The requests a fake broker understands and its answers, as one type each. It is NOT the framing around them.
//! Invariant: bytes are the codec's business alone.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse,
    DescribeGroupsRequest, DescribeGroupsResponse, FindCoordinatorRequest, FindCoordinatorResponse, ListGroupsRequest,
    ListGroupsResponse, ListOffsetsRequest, ListOffsetsResponse, MetadataRequest, MetadataResponse, OffsetFetchRequest,
    OffsetFetchResponse,
};
use kafka_protocol::protocol::{Decodable, Encodable};

macro_rules! messages {
    ($($name:ident: $request:ident => $answer:ident,)*) => {
        /// What is asked.
        #[derive(Clone, Debug)]
        pub(crate) enum Request {
            $($name($request),)*
        }

        /// What is answered.
        #[derive(Clone, Debug)]
        pub(crate) enum Answer {
            $($name($answer),)*
        }

        /// The APIs that are served.
        pub(super) const SERVED: &[ApiKey] = &[$(ApiKey::$name,)*];

        impl Request {
            /// Reads a whole request.
            pub(super) fn decode(api: ApiKey, version: i16, bytes: &mut Bytes) -> Result<Self, String> {
                let request = match api {
                    $(ApiKey::$name => $request::decode(bytes, version).map(Self::$name),)*
                    other => return Err(format!("{other:?} is not served")),
                };
                match request {
                    Ok(_) if !bytes.is_empty() => Err(format!("{api:?} {version} has {} bytes more", bytes.len())),
                    Ok(request) => Ok(request),
                    Err(error) => Err(format!("{api:?} {version}: {error}")),
                }
            }
        }

        impl Answer {
            /// Writes it without its header.
            pub(super) fn encode(&self, version: i16) -> Result<Bytes, String> {
                let mut bytes = BytesMut::new();
                let written = match self {
                    $(Self::$name(answer) => answer.encode(&mut bytes, version),)*
                };
                written.map(|()| bytes.freeze()).map_err(|error| format!("the answer cannot be written: {error}"))
            }
        }
    };
}

messages! {
    ApiVersions: ApiVersionsRequest => ApiVersionsResponse,
    Metadata: MetadataRequest => MetadataResponse,
    FindCoordinator: FindCoordinatorRequest => FindCoordinatorResponse,
    ListGroups: ListGroupsRequest => ListGroupsResponse,
    DescribeGroups: DescribeGroupsRequest => DescribeGroupsResponse,
    ConsumerGroupDescribe: ConsumerGroupDescribeRequest => ConsumerGroupDescribeResponse,
    OffsetFetch: OffsetFetchRequest => OffsetFetchResponse,
    ListOffsets: ListOffsetsRequest => ListOffsetsResponse,
}

impl Answer {
    /// Puts an error code where a broker would: on everything, or on the group or topic of this name.
    pub(crate) fn refuse(&mut self, name: Option<&str>, code: i16) {
        let is_meant = |this: &str| name.is_none_or(|name| name == this);
        match self {
            Self::ApiVersions(answer) => answer.error_code = code,
            Self::Metadata(answer) if name.is_none() => answer.error_code = code,
            Self::Metadata(answer) => {
                let named = |topic: &&mut kafka_protocol::messages::metadata_response::MetadataResponseTopic| {
                    topic.name.as_ref().is_some_and(|name| is_meant(name))
                };
                answer.topics.iter_mut().filter(named).for_each(|topic| topic.error_code = code);
            }
            Self::FindCoordinator(answer) => {
                answer.error_code = if answer.coordinators.is_empty() { code } else { 0 };
                let coordinators = answer.coordinators.iter_mut().filter(|coordinator| is_meant(&coordinator.key));
                coordinators.for_each(|coordinator| coordinator.error_code = code);
            }
            Self::ListGroups(answer) => answer.error_code = code,
            Self::DescribeGroups(answer) => {
                let groups = answer.groups.iter_mut().filter(|group| is_meant(&group.group_id));
                groups.for_each(|group| group.error_code = code);
            }
            Self::ConsumerGroupDescribe(answer) => {
                let groups = answer.groups.iter_mut().filter(|group| is_meant(&group.group_id));
                groups.for_each(|group| group.error_code = code);
            }
            Self::OffsetFetch(answer) => {
                answer.error_code = if answer.groups.is_empty() { code } else { 0 };
                let groups = answer.groups.iter_mut().filter(|group| is_meant(&group.group_id));
                groups.for_each(|group| group.error_code = code);
            }
            Self::ListOffsets(answer) => {
                let topics = answer.topics.iter_mut().filter(|topic| is_meant(&topic.name));
                topics.flat_map(|topic| &mut topic.partitions).for_each(|partition| {
                    partition.error_code = code;
                    partition.offset = -1;
                });
            }
        }
    }
}

//! Connections to simulated brokers: order, faults, and brokers that hang or are down. It is NOT about what answers
//! say.
//! Invariant: each fault is seen by a client that knows frames alone, and is gone when it is lifted.

use std::time::Duration;

use highwater::simulator::spec::Action;
use highwater::simulator::{ServeOptions, Simulator, StartError, WireFaults, WorldClock};
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::{FetchRequest, TopicName};
use kafka_protocol::protocol::StrBytes;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::raw::{as_versions, frame, framed, id, metadata, read_for, send, versions};
use super::served::{Served, world};
use crate::support::wait::PATIENCE;
use crate::support::wait::eventually;

const HOUR: Duration = Duration::from_hours(1);

/// What a broker answers to [`versions`] with this id, with its length.
async fn well(served: &mut Served, id: i32) -> Vec<u8> {
    let mut stream = served.connect_in_memory(1);
    send(&mut stream, &versions(id)).await;
    let answer = frame(&mut stream).await;
    let length = u32::try_from(answer.len()).expect("it is short").to_be_bytes();
    [&length, answer.as_ref()].concat()
}

fn spoil(served: &Served, faults: WireFaults) {
    served.simulator.set_faults(1, faults).expect("there is a broker 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_sent_together_are_answered_in_order() {
    let served = Served::start().await;
    let mut stream = served.connect(1).await.expect("it listens");
    let requests: Vec<u8> = (0..100).flat_map(versions).collect();
    send(&mut stream, &requests).await;
    for expected in 0..100 {
        assert_eq!(id(&frame(&mut stream).await), expected);
    }
    assert_eq!(served.simulator.requests(), [((1, "ApiVersions".to_owned()), 100)].into());
    served.simulator.reset_requests();
    assert!(served.simulator.requests().is_empty());
    served.stop().await;
    assert_eq!(stream.read(&mut [0]).await.expect("a clean end"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_broker_knows_where_all_are() {
    let served = Served::start().await;
    let endpoints = served.simulator.endpoints().clone();
    assert_eq!(served.simulator.bootstrap().split(',').count(), 3);
    for broker in 1..=3 {
        let metadata = metadata(&mut served.connect(broker).await.expect("it listens")).await;
        let told =
            metadata.brokers.iter().map(|broker| (broker.node_id.0, format!("{}:{}", &*broker.host, broker.port)));
        assert!(told.eq(endpoints.iter().map(|(id, address)| (*id, address.to_string()))), "{metadata:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn delays_hold_back_answers() {
    let mut served = Served::unattended().await;
    let expected = well(&mut served, 1).await;
    let minute = Duration::from_mins(1);
    spoil(&served, WireFaults { delay: minute, jitter: minute, ..WireFaults::default() });
    let mut stream = served.connect_in_memory(1);
    send(&mut stream, &versions(1)).await;
    assert_eq!(read_for(&mut stream, Duration::from_secs(59)).await, (Vec::new(), false));
    assert_eq!(read_for(&mut stream, Duration::from_secs(62)).await, (expected, false));
}

#[tokio::test(start_paused = true)]
async fn a_stalled_connection_stays_open_and_goes_on_when_lifted() {
    let mut served = Served::unattended().await;
    let expected = well(&mut served, 1).await;
    spoil(&served, WireFaults { stall_after_bytes: Some(6), ..WireFaults::default() });
    let mut stream = served.connect_in_memory(1);
    send(&mut stream, &versions(1)).await;
    assert_eq!(read_for(&mut stream, HOUR).await, (expected[..6].to_vec(), false));
    spoil(&served, WireFaults::default());
    assert_eq!(read_for(&mut stream, Duration::from_secs(1)).await, (expected[6..].to_vec(), false));
}

#[tokio::test(start_paused = true)]
async fn a_cut_connection_ends_within_an_answer() {
    let mut served = Served::unattended().await;
    let expected = well(&mut served, 1).await;
    let length = u64::try_from(expected.len()).expect("it is short");
    // Bytes are counted over the connection: the first answer passes, the second is cut.
    spoil(&served, WireFaults { cut_after_bytes: Some(length + 6), ..WireFaults::default() });
    let mut stream = served.connect_in_memory(1);
    send(&mut stream, &[versions(1), versions(1)].concat()).await;
    let both = [expected.as_slice(), &expected[..6]].concat();
    assert_eq!(read_for(&mut stream, HOUR).await, (both, true));
}

#[tokio::test(start_paused = true)]
async fn a_slow_broker_sends_a_little_at_a_time() {
    let mut served = Served::unattended().await;
    let expected = well(&mut served, 1).await;
    spoil(&served, WireFaults { bytes_per_second: Some(10), ..WireFaults::default() });
    let mut stream = served.connect_in_memory(1);
    send(&mut stream, &versions(1)).await;
    let (first, _) = read_for(&mut stream, Duration::from_millis(950)).await;
    assert_eq!(first, expected[..10], "ten bytes a second");
    let (rest, has_ended) = read_for(&mut stream, HOUR / 10).await;
    assert_eq!((rest.as_slice(), has_ended), (&expected[10..], false));
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_are_spoiled_as_said_on_an_open_connection() {
    let mut served = Served::start().await;
    let mut stream = served.connect(1).await.expect("it listens");
    let expected = well(&mut served, 7).await;
    let mut answer = async |faults: WireFaults| {
        spoil(&served, faults);
        send(&mut stream, &versions(7)).await;
        let mut answer = vec![0; expected.len()];
        stream.read_exact(&mut answer).await.expect("an answer of the same length");
        answer
    };
    assert_eq!(answer(WireFaults::default()).await, expected);
    let garbage = answer(WireFaults { garbage: true, ..WireFaults::default() }).await;
    assert_eq!(garbage[..8], expected[..8], "length and id are right");
    assert_ne!(garbage[8..], expected[8..]);
    let oversized = answer(WireFaults { oversized_frame: true, ..WireFaults::default() }).await;
    assert_eq!((&oversized[..4], &oversized[4..]), (&i32::MAX.to_be_bytes()[..], &expected[4..]));
    let other = answer(WireFaults { wrong_correlation_id: true, ..WireFaults::default() }).await;
    assert_ne!(id(&other[4..]), 7);
    assert_eq!(other[8..], expected[8..]);
    let throttled = answer(WireFaults { throttle_time: HOUR, ..WireFaults::default() }).await;
    assert_eq!(as_versions(throttled[4..].to_vec().into()).throttle_time_ms, 3_600_000);
    assert_eq!(answer(WireFaults::default()).await, expected, "and then all is well");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_maximum_are_closed() {
    let served = Served::start().await;
    spoil(&served, WireFaults { connections_max: Some(1), ..WireFaults::default() });
    let mut first = served.connect(1).await.expect("it listens");
    metadata(&mut first).await;
    let mut second = served.connect(1).await.expect("it listens");
    assert_eq!(second.read(&mut [0]).await.unwrap_or(0), 0);
    metadata(&mut first).await;
    drop(first);
    eventually("the place to be free", || async {
        let mut stream = served.connect(1).await.map_err(|error| error.to_string())?;
        let (read, has_ended) = read_for(&mut stream, Duration::from_millis(200)).await;
        if has_ended { Err(format!("closed after {read:?}")) } else { Ok(()) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_refuses_keeps_its_connections_and_its_port() {
    let served = Served::start().await;
    let mut stream = served.connect(1).await.expect("it listens");
    metadata(&mut stream).await;
    spoil(&served, WireFaults { refuse: true, ..WireFaults::default() });
    served.until_refused(1).await;
    metadata(&mut stream).await;
    metadata(&mut served.connect(2).await.expect("the others listen")).await;
    spoil(&served, WireFaults::default());
    metadata(&mut served.connect_soon(1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_down_is_gone_until_it_is_well() {
    let served = Served::start().await;
    let mut stream = served.connect(1).await.expect("it listens");
    metadata(&mut stream).await;
    served.act(&Action::StopBroker { broker: 1 });
    assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0, "an idle connection is cut");
    served.until_refused(1).await;
    let told = metadata(&mut served.connect(2).await.expect("the others listen")).await;
    assert_eq!(told.brokers.iter().map(|broker| broker.node_id.0).collect::<Vec<_>>(), [2, 3]);
    served.act(&Action::HealBroker { broker: 1 });
    let told = metadata(&mut served.connect_soon(1).await).await;
    assert_eq!(told.brokers.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_hangs_answers_when_it_is_well() {
    let mut served = Served::unattended().await;
    let expected = well(&mut served, 1).await;
    served.act(&Action::HangBroker { broker: 1 });
    let mut stream = served.connect_in_memory(1);
    send(&mut stream, &[versions(1), versions(1)].concat()).await;
    // Less than an hour, after which it would take the silent client for gone.
    assert_eq!(read_for(&mut stream, HOUR / 10).await, (Vec::new(), false));
    served.act(&Action::HealBroker { broker: 1 });
    assert_eq!(read_for(&mut stream, Duration::from_secs(1)).await, ([expected.clone(), expected].concat(), false));
}

/// A consumer that has read everything does not ask in circles, and one that hangs up is let go.
#[tokio::test(start_paused = true)]
async fn a_fetch_that_finds_nothing_waits() {
    let mut served = Served::unattended().await;
    let partition = FetchPartition::default().with_partition_max_bytes(1000);
    let topic = FetchTopic::default().with_topic(TopicName(StrBytes::from_static_str("idle")));
    let request = FetchRequest::default().with_min_bytes(1).with_max_wait_ms(i32::MAX).with_max_bytes(1000);
    let request = request.with_topics(vec![topic.with_partitions(vec![partition])]);
    let mut stream = served.connect_in_memory(1);
    let metadata = metadata(&mut stream).await;
    let idle = metadata.topics.iter().find(|topic| topic.name.as_ref().is_some_and(|name| &***name == "idle"));
    let leader = idle.expect("it is there").partitions[0].leader_id.0;
    let mut stream = served.connect_in_memory(leader);
    send(&mut stream, &framed(&request, 12, 5)).await;
    assert_eq!(read_for(&mut stream, Duration::from_millis(450)).await, (Vec::new(), false));
    let (answer, _) = read_for(&mut stream, Duration::from_secs(1)).await;
    assert_eq!(id(&answer[4..]), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_answered_by_closing() {
    let served = Served::start().await;
    let too_long = ((8_i32 << 20) + 1).to_be_bytes();
    let no_api = [0, 0, 0, 8, 0x7f, 0, 0, 0, 0, 0, 0, 1];
    let no_version = framed(&kafka_protocol::messages::MetadataRequest::default(), 12, 1);
    let no_version = [&no_version[..6], &99_i16.to_be_bytes(), &no_version[8..]].concat();
    for nonsense in [&too_long[..], &(-1_i32).to_be_bytes(), &[0, 0, 0, 0], &no_api, &no_version] {
        let mut stream = served.connect(1).await.expect("it listens");
        send(&mut stream, nonsense).await;
        let closed = timeout(PATIENCE, stream.read(&mut [0])).await.expect("the connection is closed");
        assert_eq!(closed.unwrap_or(0), 0, "{nonsense:?}");
    }
    let counted = served.simulator.requests();
    assert_eq!(counted, [((1, "Metadata".to_owned()), 1), ((1, "Unknown".to_owned()), 2)].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_named_with_its_broker() {
    let holder = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = holder.local_addr().expect("an address").port();
    let clock = std::sync::Arc::new(WorldClock::new(std::sync::Arc::new(highwater::app::SystemClock::default()), 0.0));
    let options = ServeOptions { first_port: Some(port), ..ServeOptions::default() };
    let error = Simulator::bind(world(&clock), clock, &options).await.err().expect("the port is taken");
    assert!(matches!(error, StartError::Taken { broker: 1, .. }), "{error:?}");
    assert_eq!(error.to_string(), format!("port {port} is taken: broker 1 cannot listen on 127.0.0.1:{port}"));
}

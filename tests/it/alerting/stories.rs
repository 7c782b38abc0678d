//! What each story of the demonstration must tell whom, and how its trouble ends. It is NOT the stories; those are in
//! `src/simulator/scenario`.
//! Invariant: every story has a row, and nothing arrives that is in none.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_yaml::Value;

use crate::support::tree;

/// An alert by name, group and topic; what it is not about is empty.
pub(super) type Told = (&'static str, &'static str, &'static str);

/// One story, cut short.
pub(super) struct Story {
    name: &'static str,
    /// The minute of the story after which nothing new happens.
    ends: u32,
    /// What happens then, so that its trouble ends.
    endings: &'static [&'static str],
    /// What must arrive.
    pub(super) arrives: &'static [Told],
    /// What fires, and arrives only if no alert that inhibits it is there at that moment.
    pub(super) may: &'static [Told],
}

const BURNS: &str = "KafkaConsumerGroupObjectiveBurningFast";
/// Inhibited by the fast one, and there for half an hour after it.
const SMOULDERS: &str = "KafkaConsumerGroupObjectiveBurningSlow";
const BEHIND: &str = "KafkaConsumerGroupFallingBehind";
const UNKNOWN: &str = "KafkaConsumerGroupLagUnknown";
const INVALID: &str = "KafkaConsumerGroupOffsetsInvalid";
const STORM: &str = "KafkaConsumerGroupRebalanceStorm";
const HOT: &str = "KafkaTopicHotPartition";
const LEADERLESS: &str = "KafkaTopicLeaderless";
const UNDER: &str = "KafkaTopicUnderReplicated";

const fn calm(name: &'static str) -> Story {
    Story { name, ends: 70, endings: &[], arrives: &[], may: &[] }
}

pub(super) const STORIES: &[Story] = &[
    calm("healthy"),
    calm("rolling-deploy"),
    calm("coordinator-moving"),
    Story {
        name: "slow-consumer",
        ends: 27,
        endings: &["{capacity: {group: shipment-tracking}}"],
        arrives: &[(BURNS, "shipment-tracking", "shipments")],
        may: &[(BEHIND, "shipment-tracking", "shipments"), (SMOULDERS, "shipment-tracking", "shipments")],
    },
    Story {
        name: "stuck-consumer",
        ends: 27,
        endings: &["{cure: {group: invoice-printer, topic: invoices}}"],
        arrives: &[("KafkaConsumerGroupStalled", "invoice-printer", ""), (BURNS, "invoice-printer", "invoices")],
        may: &[(SMOULDERS, "invoice-printer", "invoices")],
    },
    Story {
        name: "dead-consumer",
        ends: 27,
        endings: &["{join: {group: notification-sender}}"],
        arrives: &[
            ("KafkaConsumerGroupStopped", "notification-sender", ""),
            (BURNS, "notification-sender", "notifications"),
        ],
        may: &[(SMOULDERS, "notification-sender", "notifications")],
    },
    // It catches up, and yet whoever waits for the data waits too long.
    Story {
        name: "producer-stopped",
        ends: 35,
        endings: &[],
        arrives: &[(BURNS, "sensor-warehouse", "sensor-readings")],
        may: &[(SMOULDERS, "sensor-warehouse", "sensor-readings")],
    },
    Story { name: "storm-max-poll", ends: 14, endings: &[], arrives: &[(STORM, "thumbnail-maker", "")], may: &[] },
    Story { name: "storm-crash-loop", ends: 12, endings: &[], arrives: &[(STORM, "email-dispatcher", "")], may: &[] },
    Story {
        name: "storm-no-membership-change",
        ends: 20,
        endings: &[],
        arrives: &[(STORM, "clickhouse-loader", "")],
        may: &[],
    },
    Story {
        name: "hot-partition",
        ends: 27,
        endings: &["{heat: {topic: game-events, hot: {}}}", "{capacity: {group: leaderboard}}"],
        arrives: &[
            (HOT, "", "game-events"),
            ("KafkaConsumerGroupSlowPartitions", "leaderboard", "game-events"),
            (BEHIND, "leaderboard", "game-events"),
        ],
        may: &[(BURNS, "leaderboard", "game-events"), (SMOULDERS, "leaderboard", "game-events")],
    },
    Story {
        name: "two-hot-of-six",
        ends: 25,
        endings: &["{heat: {topic: device-telemetry, hot: {}}}"],
        arrives: &[(HOT, "", "device-telemetry")],
        may: &[],
    },
    Story {
        name: "hot-partition-moves",
        ends: 25,
        endings: &["{heat: {topic: auction-bids, hot: {}}}"],
        arrives: &[(HOT, "", "auction-bids")],
        may: &[],
    },
    Story {
        name: "retention-loss",
        ends: 27,
        endings: &["{capacity: {group: log-indexer}}"],
        arrives: &[
            ("KafkaConsumerGroupDataLossImminent", "log-indexer", "access-logs"),
            ("KafkaConsumerGroupDataLoss", "log-indexer", "access-logs"),
            (BURNS, "log-indexer", "access-logs"),
        ],
        may: &[
            ("KafkaConsumerGroupDataLossSoon", "log-indexer", "access-logs"),
            (BEHIND, "log-indexer", "access-logs"),
            (SMOULDERS, "log-indexer", "access-logs"),
        ],
    },
    // The group is told of with the reason beside its lag: not it is to blame.
    Story {
        name: "open-transaction",
        ends: 27,
        endings: &["{end_transaction: {topic: payments-ledger, partition: 2}}"],
        arrives: &[
            ("KafkaConsumerGroupTransactionBlocked", "ledger-balance", ""),
            (BURNS, "ledger-balance", "payments-ledger"),
        ],
        may: &[(SMOULDERS, "ledger-balance", "payments-ledger")],
    },
    Story {
        name: "topic-recreated",
        ends: 27,
        endings: &["{delete_group: {group: price-export}}"],
        arrives: &[(INVALID, "price-export", "")],
        may: &[],
    },
    // Nobody reads for the group, so that is told too.
    Story {
        name: "unclean-election",
        ends: 27,
        endings: &["{delete_group: {group: stock-report}}"],
        arrives: &[
            ("KafkaConsumerGroupLogTruncated", "stock-report", ""),
            ("KafkaConsumerGroupStopped", "stock-report", ""),
            (BURNS, "stock-report", "stock-levels"),
        ],
        may: &[
            (INVALID, "stock-report", ""),
            (BEHIND, "stock-report", "stock-levels"),
            (SMOULDERS, "stock-report", "stock-levels"),
        ],
    },
    Story {
        name: "broker-down",
        ends: 35,
        endings: &[],
        arrives: &[("KafkaBrokerMissing", "", ""), (LEADERLESS, "", "support-attachments")],
        may: &[
            (UNDER, "", "support-attachments"),
            (UNDER, "", "support-tickets"),
            (UNKNOWN, "ticket-router", "support-attachments"),
        ],
    },
    Story {
        name: "broker-hanging",
        ends: 35,
        endings: &[],
        arrives: &[(UNKNOWN, "fleet-map", "fleet-positions"), (UNKNOWN, "fleet-map", "fleet-alerts")],
        may: &[],
    },
    Story {
        name: "leaderless-partition",
        ends: 27,
        endings: &["{elect_leader: {topic: refunds, partition: 3}}"],
        arrives: &[(LEADERLESS, "", "refunds")],
        may: &[(UNKNOWN, "refund-processor", "refunds")],
    },
    Story {
        name: "hidden-topics",
        ends: 27,
        endings: &["{reveal: {topic: employee-salaries}}"],
        arrives: &[(UNKNOWN, "payroll-run", "employee-salaries")],
        may: &[],
    },
];

/// Writes all stories of the demonstration, cut short, into the folder.
///
/// # Panics
/// When one has no row, or a row no story.
pub(super) fn write(folder: &Path) -> Vec<PathBuf> {
    let texts = tree::texts(|name| name.starts_with("src/simulator/scenario/") && name.ends_with(".yml"));
    assert_eq!(texts.len(), STORIES.len(), "a story has no row, or a row no story");
    let write = |(path, text): (String, String)| {
        let mut scenario: Value = serde_yaml::from_str(&text).expect("a story is YAML");
        let story = STORIES.iter().find(|story| scenario["name"] == story.name);
        story.unwrap_or_else(|| panic!("{path} has no row")).cut(&mut scenario);
        let file = folder.join(path.rsplit('/').next().expect("a name"));
        std::fs::write(&file, serde_yaml::to_string(&scenario).expect("YAML")).expect("the story can be written");
        file
    };
    texts.into_iter().map(write).collect()
}

impl Story {
    fn cut(&self, scenario: &mut Value) {
        let end = Duration::from_secs(60 * u64::from(self.ends));
        let events = scenario["events"].as_sequence().cloned().unwrap_or_default();
        let mut kept: Vec<Value> = events.into_iter().filter(|event| time(&event["at"]) <= Some(end)).collect();
        for event in &mut kept {
            if let (Some(at), Some(every)) = (time(&event["at"]), time(&event["every"])) {
                event["times"] = Value::from((end - at).as_secs() / every.as_secs() + 1);
            }
        }
        for ending in self.endings {
            let text = format!("{{at: {}s, do: {ending}}}", end.as_secs());
            kept.push(serde_yaml::from_str(&text).expect("an ending is YAML"));
        }
        scenario["events"] = Value::Sequence(kept);
    }
}

fn time(written: &Value) -> Option<Duration> {
    humantime::parse_duration(written.as_str()?).ok()
}

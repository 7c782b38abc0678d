//! What `highwater simulate` says when the cluster is there.
//!
//! Not what goes on afterwards; that is logged.
//! Invariant: every line to try can be pasted into a shell and finds what it names.

use std::io::{self, Write};
use std::net::SocketAddr;

use crate::simulator::scenario::Sizes;
use crate::simulator::world::OFFSETS_TOPIC;
use crate::simulator::{Scenario, Simulator};

/// Clients find the others; a line of a hundred addresses helps nobody.
const SEEDS_SHOWN: usize = 3;

/// Writes where the cluster is and what to try.
pub(super) fn write(
    out: &mut impl Write,
    simulator: &Simulator,
    control: Option<SocketAddr>,
    scenarios: &[Scenario],
) -> io::Result<()> {
    writeln!(out, "A simulated Kafka cluster. Ctrl-c ends it.\n")?;
    writeln!(out, "bootstrap.servers={}", simulator.bootstrap())?;
    if let Some(control) = control {
        writeln!(out, "control=http://{control}")?;
    }
    writeln!(out, "\nwhat happens:")?;
    let width = scenarios.iter().map(|scenario| scenario.name.chars().count()).max().unwrap_or(0);
    for scenario in scenarios {
        writeln!(out, "  {:width$}  {}", scenario.name, scenario.story.trim())?;
    }
    if !Sizes::of(scenarios).has_offsets_log() {
        let max = Sizes::LOGGED_COMMITS_MAX;
        writeln!(out, "\nNobody may read {OFFSETS_TOPIC}: groups commit on more than {max} partitions in all.")?;
    }
    let seeds: Vec<String> = simulator.endpoints().values().take(SEEDS_SHOWN).map(ToString::to_string).collect();
    let seeds = seeds.join(",");
    writeln!(out, "\ntry:")?;
    writeln!(out, "  highwater lag --bootstrap {seeds}")?;
    writeln!(out, "  highwater run --bootstrap {seeds}")?;
    writeln!(out, "  kafka-consumer-groups.sh --bootstrap-server {seeds} --describe --all-groups")?;
    let Some(control) = control else {
        return writeln!(out, "  highwater simulate --control 127.0.0.1:9099, to see what is true and to do harm");
    };
    writeln!(out, "  curl http://{control}/truth")?;
    writeln!(out, "  curl -X PUT -d '{{\"delay\": \"2s\"}}' http://{control}/brokers/1/faults")?;
    writeln!(out, "  curl -d '{{\"hang_broker\": {{\"broker\": 1}}}}' http://{control}/events")?;
    writeln!(out, "  curl -d '{{\"advance\": \"10m\"}}' http://{control}/clock")
}

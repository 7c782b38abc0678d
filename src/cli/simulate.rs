//! `highwater simulate`: a simulated cluster to try clients and exporters against.
//!
//! Not how it runs; that is the `app` room's.
//! Invariant: what is printed can be used at once, because all ports are taken by then.

mod welcome;

use crate::app::{Simulation, SimulationPlan};
use crate::simulator::scenario::Sizes;
use crate::simulator::{ClusterSettings, Scenario, ServeOptions, Shape, scenario};

use super::args::{ShapeArgs, SimulateArgs};
use super::fail::Failure;
use super::output;

/// What happens when nothing was asked for.
const DEFAULT_SCENARIO: &str = "healthy";

pub(super) fn simulate(args: &SimulateArgs) -> Result<(), Failure> {
    args.log.set_up()?;
    let scenarios = scenarios(args)?;
    let settings = ClusterSettings {
        seed: args.seed,
        brokers: args.shape.brokers,
        has_offsets_log: Sizes::of(&scenarios).has_offsets_log(),
        ..ClusterSettings::default()
    };
    let first_port = Some(args.port).filter(|port| *port != 0);
    let serve = ServeOptions { first_port, piece_max: Some(ServeOptions::PIECE), ..ServeOptions::default() };
    let plan = SimulationPlan { settings, scenarios, speed: args.speed, serve, control: args.control };
    let runtime = super::runtime()?;
    let simulation = runtime.block_on(Simulation::start(&plan))?;
    let control = simulation.control()?;
    // With nobody reading, the cluster goes on all the same.
    drop(output::print(|out| welcome::write(out, simulation.simulator(), control, &plan.scenarios)));
    let ended = runtime.block_on(simulation.run());
    // A large world may be at work on one moment for longer than anybody waits for the end.
    runtime.shutdown_background();
    Ok(ended?)
}

/// What happens in the cluster: what was named, and a cluster of the size that was asked for.
fn scenarios(args: &SimulateArgs) -> Result<Vec<Scenario>, Failure> {
    let found = |name: &str| scenario::find(name).map_err(Failure::from);
    let mut scenarios = args.scenarios.iter().map(|name| found(name)).collect::<Result<Vec<_>, _>>()?;
    if let Some(shape) = shape(&args.shape) {
        scenarios.push(shape.scenario().map_err(|error| Failure::Usage(error.to_string()))?);
    }
    if scenarios.is_empty() {
        scenarios.push(found(DEFAULT_SCENARIO)?);
    }
    Ok(scenarios)
}

/// The size that was asked for, if any was.
fn shape(args: &ShapeArgs) -> Option<Shape> {
    let counts = [args.topics, args.partitions, args.groups, args.members, args.commits];
    if counts.iter().all(Option::is_none) && args.rate.is_none() {
        return None;
    }
    let usual = Shape::S;
    let topics = args.topics.unwrap_or(usual.topics);
    let partitions = args.partitions.unwrap_or(usual.partitions);
    Some(Shape {
        brokers: args.brokers,
        topics,
        partitions,
        groups: args.groups.unwrap_or(usual.groups),
        members: args.members.unwrap_or(usual.members),
        commits: args.commits.unwrap_or_else(|| usual.commits.min(topics.saturating_mul(partitions))),
        rate: args.rate.unwrap_or(usual.rate),
    })
}

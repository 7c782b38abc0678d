//! `highwater simulate`: a simulated cluster to try clients and exporters against.
//!
//! Not how it runs; that is the `app` room's.
//! Invariant: what is printed can be used at once, because all ports are taken by then.

mod welcome;

use crate::app::{Simulation, SimulationPlan};
use crate::simulator::spec::{GroupSpec, GroupType, TopicSpec};
use crate::simulator::{ClusterSettings, Scenario, ServeOptions, scenario};

use super::args::{ShapeArgs, SimulateArgs};
use super::fail::Failure;
use super::output;

/// What happens when nothing was asked for.
const DEFAULT_SCENARIO: &str = "healthy";

pub(super) fn simulate(args: &SimulateArgs) -> Result<(), Failure> {
    args.log.set_up()?;
    let scenarios = scenarios(args)?;
    let settings = ClusterSettings { seed: args.seed, brokers: args.shape.brokers, ..ClusterSettings::default() };
    let first_port = Some(args.port).filter(|port| *port != 0);
    let serve = ServeOptions { first_port, ..ServeOptions::default() };
    let plan = SimulationPlan { settings, scenarios, speed: args.speed, serve, control: args.control };
    let runtime = super::runtime()?;
    let simulation = runtime.block_on(Simulation::start(&plan))?;
    let control = simulation.control()?;
    // With nobody reading, the cluster goes on all the same.
    drop(output::print(|out| welcome::write(out, simulation.simulator(), control, &plan.scenarios)));
    runtime.block_on(simulation.run())?;
    Ok(())
}

/// What happens in the cluster: what was named, and a cluster of the size that was asked for.
fn scenarios(args: &SimulateArgs) -> Result<Vec<Scenario>, Failure> {
    let found = |name: &str| scenario::find(name).map_err(|error| Failure::Usage(error.to_string()));
    let mut scenarios = args.scenarios.iter().map(|name| found(name)).collect::<Result<Vec<_>, _>>()?;
    scenarios.extend(sized(&args.shape));
    if scenarios.is_empty() {
        scenarios.push(found(DEFAULT_SCENARIO)?);
    }
    Ok(scenarios)
}

/// A cluster of a size, if one was asked for. It holds the place of the shapes, which spread all counts.
fn sized(shape: &ShapeArgs) -> Option<Scenario> {
    let sizes = [shape.topics, shape.partitions, shape.groups, shape.members, shape.commits];
    sizes.iter().any(Option::is_some).then(|| Scenario {
        name: "sized".to_owned(),
        story: "One topic and one group that keeps pace.".to_owned(),
        topics: vec![TopicSpec::new("topic-1", 6).rate(10.0)],
        groups: vec![GroupSpec::new("group-1", GroupType::Classic, &["topic-1"]).members(2)],
        ..Scenario::default()
    })
}

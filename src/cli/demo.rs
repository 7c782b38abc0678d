//! `highwater demo`: the whole product on a simulated cluster, to look at.
//!
//! Not the stories, nor how it runs.
//! Invariant: it needs nothing but this binary, and leaves nothing behind.

use std::io::Write as _;

use crate::app::{self, Demo, DemoStarted};
use crate::config::NotifySettings;
use crate::simulator::scenario::Sizes;
use crate::simulator::{ClusterSettings, Scenario, scenario};

use super::args::DemoArgs;
use super::fail::Failure;
use super::output;

pub(super) fn demo(args: &DemoArgs) -> Result<(), Failure> {
    args.log.set_up()?;
    let scenarios = chosen(&args.scenarios)?;
    let has_offsets_log = Sizes::of(&scenarios).has_offsets_log();
    let settings = ClusterSettings { seed: args.seed, has_offsets_log, ..ClusterSettings::default() };
    let told = scenarios.clone();
    let speed = args.speed;
    let notify = NotifySettings::from_flags(&args.alertmanagers, &args.webhooks)?;
    let demo = Demo { scenarios, settings, speed, listen: args.listen, notify };
    let started = move |started: &DemoStarted| {
        // With nobody reading, the demo goes on all the same.
        drop(output::print(|out| out.write_all(welcome(started, &told, speed).as_bytes())));
    };
    super::runtime()?.block_on(app::demo(demo, started))?;
    Ok(())
}

/// The stories of these names or files; all that there are when none is named.
pub(super) fn chosen(names: &[String]) -> Result<Vec<Scenario>, Failure> {
    if names.is_empty() {
        return Ok(scenario::all());
    }
    Ok(names.iter().map(|name| scenario::find(name)).collect::<Result<_, _>>()?)
}

fn welcome(started: &DemoStarted, scenarios: &[Scenario], speed: f64) -> String {
    let DemoStarted { exporter, bootstrap } = started;
    let mut text = format!(
        "Highwater on a simulated cluster, {speed} times faster than real time. Ctrl-c ends it.\n\n\
         page     http://{exporter}/\n\
         metrics  http://{exporter}/metrics\n\
         lag      highwater lag --url http://{exporter}\n\
         why      highwater explain --url http://{exporter} --group NAME\n\
         Kafka    bootstrap.servers={bootstrap}\n\nwhat happens:\n"
    );
    let width = scenarios.iter().map(|scenario| scenario.name.len()).max().unwrap_or(0);
    text.extend(scenarios.iter().map(|scenario| format!("  {:width$}  {}\n", scenario.name, scenario.look_at)));
    text
}

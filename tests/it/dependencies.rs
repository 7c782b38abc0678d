//! What the tree of dependencies has to fulfil: licences, one version of each crate, one source, one TLS provider.
//!
//! It is NOT a search for known vulnerabilities, which needs a database from the network.
//! Invariant: the rules stand in `deny.toml`, in cargo-deny's words, and nowhere else.

mod graph;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use crate::support::tree;
use graph::{Graph, Package};
use rules::Rules;

/// Implementations of TLS or of its cryptography: each is a body of unsafe code to trust and to keep up to date.
const TLS_PROVIDERS: &[&str] =
    &["ring", "aws-lc-rs", "openssl-sys", "native-tls", "boring-sys", "mbedtls", "s2n-tls-sys", "graviola"];

/// The registry that cargo uses unless told otherwise, as the lock file names it.
const DEFAULT_REGISTRY: &str = concat!("registry+https://github.com/rust-lang/crates", ".io-index");

fn licence_is_allowed(package: &Package, rules: &Rules) -> Result<(), String> {
    let Some(written) = &package.license else { return Err(format!("{package} names no licence")) };
    // Some crates still write `MIT/Apache-2.0`.
    let expression = spdx::Expression::parse_mode(written, spdx::ParseMode::LAX)
        .map_err(|error| format!("{package}: `{written}` is not an SPDX expression: {}", error.reason))?;
    let allowed = expression.evaluate(|wanted| rules.licenses.allow.contains(&wanted.to_string()));
    if allowed { Ok(()) } else { Err(format!("{package}: `{written}` is not allowed by deny.toml")) }
}

fn licence_mistakes(graph: &Graph, rules: &Rules) -> Vec<String> {
    graph.packages.iter().filter_map(|package| licence_is_allowed(package, rules).err()).collect()
}

/// Crates that are there twice without a reason, and reasons for what is there once.
fn duplicate_mistakes(graph: &Graph, rules: &Rules) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in &graph.packages {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    let mut mistakes = Vec::new();
    for (name, found) in versions.iter().filter(|(_, found)| found.len() > 1) {
        let unexplained: Vec<_> = found.iter().filter(|version| !rules.skips(name, version)).copied().collect();
        if unexplained.len() > 1 {
            mistakes.push(format!("{name} is there as {}: settle on one, or skip all but one", unexplained.join(", ")));
        }
    }
    for skip in &rules.bans.skip {
        let is_needed = versions.get(skip.name()).is_some_and(|found| found.len() > 1);
        let is_there = graph.packages.iter().any(|package| skip.covers(&package.name, &package.version));
        if !(is_needed && is_there) {
            mistakes.push(format!("deny.toml skips {}, which is no duplicate any more", skip.krate));
        }
    }
    mistakes
}

fn source_mistakes(graph: &Graph) -> Vec<String> {
    let foreign = |package: &&Package| package.source.as_deref().is_some_and(|source| source != DEFAULT_REGISTRY);
    let mut mistakes: Vec<_> =
        graph.packages.iter().filter(foreign).map(|package| format!("{package} is not from the registry")).collect();
    let local = graph.packages.iter().filter(|package| package.source.is_none() && package.id != graph.root);
    mistakes.extend(local.map(|package| format!("{package} is a path on this machine")));
    mistakes
}

/// Crates that are not wanted, except directly under the crates they are allowed for.
fn ban_mistakes(graph: &Graph, rules: &Rules) -> Vec<String> {
    let mut mistakes = Vec::new();
    for ban in &rules.bans.deny {
        for package in graph.packages.iter().filter(|package| ban.covers(&package.name, &package.version)) {
            for user in graph.users_of(package).filter(|user| !ban.wrappers.contains(&user.name)) {
                mistakes.push(format!("{user} brings {package}: {}", ban.reason));
            }
        }
    }
    mistakes
}

/// More than one TLS provider in what is shipped.
fn tls_mistakes(graph: &Graph) -> Vec<String> {
    let shipped = graph.shipped();
    let found: Vec<_> = TLS_PROVIDERS.iter().filter(|name| shipped.iter().any(|p| p.name == **name)).collect();
    if found.len() > 1 { vec![format!("more than one TLS provider is shipped: {found:?}")] } else { Vec::new() }
}

fn assert_none(mistakes: &[String]) {
    assert!(mistakes.is_empty(), "{} mistakes\n{}", mistakes.len(), mistakes.join("\n"));
}

fn rules() -> Rules {
    Rules::parse(&std::fs::read_to_string(tree::root().join("deny.toml")).expect("deny.toml is readable"))
}

#[test]
fn licences_are_allowed() {
    assert_none(&licence_mistakes(&Graph::of_this_package(), &rules()));
}

#[test]
fn no_crate_is_there_twice_without_a_reason() {
    assert_none(&duplicate_mistakes(&Graph::of_this_package(), &rules()));
}

#[test]
fn everything_comes_from_the_default_registry() {
    assert_none(&source_mistakes(&Graph::of_this_package()));
}

#[test]
fn unwanted_crates_stay_out() {
    assert_none(&ban_mistakes(&Graph::of_this_package(), &rules()));
}

#[test]
fn one_tls_provider_is_shipped() {
    assert_none(&tls_mistakes(&Graph::of_this_package()));
}

#[test]
fn every_exception_has_a_reason() {
    let rules = rules();
    for entry in rules.bans.deny.iter().chain(&rules.bans.skip) {
        assert!(!entry.reason.is_empty(), "{} has no reason in deny.toml", entry.krate);
    }
}

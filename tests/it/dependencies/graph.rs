//! The tree of dependencies as `cargo metadata` tells it, for the system this runs on.
//!
//! It is NOT the lock file, which lists crates for systems nobody here compiles for.
//! Invariant: nothing is fetched; what cargo has built from is on this disk already.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::process::Command;

use serde_json::Value;

use crate::support::tree;

pub(super) struct Package {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) license: Option<String>,
    /// `None` for a path on this machine.
    pub(super) source: Option<String>,
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

pub(super) struct Graph {
    /// The id of the package whose tree this is.
    pub(super) root: String,
    pub(super) packages: Vec<Package>,
    /// From a package to those it depends on, with whether that is for tests only.
    edges: BTreeMap<String, Vec<(String, bool)>>,
}

impl Graph {
    /// The tree of this package, with what its tests need.
    pub(super) fn of_this_package() -> Self {
        let cargo = env!("CARGO");
        let output = Command::new(cargo)
            .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", &host()])
            .current_dir(tree::root())
            .output()
            .expect("cargo runs, as it built this test");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo metadata failed (`cargo fetch --locked` may help): {complaint}");
        let graph = Self::parse(&serde_json::from_slice(&output.stdout).expect("cargo metadata writes JSON"));
        assert!(graph.packages.len() > 50, "only {} packages were found", graph.packages.len());
        graph
    }

    /// From the JSON of `cargo metadata`. Packages that are not in the resolved tree are left out.
    pub(super) fn parse(metadata: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let mut edges: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
        for node in metadata["resolve"]["nodes"].as_array().expect("a tree was resolved") {
            let dependencies = node["deps"].as_array().expect("a node has dependencies").iter().map(|dependency| {
                let kinds = dependency["dep_kinds"].as_array().expect("a dependency has kinds");
                let only_tests = kinds.iter().all(|kind| kind["kind"] == "dev");
                (text(&dependency["pkg"]).expect("a dependency has an id"), only_tests)
            });
            edges.insert(text(&node["id"]).expect("a node has an id"), dependencies.collect());
        }
        let mut packages = Vec::new();
        for package in metadata["packages"].as_array().expect("there are packages") {
            let id = text(&package["id"]).expect("a package has an id");
            if edges.contains_key(&id) {
                packages.push(Package {
                    id,
                    name: text(&package["name"]).expect("a package has a name"),
                    version: text(&package["version"]).expect("a package has a version"),
                    license: text(&package["license"]),
                    source: text(&package["source"]),
                });
            }
        }
        Self { root: text(&metadata["resolve"]["root"]).expect("the tree has a root"), packages, edges }
    }

    /// The packages that depend directly on this one.
    pub(super) fn users_of(&self, package: &Package) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|user| self.edges[&user.id].iter().any(|(id, _)| *id == package.id))
    }

    /// What is compiled into the product or runs while it is built; without what only the tests need.
    pub(super) fn shipped(&self) -> Vec<&Package> {
        let mut reached = BTreeSet::new();
        let mut next = vec![self.root.as_str()];
        while let Some(id) = next.pop() {
            if reached.insert(id) {
                next.extend(self.edges[id].iter().filter(|(_, only_tests)| !only_tests).map(|(id, _)| id.as_str()));
            }
        }
        self.packages.iter().filter(|package| reached.contains(package.id.as_str())).collect()
    }
}

/// The triple of this system, as rustc writes it.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().expect("rustc runs, as it built this test");
    let told = String::from_utf8(output.stdout).expect("rustc writes UTF-8");
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc names its host").to_owned()
}

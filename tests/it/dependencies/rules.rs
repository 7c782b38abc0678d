//! `deny.toml` as far as the tests read it, and what its rules find in a tree that breaks them.
//!
//! It is NOT all of cargo-deny's format: a key that is not read here is cargo-deny's alone.
//! Invariant: a rule reads the same here as there.

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Rules {
    pub(super) licenses: Licenses,
    pub(super) bans: Bans,
}

#[derive(Deserialize)]
pub(super) struct Licenses {
    /// SPDX identifiers, with their exception if they have one.
    pub(super) allow: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Bans {
    pub(super) deny: Vec<Entry>,
    pub(super) skip: Vec<Entry>,
}

/// A crate, or some versions of it.
#[derive(Deserialize)]
pub(super) struct Entry {
    /// `name` or `name@version`, where the version may leave out its last parts.
    #[serde(rename = "crate")]
    pub(super) krate: String,
    pub(super) reason: String,
    /// The crates that may use it all the same.
    #[serde(default)]
    pub(super) wrappers: Vec<String>,
}

impl Rules {
    pub(super) fn parse(text: &str) -> Self {
        toml::from_str(text).unwrap_or_else(|error| panic!("deny.toml: {error}"))
    }

    pub(super) fn skips(&self, name: &str, version: &str) -> bool {
        self.bans.skip.iter().any(|skip| skip.covers(name, version))
    }
}

impl Entry {
    pub(super) fn name(&self) -> &str {
        self.krate.split('@').next().unwrap_or_default()
    }

    /// Whether the entry speaks of this version of this crate.
    pub(super) fn covers(&self, name: &str, version: &str) -> bool {
        let is_prefix = |wanted: &str| {
            version.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '+', '-']))
        };
        self.name() == name && self.krate.split_once('@').is_none_or(|(_, wanted)| is_prefix(wanted))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::graph::Graph;
    use super::super::{ban_mistakes, duplicate_mistakes, licence_mistakes, source_mistakes, tls_mistakes};
    use super::*;

    const REGISTRY: &str = super::super::DEFAULT_REGISTRY;

    fn rules() -> Rules {
        Rules::parse(
            "licenses.allow = ['MIT', 'Apache-2.0']\n\
             [bans]\n\
             deny = [{ crate = 'openssl-sys', wrappers = ['rdkafka-sys'], reason = 'r' }]\n\
             skip = [{ crate = 'syn@2', reason = 'r' }]",
        )
    }

    /// A tree of (name, version, licence, the name above it, kind of the edge), under `highwater`.
    fn graph(packages: &[(&str, &str, &str, &str, Option<&str>)], source: &str) -> Graph {
        let package = |name: &str, version: &str, license: &str, source: Value| json!({"id": format!("{name} {version}"), "name": name, "version": version, "license": license, "source": source});
        let mut listed = vec![package("highwater", "1.0.0", "MIT", Value::Null)];
        listed
            .extend(packages.iter().map(|(name, version, license, ..)| package(name, version, license, source.into())));
        let nodes: Vec<_> = listed
            .iter()
            .map(|user| {
                let deps: Vec<_> = packages
                    .iter()
                    .filter(|(_, _, _, above, _)| user["name"] == *above)
                    .map(|(name, version, _, _, kind)| json!({"pkg": format!("{name} {version}"), "dep_kinds": [{"kind": kind}]}))
                    .collect();
                json!({"id": user["id"], "deps": deps})
            })
            .collect();
        Graph::parse(&json!({"packages": listed, "resolve": {"root": "highwater 1.0.0", "nodes": nodes}}))
    }

    #[test]
    fn licences_are_evaluated_as_expressions() {
        let finds =
            |license| licence_mistakes(&graph(&[("a", "1.0.0", license, "highwater", None)], REGISTRY), &rules()).len();
        for allowed in ["MIT", "MIT/Apache-2.0", "GPL-3.0-only OR MIT", "MIT AND (Apache-2.0 OR MPL-2.0)"] {
            assert_eq!(finds(allowed), 0, "{allowed}");
        }
        for refused in ["MPL-2.0", "MIT AND GPL-3.0-only", "Apache-2.0 WITH LLVM-exception", "no licence"] {
            assert_eq!(finds(refused), 1, "{refused}");
        }
    }

    #[test]
    fn duplicates_are_found_and_so_are_reasons_without_one() {
        let finds = |versions: &[&str], name: &str| {
            let packages: Vec<_> = versions.iter().map(|version| (name, *version, "MIT", "highwater", None)).collect();
            duplicate_mistakes(&graph(&packages, REGISTRY), &rules())
        };
        assert_eq!(finds(&["2.0.119", "3.0.9"], "syn").len(), 0);
        assert_eq!(finds(&["1.0.0", "2.0.119", "3.0.9"], "syn").len(), 1);
        assert_eq!(finds(&["3.0.9"], "syn"), ["deny.toml skips syn@2, which is no duplicate any more"]);
        assert_eq!(finds(&["20.0.0", "3.0.9"], "syn").len(), 2);
        assert_eq!(finds(&["1.0.0", "2.0.0"], "rand").len(), 2);
    }

    #[test]
    fn bans_look_at_who_brings_a_crate() {
        let tls = |above| {
            let packages = [
                ("rdkafka-sys", "4.0.0", "MIT", "highwater", Some("dev")),
                ("reqwest", "1.0.0", "MIT", "highwater", None),
                ("openssl-sys", "0.9.0", "MIT", above, None),
                ("ring", "0.17.0", "MIT", "reqwest", None),
            ];
            let graph = graph(&packages, REGISTRY);
            (ban_mistakes(&graph, &rules()).len(), tls_mistakes(&graph).len())
        };
        assert_eq!(tls("rdkafka-sys"), (0, 0));
        assert_eq!(tls("reqwest"), (1, 1));
    }

    #[test]
    fn other_sources_are_found() {
        let finds = |source| source_mistakes(&graph(&[("a", "1.0.0", "MIT", "highwater", None)], source)).len();
        assert_eq!(finds(REGISTRY), 0);
        assert_eq!(finds("git+https://example.com/a"), 1);
    }
}

//! What the command line says about the configuration.
//!
//! Not the command line itself, which the `cli` room reads.
//! Invariant: a flag is judged like the key it speaks for, and its mistakes bear its name.

use std::fmt;

/// Flags that speak louder than the file; their values are taken as they are, without `${…}`.
#[derive(Clone, Default)]
pub struct Overrides {
    /// `--listen`: instead of `listen`.
    pub listen: Option<String>,
    /// `--poll.interval`: instead of `poll.interval`.
    pub poll_interval: Option<String>,
    /// `--cluster`: of the file's clusters only this one.
    pub cluster: Option<String>,
    /// `--property KEY=VALUE`: instead of that property, in all clusters that are kept; of one key the last counts.
    pub properties: Vec<(String, String)>,
}

impl fmt::Debug for Overrides {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A property's value may be a password.
        let properties: Vec<&str> = self.properties.iter().map(|(name, _)| name.as_str()).collect();
        formatter
            .debug_struct("Overrides")
            .field("listen", &self.listen)
            .field("poll_interval", &self.poll_interval)
            .field("cluster", &self.cluster)
            .field("properties", &properties)
            .finish()
    }
}

/// All flags, with the one that stands instead of a file.
#[derive(Clone, Copy)]
pub(super) struct Flags<'a> {
    pub(super) bootstrap: Option<&'a str>,
    pub(super) listen: Option<&'a str>,
    pub(super) poll_interval: Option<&'a str>,
    pub(super) cluster: Option<&'a str>,
    pub(super) properties: &'a [(String, String)],
}

impl<'a> Flags<'a> {
    /// The overrides as references.
    pub(super) fn new(overrides: &'a Overrides, bootstrap: Option<&'a str>) -> Self {
        Self {
            bootstrap,
            listen: overrides.listen.as_deref(),
            poll_interval: overrides.poll_interval.as_deref(),
            cluster: overrides.cluster.as_deref(),
            properties: &overrides.properties,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Overrides;

    #[test]
    fn debug_shows_no_value_of_a_property() {
        let properties = vec![("sasl.password".to_owned(), "hunter2".to_owned())];
        let text = format!("{:?}", Overrides { properties, ..Overrides::default() });
        assert!(text.contains("sasl.password") && !text.contains("hunter2"), "{text}");
    }
}

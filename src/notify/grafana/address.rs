//! The address of a Grafana, as it is written on the command line.
//!
//! Not an exporter's; that has no path of its own.
//! Invariant: it holds no password, so it can be shown in every message.

use reqwest::Url;

/// An address under which Grafana is served, which may be below a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrafanaAddress(Url);

/// Why a text is no such address.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum AddressError {
    /// The scheme is https.
    #[error("`{0}` cannot be asked: this version speaks http only; give an http address by which Grafana is reached")]
    Tls(String),
    /// A user or password in it.
    #[error("the URL of Grafana names a user or a password, which others would see: give a token with --token-file")]
    Password,
    /// Anything else.
    #[error("`{0}` is not the URL of a Grafana: write http://HOST:PORT, and the path it is served under if it has one")]
    NoAddress(String),
}

impl GrafanaAddress {
    /// Reads an address.
    pub fn new(text: &str) -> Result<Self, AddressError> {
        // `localhost:3000` reads as a scheme and a path.
        let none = || AddressError::NoAddress(text.to_owned());
        let mut url = Url::parse(text)
            .ok()
            .filter(Url::has_host)
            .ok_or_else(|| if text.contains('@') { AddressError::Password } else { none() })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Password);
        }
        match url.scheme() {
            "http" if url.query().is_none() && url.fragment().is_none() => {}
            "https" => return Err(AddressError::Tls(text.to_owned())),
            _ => return Err(none()),
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(Self(url))
    }

    /// The address of something below it, each piece written so that it stays one.
    pub(super) fn below(&self, path: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut pieces) = url.path_segments_mut() {
            pieces.pop_if_empty().extend(path);
        }
        url
    }

    /// Where a page is that Grafana names by its path. It knows the path it is served under, and says it.
    pub(super) fn shown(&self, path: &str) -> String {
        self.0.join(path).map_or_else(|_| self.0.to_string(), |url| url.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_front_stays() {
        let below = |text: &str| GrafanaAddress::new(text).expect("an address").below(&["api", "folders"]).to_string();
        assert_eq!(below("http://localhost:3000"), "http://localhost:3000/api/folders");
        assert_eq!(below("http://localhost:3000/"), "http://localhost:3000/api/folders");
        assert_eq!(below("http://example.net/grafana"), "http://example.net/grafana/api/folders");
        assert_eq!(below("http://example.net/grafana/"), "http://example.net/grafana/api/folders");
        let address = GrafanaAddress::new("http://example.net/grafana").expect("an address");
        assert_eq!(address.shown("/grafana/d/x/y"), "http://example.net/grafana/d/x/y");
    }

    #[test]
    fn what_cannot_be_asked_is_refused_without_showing_a_password() {
        for text in ["localhost:3000", "", "file:///etc", "http://a/?x=1", "http://"] {
            let error = GrafanaAddress::new(text).expect_err(text);
            assert!(matches!(error, AddressError::NoAddress(_)), "{error}");
        }
        assert!(matches!(GrafanaAddress::new("https://a"), Err(AddressError::Tls(_))));
        for text in ["http://admin:hunter2@a", "https://admin:hunter2@a", "admin:hunter2@a", "http://hunter2@a"] {
            let error = GrafanaAddress::new(text).expect_err(text);
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}

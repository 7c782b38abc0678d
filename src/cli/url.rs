//! The address of an exporter, as it is written on the command line.
//!
//! Not the paths below it; whoever asks knows those.
//! Invariant: what is no address that can be asked is refused with a word on how to write one.

use anyhow::bail;
use reqwest::Url;

/// Reads the address of an exporter.
pub(super) fn exporter_url(text: &str) -> anyhow::Result<Url> {
    match Url::parse(text) {
        Ok(url) if url.scheme() == "http" => Ok(url),
        Ok(url) if url.scheme() == "https" => bail!("`{text}` cannot be asked: this version speaks http only"),
        // `localhost:10308` reads as a scheme and a path.
        Ok(_) | Err(_) => bail!("`{text}` is not the URL of an exporter: write http://HOST:PORT"),
    }
}

#[cfg(test)]
mod tests {
    use super::exporter_url;

    #[test]
    fn a_forgotten_scheme_is_named() {
        assert!(exporter_url("http://localhost:10308").is_ok());
        for text in ["localhost:10308", "127.0.0.1:10308", "", "file:///etc"] {
            let error = exporter_url(text).expect_err(text).to_string();
            assert!(error.ends_with("write http://HOST:PORT"), "{error}");
        }
        assert!(exporter_url("https://a").expect_err("no TLS").to_string().contains("http only"));
    }
}

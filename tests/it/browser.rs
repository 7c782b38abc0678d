//! The page in a real browser: what people see, press and search. It is NOT the numbers; those have tests of their own.
//! Invariant: where there is no browser, that is listed as not run.

mod accessible;
mod demo;
mod hostile;
mod large;
mod pictures;
mod stale;
mod trouble;

use crate::support::chromium::Chromium;
use crate::support::not_run::not_run;

/// The names in the rows of the first table, in order.
const NAMES: &str = "[...document.querySelectorAll('main tbody th a bdi')].map((one) => one.textContent)";

/// A browser, if there is one here.
async fn browser(test: &str) -> Option<Chromium> {
    match Chromium::start().await {
        Ok(browser) => Some(browser),
        Err(reason) => {
            not_run(test, &reason);
            None
        }
    }
}

/// Waits until the script has drawn a view, and not only the server.
async fn drawn(browser: &mut Chromium, title: &str) {
    let title = serde_json::json!(title);
    let wanted = format!(
        "document.title.startsWith({title}) && document.querySelector('#controls nav a') && !document.querySelector('main section')"
    );
    browser.until("the view", &wanted).await;
}

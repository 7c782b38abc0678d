//! The folder that dashboards are put in.
//!
//! Not folders in folders: the ones at the top are looked through.
//! Invariant: a folder is made only when all that there are were seen and none has the title.

use serde::Deserialize;
use serde_json::json;

use super::Progress;
use super::error::PushError;
use super::request::Asker;

/// The most that Grafana gives at once.
const PAGE: usize = 1000;

/// Far more folders than anybody has.
const PAGES_MAX: usize = 20;

#[derive(Deserialize)]
struct Folder {
    uid: String,
    title: String,
}

/// The uid of the folder with this title.
pub(super) async fn find_or_make(
    asker: &Asker<'_>,
    title: &str,
    told: &mut impl FnMut(&Progress),
) -> Result<String, PushError> {
    for page in 1..=PAGES_MAX {
        let query = [("limit", PAGE.to_string()), ("page", page.to_string())];
        let folders: Vec<Folder> = asker.get(&["api", "folders"], &query, title, told).await?;
        let is_last = folders.len() < PAGE;
        if let Some(found) = folders.into_iter().find(|folder| folder.title == title) {
            return Ok(found.uid);
        }
        if is_last {
            let made: Folder = asker.post(&["api", "folders"], &json!({"title": title}), title, told).await?;
            told(&Progress::FolderMade(made.title));
            return Ok(made.uid);
        }
    }
    Err(asker.strange(&["api", "folders"]))
}

//! The shipped dashboards, put into a Grafana through its HTTP API.
//!
//! Not their content, and not a client for anything else of Grafana.
//! Invariant: pushing twice leaves what pushing once does, so a push that failed in the middle is simply repeated.

mod address;
mod error;
mod folder;
mod request;
mod shipped;

use serde::Deserialize;
use serde_json::{Value, json};

pub use super::token::{Token, TokenError};
pub use address::{AddressError, GrafanaAddress};
pub use error::PushError;
pub use request::{Patience, Retry};
pub use shipped::{DASHBOARDS, ShippedDashboard};

use request::Asker;

/// Where to push, and as whom.
#[derive(Debug)]
pub struct Grafana {
    /// Its address, with the path it is served under.
    pub address: GrafanaAddress,
    /// Of a service account; none where anybody may do anything.
    pub token: Option<Token>,
    /// The title of the folder to put them in; none for the folder that is always there.
    pub folder: Option<String>,
    /// How long to wait, and how often.
    pub patience: Patience,
}

/// What has happened so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A folder of this title was made.
    FolderMade(String),
    /// A dashboard is there now, under this address.
    Pushed {
        /// Its title.
        title: String,
        /// Where it can be looked at.
        url: String,
    },
    /// Something failed that may pass, and is tried again.
    Again(Retry),
}

/// What Grafana says of a dashboard that it took.
#[derive(Deserialize)]
struct Taken {
    status: String,
    url: String,
}

/// Puts every shipped dashboard into Grafana, over whatever has its uid.
pub async fn push(grafana: &Grafana, mut told: impl FnMut(&Progress)) -> Result<(), PushError> {
    let asker = Asker::new(&grafana.address, grafana.token.as_ref(), grafana.patience)?;
    let folder_uid = match &grafana.folder {
        Some(title) => Some(folder::find_or_make(&asker, title, &mut told).await?),
        None => None,
    };
    for dashboard in &DASHBOARDS {
        let body = body(dashboard, folder_uid.as_deref())?;
        let title = body.pointer("/dashboard/title").and_then(Value::as_str).unwrap_or(dashboard.file).to_owned();
        let taken: Taken = asker.post(&["api", "dashboards", "db"], &body, &title, &mut told).await?;
        if taken.status != "success" {
            return Err(asker.strange(&["api", "dashboards", "db"]));
        }
        told(&Progress::Pushed { title, url: grafana.address.shown(&taken.url) });
    }
    Ok(())
}

/// What the API wants: see «Create / Update dashboard» of Grafana's HTTP API.
fn body(dashboard: &ShippedDashboard, folder_uid: Option<&str>) -> Result<Value, PushError> {
    let json: Value =
        serde_json::from_str(dashboard.json).map_err(|error| PushError::Shipped(dashboard.file, error))?;
    let message = concat!("Highwater ", env!("CARGO_PKG_VERSION"));
    let mut body = json!({"dashboard": json, "message": message, "overwrite": true});
    if let (Some(uid), Some(body)) = (folder_uid, body.as_object_mut()) {
        body.insert("folderUid".to_owned(), Value::from(uid));
    }
    Ok(body)
}

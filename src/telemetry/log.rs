//! Where log events go: standard error, one line each, as logfmt or JSON.
//!
//! Not a place for events themselves, and never standard output, which belongs to data.
//! Invariant: the level asked for is our own; libraries stay at warnings unless they are named.

use std::str::FromStr;

use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// The form of a log line; `--log.format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// `ts=… level=info target=… message=…`.
    #[default]
    Logfmt,
    /// One JSON object per line.
    Json,
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level is neither a level nor a list of `target=level`.
    #[error("log level: expected error, warn, info, debug, trace or `target=level,…`, got `{0}`")]
    Level(String),
    /// The format is not known.
    #[error("log format: expected logfmt or json, got `{0}`")]
    Format(String),
    /// Logging was set up before.
    #[error("logging is set up already")]
    Twice,
}

impl FromStr for LogFormat {
    type Err = LogError;

    fn from_str(text: &str) -> Result<Self, LogError> {
        match text {
            "logfmt" => Ok(Self::Logfmt),
            "json" => Ok(Self::Json),
            _ => Err(LogError::Format(text.to_owned())),
        }
    }
}

/// Which events are logged; `--log.level`. Either a level for our own events, or `target=level`
/// pairs as `RUST_LOG` has them, for those who look for trouble in a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLevel(String);

impl Default for LogLevel {
    fn default() -> Self {
        Self("warn,highwater=info".to_owned())
    }
}

impl FromStr for LogLevel {
    type Err = LogError;

    fn from_str(text: &str) -> Result<Self, LogError> {
        let directives = match text.to_ascii_lowercase().as_str() {
            level @ ("off" | "error") => level.to_owned(),
            level @ ("warn" | "info" | "debug" | "trace") => format!("warn,highwater={level}"),
            _ if text.contains('=') => text.to_owned(),
            _ => return Err(LogError::Level(text.to_owned())),
        };
        match EnvFilter::try_new(&directives) {
            Ok(_) => Ok(Self(directives)),
            Err(_) => Err(LogError::Level(text.to_owned())),
        }
    }
}

/// Sends all events of this process to standard error from now on.
pub fn init(level: &LogLevel, format: LogFormat) -> Result<(), LogError> {
    subscriber(level, format, std::io::stderr)?.try_init().map_err(|_| LogError::Twice)
}

fn subscriber<W>(level: &LogLevel, format: LogFormat, writer: W) -> Result<impl Subscriber + Send + Sync, LogError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&level.0).map_err(|_| LogError::Level(level.0.clone()))?;
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Logfmt => Box::new(
            tracing_subscriber::fmt::layer()
                .event_format(tracing_logfmt::EventsFormatter::default())
                .fmt_fields(tracing_logfmt::FieldsFormatter::default())
                .with_writer(writer),
        ),
        LogFormat::Json => Box::new(tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(writer)),
    };
    Ok(tracing_subscriber::registry().with(lines).with(filter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no writer panicked").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: &str, format: LogFormat) -> String {
        let sink = Sink::default();
        let writer = sink.clone();
        let level = level.parse().expect("a level");
        let subscriber = subscriber(&level, format, move || writer.clone()).expect("a subscriber");
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(target: "highwater::poller", cluster = "or\"ders", took_seconds = 1.5, "poll finished");
            tracing::info!(target: "hyper::proto", "noise");
            tracing::debug!(target: "highwater::kafka", "detail");
        });
        let bytes = sink.0.lock().expect("no writer panicked").clone();
        String::from_utf8(bytes).expect("log lines are text")
    }

    #[test]
    fn a_plain_level_is_for_our_own_events() {
        let text = logged("info", LogFormat::Logfmt);
        assert_eq!(text.lines().count(), 1, "{text}");
        for part in ["level=info", "message=\"poll finished\"", "cluster=\"or\\\"ders\"", "took_seconds=1.5"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert_eq!(logged("debug", LogFormat::Logfmt).lines().count(), 2);
        assert_eq!(logged("ERROR", LogFormat::Logfmt), "");
        assert_eq!(logged("hyper=info", LogFormat::Logfmt).lines().count(), 1);
    }

    #[test]
    fn a_json_line_is_one_object_with_the_fields_at_its_top() {
        let text = logged("info", LogFormat::Json);
        let line: serde_json::Value = serde_json::from_str(text.trim_end()).expect("one object");
        assert_eq!(line["cluster"], "or\"ders");
        assert_eq!(line["message"], "poll finished");
        assert_eq!(line["level"], "INFO");
    }

    #[test]
    fn what_is_not_a_level_or_format_is_refused_in_its_own_words() {
        for wrong in ["loud", "", "highwater=loud"] {
            let error = wrong.parse::<LogLevel>().expect_err("not a level");
            assert!(error.to_string().contains(&format!("`{wrong}`")), "{error}");
        }
        assert!("xml".parse::<LogFormat>().is_err());
    }
}

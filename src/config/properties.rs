//! A cluster's `properties`: standard Kafka client properties, as pasted from a client that works.
//!
//! Not a pass-through: what has no effect here is a mistake, so that nobody believes it has.
//! Invariant: the value of a secret property enters no message.

use super::bootstrap;
use super::complaint::{Complaint, Reading, Reported};
use super::entry::Entry;
use super::hint::did_you_mean;
use super::known::{PROPERTIES, Support};
use super::mapping::shown_name;
use super::meaning::BrokerAddress;

/// How we name ourselves unless told otherwise.
const CLIENT_ID: &str = "highwater";
const PLAINTEXT: &str = "PLAINTEXT";
const NOT_YET: &str = "not supported yet: this version speaks PLAINTEXT only";
/// No reason to be longer, and it is sent with every request.
const CLIENT_ID_BYTES_MAX: usize = 255;

/// What properties say about connecting.
pub(super) struct Connection {
    pub(super) bootstrap: Vec<BrokerAddress>,
    pub(super) client_id: String,
}

/// Reads the properties, with those given as flags put in place.
pub(super) fn read(
    entry: Entry,
    flags: &[(String, String)],
    bootstrap_flag: Option<&str>,
    reading: &mut Reading<'_>,
) -> Result<Connection, Reported> {
    let mut properties = entry.mapping(reading)?;
    if let Some(text) = bootstrap_flag {
        properties.put("bootstrap.servers", "--bootstrap".to_owned(), text);
    }
    for (name, value) in flags {
        properties.put(name, format!("--property {}", shown_name(name)), value);
    }
    let bootstrap = bootstrap(&properties.take("bootstrap.servers"), reading);
    let client_id = client_id(&properties.take("client.id"), reading);
    let protocol = properties.take("security.protocol").value_or(reading, (), plaintext_only);
    let refused: Vec<_> =
        properties.rest().into_iter().map(|(name, entry)| (entry.key, complaint_about(&name))).collect();
    if !refused.is_empty() {
        return Err(reading.note_all(refused));
    }
    protocol?;
    Ok(Connection { bootstrap: bootstrap?, client_id: client_id? })
}

/// Whether this is the name of a known property, wherever it was written.
pub(super) fn is_property(name: &str) -> bool {
    PROPERTIES.iter().any(|property| property.name == name)
}

fn bootstrap(entry: &Entry, reading: &mut Reading<'_>) -> Result<Vec<BrokerAddress>, Reported> {
    let Some(text) = entry.text(reading)? else {
        let complaint = Complaint::new("missing").hint("name a broker, such as `kafka-1:9092`".to_owned());
        return Err(reading.note(&entry.key, complaint));
    };
    bootstrap::addresses(text.value()).map_err(|complaints| {
        reading.note_all(complaints.into_iter().map(|complaint| (entry.key.clone(), text.quoted(complaint))))
    })
}

fn client_id(entry: &Entry, reading: &mut Reading<'_>) -> Result<String, Reported> {
    let Some(text) = entry.text(reading)? else { return Ok(CLIENT_ID.to_owned()) };
    entry.judged(reading, &text, |text| {
        if (1..=CLIENT_ID_BYTES_MAX).contains(&text.len()) {
            Ok(text.to_owned())
        } else {
            Err(Complaint::new(format!("expected a name of 1 to {CLIENT_ID_BYTES_MAX} bytes")))
        }
    })
}

fn plaintext_only(protocol: &str) -> Result<(), Complaint> {
    let secured = ["SSL", "SASL_PLAINTEXT", "SASL_SSL"];
    // Java and librdkafka differ in the case they take; both are pasted.
    let upper = protocol.to_ascii_uppercase();
    if upper == PLAINTEXT {
        Ok(())
    } else if secured.contains(&upper.as_str()) {
        Err(Complaint::new(format!("{upper} is {NOT_YET}")).without_value())
    } else {
        let hint = did_you_mean(protocol, [PLAINTEXT].into_iter().chain(secured));
        Err(Complaint::new("expected `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`").hint(hint))
    }
}

fn complaint_about(name: &str) -> Complaint {
    let Some(property) = PROPERTIES.iter().find(|property| property.name == name) else {
        let hint = if name.contains('=') {
            Some("YAML is written `key: value`".to_owned())
        } else {
            did_you_mean(name, PROPERTIES.iter().map(|property| property.name))
        };
        return Complaint::new("unknown property").hint(hint);
    };
    match property.support {
        // Those that work have been taken before, so none of them comes here.
        Support::Works | Support::Later => Complaint::new(NOT_YET),
        Support::JavaOnly(equivalent) => {
            Complaint::new(format!("for Java clients only, and {NOT_YET}")).hint(equivalent.to_owned())
        }
        Support::Elsewhere(place) => Complaint::new("has no effect here").hint(place.to_owned()),
        Support::NoEffect => {
            Complaint::new("has no effect here: no record is read or written").hint("leave it out".to_owned())
        }
    }
}

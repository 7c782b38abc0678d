//! The Kafka client properties that are known, with what they mean and how far they are supported.
//!
//! Not all of Kafka's: those an operator is likely to paste from a client that works.
//! Invariant: a property that would change nothing is refused with a reason, never ignored.

/// How a known property fares in this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It works.
    Works,
    /// It belongs to secured connections.
    Later,
    /// Only clients on the JVM have it; the equivalent, as a hint.
    JavaOnly(&'static str),
    /// It is called otherwise here; where, as a hint.
    Elsewhere(&'static str),
    /// It would change nothing, since it is about reading or writing records.
    NoEffect,
}

/// A Kafka client property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name in Java clients or in librdkafka.
    pub name: &'static str,
    /// What it is for.
    pub meaning: &'static str,
    /// Whether its value may never be shown.
    pub secret: bool,
    /// Whether it works.
    pub support: Support,
}

const fn property(name: &'static str, meaning: &'static str, support: Support) -> Property {
    Property { name, meaning, secret: false, support }
}

const fn secret(name: &'static str, meaning: &'static str, support: Support) -> Property {
    Property { name, meaning, secret: true, support }
}

use Support::{Elsewhere, JavaOnly, Later, NoEffect, Works};

const CA: &str = "the equivalent is `ssl.ca.location` with a PEM file";
const KEY: &str = "the equivalent is `ssl.certificate.location` and `ssl.key.location` with PEM files";
const LOGIN: &str = "the equivalent is `sasl.mechanism`, `sasl.username` and `sasl.password`";
const TOKEN: &str = "the equivalent is `sasl.oauthbearer.token.endpoint.url` and its companions";
const REQUEST: &str = "the equivalent is `poll.request_timeout`";

/// All of them.
pub const PROPERTIES: &[Property] = &[
    property("bootstrap.servers", "brokers to ask first, `host:port`, separated by commas", Works),
    property("client.id", "our name in the logs and quotas of the brokers", Works),
    property("security.protocol", "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; so far PLAINTEXT only", Works),
    property("sasl.mechanism", "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER", Later),
    property("sasl.mechanisms", "the same as `sasl.mechanism`", Later),
    property("sasl.username", "who logs in", Later),
    secret("sasl.password", "the password", Later),
    property("sasl.oauthbearer.method", "how a token is got", Later),
    property("sasl.oauthbearer.token.endpoint.url", "where a token is got", Later),
    property("sasl.oauthbearer.client.id", "who asks for a token", Later),
    secret("sasl.oauthbearer.client.secret", "the password for it", Later),
    property("sasl.oauthbearer.scope", "what the token is for", Later),
    property("sasl.oauthbearer.extensions", "what else is sent with the token", Later),
    secret("sasl.oauthbearer.config", "settings of librdkafka's own tokens", Later),
    property("sasl.kerberos.service.name", "the name of the brokers in Kerberos", Later),
    property("sasl.kerberos.principal", "who logs in by Kerberos", Later),
    property("sasl.kerberos.keytab", "the file with the key for it", Later),
    property("ssl.ca.location", "PEM file of the authorities that are trusted", Later),
    property("ssl.ca.pem", "the same as text", Later),
    property("ssl.certificate.location", "PEM file of our certificate", Later),
    property("ssl.certificate.pem", "the same as text", Later),
    property("ssl.key.location", "PEM file of the key of our certificate", Later),
    secret("ssl.key.pem", "the same as text", Later),
    secret("ssl.key.password", "the password of that key", Later),
    property("ssl.endpoint.identification.algorithm", "`https` compares the broker's name with its certificate", Later),
    property("enable.ssl.certificate.verification", "whether the broker's certificate is checked", Later),
    property("ssl.cipher.suites", "ciphers that may be used", Later),
    property("ssl.enabled.protocols", "versions of TLS that may be used", Later),
    property("ssl.protocol", "version of TLS that is used", Later),
    property("ssl.truststore.location", "Java's file of trusted authorities", JavaOnly(CA)),
    property("ssl.truststore.type", "the format of that file", JavaOnly(CA)),
    secret("ssl.truststore.password", "the password of that file", JavaOnly(CA)),
    property("ssl.truststore.certificates", "trusted authorities as text", JavaOnly("the equivalent is `ssl.ca.pem`")),
    property("ssl.keystore.location", "Java's file of our certificate and key", JavaOnly(KEY)),
    property("ssl.keystore.type", "the format of that file", JavaOnly(KEY)),
    secret("ssl.keystore.password", "the password of that file", JavaOnly(KEY)),
    secret("ssl.keystore.key", "our key as text", JavaOnly("the equivalent is `ssl.key.pem`")),
    property(
        "ssl.keystore.certificate.chain",
        "our certificate as text",
        JavaOnly("the equivalent is `ssl.certificate.pem`"),
    ),
    secret("sasl.jaas.config", "Java's line with user and password", JavaOnly(LOGIN)),
    property("sasl.client.callback.handler.class", "Java class that logs in", JavaOnly(LOGIN)),
    property("sasl.login.callback.handler.class", "Java class that gets a token", JavaOnly(TOKEN)),
    property("metadata.broker.list", "librdkafka's other name of the brokers", Elsewhere("write `bootstrap.servers`")),
    property("request.timeout.ms", "what one answer may take", Elsewhere(REQUEST)),
    property("socket.timeout.ms", "librdkafka's name of the same", Elsewhere(REQUEST)),
    property("default.api.timeout.ms", "what a whole question may take", Elsewhere("the equivalent is `poll.timeout`")),
    property(
        "receive.message.max.bytes",
        "the largest answer that is read",
        Elsewhere("the equivalent is `poll.frame_bytes_max`"),
    ),
    property("metadata.max.age.ms", "how often brokers are asked what there is", Elsewhere("every poll asks anew")),
    property("group.id", "the group that reads", NoEffect),
    property("group.instance.id", "the member of a group", NoEffect),
    property("auto.offset.reset", "where a group begins to read", NoEffect),
    property("enable.auto.commit", "whether reading commits", NoEffect),
    property("auto.commit.interval.ms", "how often reading commits", NoEffect),
    property("session.timeout.ms", "when a member is taken for dead", NoEffect),
    property("heartbeat.interval.ms", "how often a member shows that it lives", NoEffect),
    property("max.poll.interval.ms", "when a member is taken for stuck", NoEffect),
    property("max.poll.records", "records read at once", NoEffect),
    property("isolation.level", "whether open transactions are read", NoEffect),
    property("key.deserializer", "Java class that reads keys", NoEffect),
    property("value.deserializer", "Java class that reads values", NoEffect),
    property("key.serializer", "Java class that writes keys", NoEffect),
    property("value.serializer", "Java class that writes values", NoEffect),
    property("acks", "copies that a write waits for", NoEffect),
    property("compression.type", "how records are compressed", NoEffect),
    property("linger.ms", "how long writes are gathered", NoEffect),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::PROPERTIES;

    #[test]
    fn each_is_listed_once() {
        let names: BTreeSet<&str> = PROPERTIES.iter().map(|property| property.name).collect();
        assert_eq!(names.len(), PROPERTIES.len());
    }

    #[test]
    fn what_sounds_secret_is_secret() {
        for property in PROPERTIES {
            let name = property.name;
            let sounds =
                ["password", "secret", "jaas", "key.pem", "keystore.key"].iter().any(|word| name.contains(word));
            assert_eq!(property.secret, sounds || name == "sasl.oauthbearer.config", "{name}");
        }
    }
}

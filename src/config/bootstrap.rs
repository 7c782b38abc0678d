//! `bootstrap.servers`: the brokers that are asked first.
//!
//! Not a look-up of names: whether a host exists is seen when it is connected to.
//! Invariant: a list that is returned has at least one address, each once.

use std::net::Ipv6Addr;

use super::complaint::Complaint;
use super::meaning::BrokerAddress;

/// Reads `host:port[,host:port…]`, or complains about every item that is none.
pub(super) fn addresses(text: &str) -> Result<Vec<BrokerAddress>, Vec<Complaint>> {
    let mut addresses = Vec::new();
    let mut complaints = Vec::new();
    for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        match address(item) {
            Ok(address) if addresses.contains(&address) => {}
            Ok(address) => addresses.push(address),
            Err(complaint) => complaints.push(complaint),
        }
    }
    if addresses.is_empty() && complaints.is_empty() {
        complaints.push(Complaint::new("expected `host:port`, several separated by commas").about(text));
    }
    if complaints.is_empty() { Ok(addresses) } else { Err(complaints) }
}

fn address(item: &str) -> Result<BrokerAddress, Complaint> {
    let expected = Complaint::new("expected `host:port`");
    // User and password may stand before an `@`, so such an item is not repeated.
    if item.contains('@') {
        return Err(expected.without_value().hint("user and password are no part of the address".to_owned()));
    }
    let expected = expected.about(item);
    if let Some((scheme, rest)) = item.split_once("://") {
        let hint = format!("leave out `{scheme}://`, so that `{}` remains", rest.trim_end_matches('/'));
        return Err(expected.hint(hint));
    }
    if item.contains(char::is_whitespace) {
        return Err(expected.hint("separate brokers by commas".to_owned()));
    }
    let (host, port) = split(item).map_err(|hint| expected.clone().hint(hint))?;
    let port = match port.parse() {
        Ok(port) if port > 0 => port,
        _ => return Err(expected.hint("the port is a number from 1 to 65535".to_owned())),
    };
    Ok(BrokerAddress { host: host.to_owned(), port })
}

/// Host, without the brackets of IPv6, and port; or a hint.
fn split(item: &str) -> Result<(&str, &str), Option<String>> {
    if let Some(rest) = item.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or_else(|| Some("close the bracket".to_owned()))?;
        if host.parse::<Ipv6Addr>().is_err() {
            return Err(Some("an IPv6 address stands within the brackets".to_owned()));
        }
        let port = after.strip_prefix(':').ok_or_else(|| Some(format!("add the port, usually `[{host}]:9092`")))?;
        return Ok((host, port));
    }
    if item.parse::<Ipv6Addr>().is_ok() || item.matches(':').count() > 1 {
        return Err(Some("an IPv6 address needs brackets, as in `[::1]:9092`".to_owned()));
    }
    let is_host = |host: &str| {
        let allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
        !host.is_empty() && host.chars().all(allowed)
    };
    match item.split_once(':') {
        Some((host, port)) if is_host(host) => Ok((host, port)),
        None if is_host(item) => Err(Some(format!("add the port, usually `{item}:9092`"))),
        _ => Err(Some("a host is made of letters, digits, `.`, `-` and `_`".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::addresses;
    use crate::config::complaint::Complaint;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let read = addresses(text).expect("a list of addresses");
        let read: Vec<String> = read.iter().map(ToString::to_string).collect();
        assert_eq!(read, expected);
    }

    #[track_caller]
    fn check_refused(item: &str, hint: Option<&str>) {
        let complaint = Complaint::new("expected `host:port`").about(item).hint(hint.map(str::to_owned));
        assert_eq!(addresses(item), Err(vec![complaint]), "{item}");
    }

    #[test]
    fn lists_tolerate_spaces_and_repetition() {
        check("kafka-1:9092", &["kafka-1:9092"]);
        check(" kafka-1:9092 , 10.0.0.2:9093,,kafka-1:9092, ", &["kafka-1:9092", "10.0.0.2:9093"]);
        check("[::1]:9092,broker_1.example:1", &["[::1]:9092", "broker_1.example:1"]);
    }

    #[test]
    fn what_is_no_address_gets_a_hint() {
        check_refused("kafka-2", Some("add the port, usually `kafka-2:9092`"));
        check_refused("[::1]", Some("add the port, usually `[::1]:9092`"));
        check_refused("::1", Some("an IPv6 address needs brackets, as in `[::1]:9092`"));
        check_refused("::1:9092", Some("an IPv6 address needs brackets, as in `[::1]:9092`"));
        check_refused("[::1:9092", Some("close the bracket"));
        check_refused("[kafka]:9092", Some("an IPv6 address stands within the brackets"));
        check_refused("PLAINTEXT://kafka-1:9092", Some("leave out `PLAINTEXT://`, so that `kafka-1:9092` remains"));
        check_refused("http://kafka-1:9092/", Some("leave out `http://`, so that `kafka-1:9092` remains"));
        check_refused("kafka-1:9092 kafka-2:9092", Some("separate brokers by commas"));
        check_refused("kafka-1:kafka", Some("the port is a number from 1 to 65535"));
        check_refused("kafka-1:0", Some("the port is a number from 1 to 65535"));
        check_refused("kafka-1:65536", Some("the port is a number from 1 to 65535"));
        check_refused("kafka-1:", Some("the port is a number from 1 to 65535"));
        check_refused(":9092", Some("a host is made of letters, digits, `.`, `-` and `_`"));
        check_refused("kafka/1:9092", Some("a host is made of letters, digits, `.`, `-` and `_`"));
    }

    #[test]
    fn an_empty_list_is_refused() {
        for text in ["", " , "] {
            let complaint = Complaint::new("expected `host:port`, several separated by commas").about(text);
            assert_eq!(addresses(text), Err(vec![complaint]));
        }
    }

    #[test]
    fn every_item_is_told_and_no_password_is_repeated() {
        let complaints = addresses("a,b:9092,c").expect_err("two items have no port");
        assert_eq!(complaints.len(), 2);
        let complaints = addresses("kafka://alice:hunter2@kafka-1:9092").expect_err("a URL");
        assert!(!format!("{complaints:?}").contains("hunter2"), "{complaints:?}");
    }
}

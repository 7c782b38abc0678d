//! The style of log messages: lowercase, no full stop, so that a `grep` finds them all.
//!
//! It is NOT about which events are worth logging. Invariant: only the message is judged, never a field.

use proc_macro2::{TokenStream, TokenTree};

use super::Finding;
use super::source::Source;

const MACROS: &[&str] = &["trace", "debug", "info", "warn", "error", "event"];

/// Messages of `tracing`'s macros that break the style.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    walk(source.tokens.clone(), &mut |line, message| {
        if message.starts_with(char::is_uppercase) {
            let reason = format!("a log message starts in lowercase: {message:?}");
            findings.push(Finding::new(&source.path, line, reason));
        }
        if message.ends_with(['.', '!', '\n']) {
            let reason = format!("a log message has no full stop: {message:?}");
            findings.push(Finding::new(&source.path, line, reason));
        }
    });
    findings
}

fn walk(tokens: TokenStream, found: &mut impl FnMut(usize, &str)) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let before = at.checked_sub(2).and_then(|start| tokens.get(start..at));
        if let Some([TokenTree::Ident(name), TokenTree::Punct(mark)]) = before
            && mark.as_char() == '!'
            && MACROS.iter().any(|wanted| name == wanted)
            && let Some((line, message)) = message(group.stream())
        {
            found(line, &message);
        }
        walk(group.stream(), found);
    }
}

/// The message: the argument that is a string literal, whole or followed by what it formats. A literal that is
/// followed by `=` or `:` is the name of a field.
fn message(arguments: TokenStream) -> Option<(usize, String)> {
    let tokens: Vec<_> = arguments.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    tokens.split(is_comma).find_map(|argument| {
        let [TokenTree::Literal(literal)] = argument else { return None };
        let text = literal.to_string();
        let opened = text.trim_start_matches('r').trim_start_matches('#').strip_prefix('"')?;
        let message = opened.trim_end_matches('#').strip_suffix('"')?;
        Some((literal.span().start().line, message.to_owned()))
    })
}

#[test]
fn messages_are_judged_and_fields_are_not() {
    let finds = |text: &str| check(&Source::new("src/kafka.rs", format!("fn f() {{ {text} }}"))).len();
    assert_eq!(finds("info!(\"Connected\");"), 1);
    assert_eq!(finds("tracing::warn!(error = %error, \"could not connect.\");"), 1);
    assert_eq!(finds("if a { tracing::error!(broker = 1, \"Poll failed.\"); }"), 2);
    assert_eq!(finds("info!(broker = 1, \"connected to {}\", name);"), 0);
    assert_eq!(finds("info!(name = \"Broker.\", \"connected\");"), 0);
    assert_eq!(finds("print!(\"Connected.\");"), 0);
}

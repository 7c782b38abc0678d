//! Work that is left for later or switched off, and assertions that cannot fail or fail by chance.
//!
//! It is NOT a judgement of what is worth testing.
//! Invariant: the words looked for are put together from pieces, so that this file does not find itself.

use proc_macro2::{TokenStream, TokenTree};

use super::Finding;
use super::source::Source;

const MARKS: &[&str] = &[concat!("FIX", "ME"), concat!("XX", "X"), concat!("TO", "DO")];
const MACROS: &[&str] = &[concat!("to", "do"), concat!("unimple", "mented")];

/// Everything of that kind in one file.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        for mark in MARKS.iter().filter(|mark| line.split(|c: char| !c.is_alphanumeric()).any(|word| word == **mark)) {
            let reason = format!("`{mark}` is work left undone: do it, or open an issue");
            findings.push(Finding::new(&source.path, index + 1, reason));
        }
        let fence = line.trim_start().trim_start_matches("//!").trim_start_matches("///").trim_start();
        if line.trim_start().starts_with("//") && fence.starts_with("```ignore") {
            findings.push(Finding::new(&source.path, index + 1, "an example that is not compiled goes stale"));
        }
    }
    walk(source.tokens.clone(), source, &mut findings);
    findings
}

fn walk(tokens: TokenStream, source: &Source, findings: &mut Vec<Finding>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let reason = match at.checked_sub(2).and_then(|start| tokens.get(start..at)) {
            Some([TokenTree::Ident(name), TokenTree::Punct(mark)]) if mark.as_char() == '!' => {
                judge_macro(&name.to_string(), group.stream())
            }
            _ => None,
        };
        let follows_hash = at > 0 && matches!(&tokens[at - 1], TokenTree::Punct(hash) if hash.as_char() == '#');
        let switched_off = follows_hash && has_word(group.stream(), "ignore");
        let reason = reason.or_else(|| switched_off.then_some("a test that does not run shows nothing"));
        if let Some(reason) = reason {
            findings.push(Finding::new(&source.path, token.span().start().line, reason));
        }
        walk(group.stream(), source, findings);
    }
}

fn judge_macro(name: &str, arguments: TokenStream) -> Option<&'static str> {
    if MACROS.contains(&name) {
        return Some("a stub is work left undone");
    }
    if !name.contains("assert") {
        return None;
    }
    if has_word(arguments.clone(), "elapsed") {
        return Some("an assertion on how long something took fails on a busy machine");
    }
    let mut tokens = arguments.into_iter();
    let is_true = matches!(tokens.next(), Some(TokenTree::Ident(word)) if word == "true");
    let alone = tokens.next().is_none_or(|next| next.to_string() == ",");
    (name.ends_with("assert") && is_true && alone).then_some("an assertion that cannot fail shows nothing")
}

fn has_word(tokens: TokenStream, wanted: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == wanted,
        TokenTree::Group(group) => has_word(group.stream(), wanted),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

#[test]
fn unfinished_work_and_empty_assertions_are_found() {
    let finds = |text: &str| check(&Source::new("src/kafka.rs", text)).len();
    for mark in MARKS {
        assert_eq!(finds(&format!("// {mark}: later")), 1, "{mark}");
        assert_eq!(finds(&format!("// {mark}Y")), 0, "{mark}");
    }
    for name in MACROS {
        assert_eq!(finds(&format!("fn f() {{ {name}!() }}")), 1, "{name}");
    }
    assert_eq!(finds(concat!("#[", "ignore]\nfn f() {}")), 1);
    assert_eq!(finds(concat!("#[cfg_attr(windows, ", "ignore = \"slow\")]\nfn f() {}")), 1);
    assert_eq!(finds(concat!("/// ```", "ignore\n/// f();\n/// ```\nfn f() {}")), 1);
    assert_eq!(finds(concat!("fn f() { assert", "!(true, \"fine\"); }")), 1);
    assert_eq!(finds(concat!("fn f() { debug_assert", "!(true); }")), 1);
    assert_eq!(finds(concat!("fn f() { assert", "!(start.elapsed() < limit); }")), 1);
    assert_eq!(finds("fn f(ignore: bool) { assert!(ignore); assert_eq!(true, ignore); start.elapsed(); }"), 0);
}

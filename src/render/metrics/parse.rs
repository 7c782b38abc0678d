//! A reader of both text formats, for tests only.
//!
//! It shares nothing with the writer, so that a mistake there is not mirrored here.
//! Invariant: it is stricter than Prometheus: what it takes, any scraper takes.

use std::collections::{BTreeMap, BTreeSet};

/// One family of a page.
#[derive(Debug, PartialEq)]
pub(super) struct Parsed {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) help: String,
    pub(super) samples: Vec<Sample>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: Vec<(String, String)>,
    pub(super) value: String,
}

impl Sample {
    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a page, or says what is wrong with it.
pub(super) fn parse(page: &str, is_openmetrics: bool) -> Result<BTreeMap<String, Parsed>, String> {
    let body = if is_openmetrics { page.strip_suffix("# EOF\n").ok_or("no # EOF at the end")? } else { page };
    let mut families: Vec<Parsed> = Vec::new();
    let mut seen = BTreeSet::new();
    let lines = body.strip_suffix('\n').ok_or("the last line does not end")?.split('\n');
    for line in lines {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').ok_or("HELP without text")?;
            families.push(Parsed {
                name: name.to_owned(),
                kind: String::new(),
                help: unescape(help, is_openmetrics)?,
                samples: Vec::new(),
            });
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let family = families.last_mut().ok_or("TYPE before HELP")?;
            let (name, kind) = rest.split_once(' ').ok_or("TYPE without a word")?;
            if name != family.name || !family.kind.is_empty() {
                return Err(format!("TYPE out of place: {line}"));
            }
            family.kind = kind.to_owned();
        } else {
            let sample = sample(line)?;
            let family = families.last_mut().ok_or("sample before HELP")?;
            check_name(family, &sample.name, is_openmetrics)?;
            let mut labels = sample.labels.clone();
            labels.sort();
            if !seen.insert((sample.name.clone(), labels)) {
                return Err(format!("duplicate series: {line}"));
            }
            family.samples.push(sample);
        }
    }
    let count = families.len();
    let by_name: BTreeMap<_, _> = families.into_iter().map(|family| (family.name.clone(), family)).collect();
    if by_name.len() == count { Ok(by_name) } else { Err("a family is there twice".to_owned()) }
}

fn check_name(family: &Parsed, sample: &str, is_openmetrics: bool) -> Result<(), String> {
    let suffix = sample.strip_prefix(&family.name).ok_or(format!("{sample} in {}", family.name))?;
    let is_right = match family.kind.as_str() {
        "counter" if is_openmetrics => suffix == "_total",
        "gauge" | "counter" => suffix.is_empty(),
        "histogram" => ["_bucket", "_sum", "_count"].contains(&suffix),
        _ => false,
    };
    if is_right { Ok(()) } else { Err(format!("{sample} is no sample of {} {}", family.kind, family.name)) }
}

fn sample(line: &str) -> Result<Sample, String> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let name_end = line.find(|letter| !is_name(letter)).ok_or(format!("no value: {line}"))?;
    let (name, mut rest) = line.split_at(name_end);
    let mut labels = Vec::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        loop {
            let (label, quoted) = rest.split_once("=\"").ok_or(format!("no label: {line}"))?;
            if label.is_empty() || !label.chars().all(is_name) {
                return Err(format!("label name {label:?}: {line}"));
            }
            let end = closing_quote(quoted).ok_or(format!("no closing quote: {line}"))?;
            labels.push((label.to_owned(), unescape(&quoted[..end], true)?));
            let after = &quoted[end + 1..];
            if let Some(more) = after.strip_prefix(',') {
                rest = more;
            } else {
                rest = after.strip_prefix('}').ok_or(format!("no closing brace: {line}"))?;
                break;
            }
        }
    }
    let value = rest.strip_prefix(' ').ok_or(format!("no space before the value: {line}"))?;
    value.parse::<f64>().map_err(|error| format!("{error}: {line}"))?;
    Ok(Sample { name: name.to_owned(), labels, value: value.to_owned() })
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if !is_escaped => return Some(place),
            b'\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    None
}

fn unescape(text: &str, has_quotes: bool) -> Result<String, String> {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('\\') => plain.push('\\'),
                Some('n') => plain.push('\n'),
                Some('"') if has_quotes => plain.push('"'),
                other => return Err(format!("escaped {other:?} in {text}")),
            },
            '"' if has_quotes => return Err(format!("bare quote in {text}")),
            _ => plain.push(letter),
        }
    }
    Ok(plain)
}

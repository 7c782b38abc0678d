//! Reads the tables that Kafka's tools print. It is NOT run by itself: `oracle` gives it what a tool printed.
//! Invariant: a line that is not understood is a failure, not a gap.

use std::collections::BTreeMap;

use super::ListedGroup;

/// A line about a partition of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) group: String,
    pub(crate) topic: String,
    pub(crate) partition: i32,
    numbers: BTreeMap<String, Option<i64>>,
}

impl Row {
    /// A column by its heading; `-` is none.
    ///
    /// # Panics
    /// When the table has no such column of numbers.
    pub(crate) fn number(&self, heading: &str) -> Option<i64> {
        *self.numbers.get(heading).unwrap_or_else(|| panic!("no column {heading}: {:?}", self.numbers))
    }
}

/// Reads the tables of `--describe --offsets`, one for each group.
///
/// A name may hold blanks, and even line breaks: what tells where it ends is the width of its column, which the
/// heading shows. `group` is the name where it is known, for names whose own end is blank.
pub(crate) fn parse_offsets(printed: &str, group: Option<&str>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut headings: Vec<&str> = Vec::new();
    let mut width = 0;
    let mut rest = printed;
    while !rest.is_empty() {
        let known = group.filter(|name| !headings.is_empty() && rest.starts_with(name));
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        if known.is_none() && line.starts_with("GROUP ") && line.contains(" TOPIC ") {
            headings = line.split_whitespace().skip(3).collect();
            width = line.find("TOPIC").unwrap_or_default();
            rest = after;
        } else if known.is_none() && line.is_empty() {
            rest = after;
        } else {
            let (name, after) = known.map_or_else(|| split_at_unit(rest, width), |name| rest.split_at(name.len()));
            let (line, after) = after.split_once('\n').unwrap_or((after, ""));
            rows.extend(parse_row(name.trim_end_matches(' '), line, &headings).map(|row| match known {
                Some(name) => Row { group: name.to_owned(), ..row },
                None => row,
            }));
            rest = after;
        }
    }
    rows
}

/// None for a member without a partition, whose topic is `-`.
fn parse_row(group: &str, line: &str, headings: &[&str]) -> Option<Row> {
    let mut fields = line.split_whitespace();
    let topic = fields.next()?;
    let partition = fields.next()?;
    if partition == "-" {
        return None;
    }
    let partition = partition.parse().unwrap_or_else(|_| panic!("not a partition of group {group}: {line}"));
    // What follows the numbers, the member and its client, may hold blanks too and is not looked at.
    let numbers = headings.iter().zip(fields).map_while(|(heading, field)| {
        let number = if field == "-" { None } else { Some(field.parse().ok()?) };
        Some(((*heading).to_owned(), number))
    });
    let numbers = numbers.collect();
    Some(Row { group: group.to_owned(), topic: topic.to_owned(), partition, numbers })
}

/// Java counts the width of a column in UTF-16 units.
fn split_at_unit(text: &str, width: usize) -> (&str, &str) {
    let mut units = 0;
    let end = text.char_indices().find(|(_, letter)| {
        units += letter.len_utf16();
        units > width
    });
    text.split_at(end.map_or(text.len(), |(at, _)| at))
}

/// The words in the last column of a list.
const STATES: [&str; 9] = [
    "Stable",
    "Empty",
    "Dead",
    "PreparingRebalance",
    "CompletingRebalance",
    "Assigning",
    "Reconciling",
    "NotReady",
    "Unknown",
];

/// Reads the table of `--list --state`, or of `--list --state --type`.
///
/// # Panics
/// On a table that ends in the middle of a group.
pub(crate) fn parse_groups(printed: &str) -> BTreeMap<String, ListedGroup> {
    let mut groups = BTreeMap::new();
    let mut lines = printed.lines().skip_while(|line| !line.starts_with("GROUP "));
    let has_types = lines.next().is_some_and(|heading| heading.contains(" TYPE "));
    let mut pending = String::new();
    for line in lines {
        pending.push_str(line);
        let Some((before, state)) = last_word(&pending).filter(|(_, word)| STATES.contains(word)) else {
            // The name goes on in the next line.
            pending.push('\n');
            continue;
        };
        let state = state.to_owned();
        let (name, kind) = match last_word(before).filter(|_| has_types) {
            Some((name, kind)) => (name, Some(kind.to_owned())),
            None => (before, None),
        };
        groups.insert(name.trim_end_matches(' ').to_owned(), ListedGroup { kind, state });
        pending.clear();
    }
    assert!(pending.trim().is_empty(), "a list of groups ends with: {pending}");
    groups
}

fn last_word(text: &str) -> Option<(&str, &str)> {
    text.trim_end_matches(' ').rsplit_once(' ')
}

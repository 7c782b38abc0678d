//! The catalogue of metric families for people and programs: what `highwater metrics` prints and the
//! documentation holds.
//!
//! Not a second list: every line is a row of [`FAMILIES`].
//! Invariant: all three outputs show all families in the order of the page.

use std::borrow::Cow;
use std::io::{self, Write};

use super::columns::{self, Column};
use super::json;
use super::metrics::{FAMILIES, Family};

/// How the catalogue is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatalogueOutput {
    /// Columns for a terminal.
    Table,
    /// A Markdown table.
    Markdown,
    /// An array of objects.
    Json,
}

/// Writes the catalogue. Errors are those of the sink.
pub fn catalogue(output: CatalogueOutput, out: &mut impl Write) -> io::Result<()> {
    match output {
        CatalogueOutput::Table => table(out),
        CatalogueOutput::Markdown => markdown(out),
        CatalogueOutput::Json => {
            serde_json::to_writer_pretty(&mut *out, &json::families())?;
            writeln!(out)
        }
    }
}

fn table(out: &mut impl Write) -> io::Result<()> {
    let columns = [
        Column { title: "FAMILY", is_number: false },
        Column { title: "TYPE", is_number: false },
        Column { title: "DEFAULT", is_number: false },
        Column { title: "LABELS", is_number: false },
    ];
    columns::write(&columns, out, |row| {
        FAMILIES.iter().try_for_each(|family| {
            let labels: Vec<_> = family.all_labels().collect();
            let default = if family.is_on_by_default { "on" } else { "off" };
            row([family.name.into(), family.kind.word().into(), default.into(), labels.join(",").into()])
        })
    })
}

fn markdown(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "| Family | Type | Labels | Meaning |\n|---|---|---|---|")?;
    for family in FAMILIES {
        let labels: Vec<_> = family.all_labels().map(|label| format!("`{label}`")).collect();
        let kind = family.kind.word();
        writeln!(out, "| `{}` | {kind} | {} | {} |", family.name, labels.join(", "), meaning(family))?;
    }
    Ok(())
}

fn meaning(family: &Family) -> Cow<'static, str> {
    // A name with underscores is code, and a bar would end the cell.
    let words: Vec<_> = family.help.split(' ').map(as_code).collect();
    let off = if family.is_on_by_default { "" } else { " Off by default." };
    format!("{}{off}", words.join(" ").replace('|', "\\|")).into()
}

fn as_code(word: &str) -> String {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.');
    let name = word.split(|letter| !is_name(letter)).find(|part| part.contains('_')).unwrap_or_default();
    match name.trim_end_matches('.') {
        "" => word.to_owned(),
        name => word.replacen(name, &format!("`{name}`"), 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(output: CatalogueOutput) -> String {
        let mut out = Vec::new();
        catalogue(output, &mut out).expect("a Vec takes all");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn every_family_has_its_line_in_order() {
        for (output, header_count) in [(CatalogueOutput::Table, 1), (CatalogueOutput::Markdown, 2)] {
            let page = written(output);
            let lines: Vec<_> = page.lines().skip(header_count).collect();
            assert_eq!(lines.len(), FAMILIES.len());
            for (line, family) in lines.iter().zip(FAMILIES) {
                assert!(line.contains(family.name), "{line}");
            }
        }
    }

    #[test]
    fn markdown_names_labels_and_default() {
        let page = written(CatalogueOutput::Markdown);
        let line = page.lines().find(|line| line.starts_with("| `kafka_consumergroup_lag_sum`")).expect("it is there");
        insta::assert_snapshot!(line, @r"| `kafka_consumergroup_lag_sum` | gauge | `cluster_name`, `consumergroup`, `topic` | The same as `kafka_consumergroup_topic_lag` under `kafka_exporter`'s name. Absent where no lag is known. Off by default. |");
    }

    #[test]
    fn json_says_what_the_table_says() {
        let page: serde_json::Value = serde_json::from_str(&written(CatalogueOutput::Json)).expect("JSON");
        let lag = page.as_array().expect("an array").iter().find(|family| family["name"] == "kafka_consumergroup_lag");
        let lag = lag.expect("it is there");
        assert_eq!(lag["labels"], serde_json::json!(["cluster_name", "consumergroup", "topic", "partition"]));
        assert_eq!((&lag["kind"], &lag["on_by_default"]), (&"gauge".into(), &true.into()));
    }
}

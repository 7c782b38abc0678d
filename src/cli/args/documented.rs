//! Every command line of the documentation, read as the program reads it.
//!
//! Not run: what is shown is that its words and flags exist.
//! Invariant: a command in any fenced block of any page is looked at.

use std::path::{Path, PathBuf};

use clap::Parser as _;

use super::Cli;

/// Folders without documentation of ours.
const ELSEWHERE: [&str; 3] = ["target", ".git", "node_modules"];

/// All Markdown below the folder.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() && !ELSEWHERE.iter().any(|name| path.ends_with(name)) {
            pages(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
}

/// The words of a line as a shell makes them of it: quotes, and nothing after a `#` or a pipe.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(end), _) if letter == end => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, '|' | '>' | '&' | ';') => break,
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// The commands of the program in the fenced blocks of a page, continued lines joined.
fn commands(page: &str) -> Vec<Vec<String>> {
    let mut is_fenced = false;
    let page = page.replace("\\\n", " ");
    let fenced = page.lines().filter(|line| {
        is_fenced ^= line.trim_start().starts_with("```");
        is_fenced
    });
    let lines = fenced.map(|line| words(line.trim().trim_start_matches("$ ").trim_start_matches("sudo ")));
    let is_ours = |words: &Vec<String>| words.first().is_some_and(|word| word.rsplit('/').next() == Some("highwater"));
    // A name alone at the start of a line is a program's output or a picture.
    lines.filter(|words| is_ours(words) && words.len() > 1).collect()
}

#[test]
fn every_command_of_the_documentation_is_taken() {
    let mut found = Vec::new();
    pages(Path::new(env!("CARGO_MANIFEST_DIR")), &mut found);
    let mut seen = 0;
    for page in found {
        let text = std::fs::read_to_string(&page).expect("the page can be read");
        for command in commands(&text) {
            seen += 1;
            match Cli::try_parse_from(&command) {
                Err(error) if error.use_stderr() => panic!("{}: {command:?}: {error}", page.display()),
                _ => {}
            }
        }
    }
    assert!(seen > 10, "only {seen} commands were seen");
}

#[test]
fn a_command_that_is_not_taken_is_found() {
    let page = "highwater nonsense\n```console\n$ target/release/highwater lag \\\n  --group 'a b' # all\nhighwater\n$ make x\n```\n";
    let commands = commands(page);
    assert_eq!(commands, [["target/release/highwater", "lag", "--group", "a b"]]);
    assert!(commands.iter().all(|command| Cli::try_parse_from(command).is_ok()));
    assert!(Cli::try_parse_from(words("highwater lag --grope x")).is_err());
    assert_eq!(words("curl 'a|b' | jq"), ["curl", "a|b"]);
}

//! Scenarios by name and by path.
//!
//! Not what is in them.
//! Invariant: a wrong name or path says what was wrong with it.

use std::fs;

use super::super::*;

#[test]
fn names_that_are_near_are_proposed() {
    let told = |name: &str| find(name).expect_err("it is unknown").to_string();
    insta::assert_snapshot!(told("slow-consumr"), @r"
    there is no scenario `slow-consumr`, and no file of this name
      hint: did you mean `slow-consumer`?
    ");
    assert!(told("earthquake").contains("hint: there are healthy, slow-consumer, "), "{}", told("earthquake"));
}

#[test]
fn a_file_is_read_and_named_in_messages() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let told = |name: &str| find(&path(name)).expect_err("it is wrong").to_string();
    fs::write(path("good.yml"), "name: mine\nstory: Mine.\n").expect("it can be written");
    assert_eq!(find(&path("good.yml")).map(|scenario| scenario.name), Ok("mine".to_owned()));
    fs::write(path("bad.yml"), "name: mine\nstorey: Mine.\n").expect("it can be written");
    let bad = path("bad.yml");
    let expected = format!("scenario `{bad}` has 1 problem\n  {bad}:2:1: storey: unknown key");
    assert!(told("bad.yml").starts_with(&expected), "{}", told("bad.yml"));
    fs::write(path("large.yml"), " ".repeat((1 << 20) + 1)).expect("it can be written");
    assert!(told("large.yml").ends_with("large.yml`: larger than 1 MiB"));
    fs::write(path("bytes.yml"), [0xff, 0xfe]).expect("it can be written");
    assert!(told("bytes.yml").ends_with("bytes.yml`: not UTF-8 text"));
    assert!(told("none.yml").ends_with("none.yml`: No such file or directory"));
}

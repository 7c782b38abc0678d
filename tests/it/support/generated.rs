//! Files that are made from others and kept in the repository. It is NOT what makes them.
//! Invariant: nothing is written unless [`SWITCH`] asks for it; a file that differs is a mistake otherwise.

use super::tree;

/// Set to anything, it writes the files instead of comparing them.
pub(crate) const SWITCH: &str = "HIGHWATER_UPDATE";

/// What differs between the file in the repository and what it should be, with the line where it begins.
pub(crate) fn mistakes(path: &str, wanted: &str) -> Option<String> {
    let file = tree::root().join(path);
    if std::env::var_os(SWITCH).is_some() {
        std::fs::create_dir_all(file.parent().expect("a file lies in a folder")).expect("the folder can be made");
        std::fs::write(&file, wanted).unwrap_or_else(|error| panic!("{path}: {error}"));
        return None;
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    difference(&found, wanted)
        .map(|line| format!("{path}:{line}: is not what its source makes of it; `{SWITCH}=1 make test` writes it"))
}

/// The first line, from 1, in which two texts differ.
fn difference(found: &str, wanted: &str) -> Option<usize> {
    let same = found.split('\n').zip(wanted.split('\n')).take_while(|(one, other)| one == other).count();
    (found != wanted).then_some(same + 1)
}

#[test]
fn a_difference_is_found_wherever_it_is() {
    assert_eq!(difference("a\nb\n", "a\nb\n"), None);
    assert_eq!(difference("a\nb\n", "a\nc\n"), Some(2));
    assert_eq!(difference("a\n", "a\nb\n"), Some(2));
    assert_eq!(difference("", "a\n"), Some(1));
    assert_eq!(difference("a\n", "a"), Some(2));
}

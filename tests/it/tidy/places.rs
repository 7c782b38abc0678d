//! Paths of a developer's machine and hosts of package registries, neither of which belong in a repository that is
//! built elsewhere.
//!
//! It is NOT about links to documentation. Invariant: the words looked for are put together from pieces, so that
//! this file does not find itself.

use super::Finding;

/// Folders that exist on one machine or one kind of machine.
const FOLDERS: &[&str] = &[concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];

/// Where package managers fetch from. Their clients know these; naming one here would break every mirror.
const HOSTS: &[&str] = &[
    concat!("crates", ".io"),
    concat!("npmjs", ".org"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("proxy.golang", ".org"),
    concat!("maven", ".org"),
    concat!("maven.apache", ".org"),
    concat!("deb.debian", ".org"),
    concat!("security.debian", ".org"),
    concat!("snapshot.debian", ".org"),
    concat!("archive.ubuntu", ".com"),
    concat!("dl-cdn.alpine", "linux"),
    concat!("docker", ".io"),
    concat!("ghcr", ".io"),
    concat!("gcr", ".io"),
    concat!("quay", ".io"),
    concat!("static.rust-lang", ".org"),
    concat!("rubygems", ".org"),
];

/// Such words in one file.
pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for folder in FOLDERS.iter().filter(|folder| starts_somewhere(line, folder)) {
            let reason = format!("`{folder}` is a path of one machine");
            findings.push(Finding::new(path, index + 1, reason));
        }
        for host in HOSTS.iter().filter(|host| line.contains(**host)) {
            let reason = format!("`{host}` is a registry: the package manager knows where to fetch");
            findings.push(Finding::new(path, index + 1, reason));
        }
    }
    findings
}

/// Whether a path starts with the folder, rather than having a folder of that name further down.
fn starts_somewhere(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '}' | ')' | '~')))
    })
}

#[test]
fn machine_paths_and_registry_hosts_are_found() {
    for folder in FOLDERS {
        assert_eq!(check("README.md", &format!("see {folder}x"))[0].line, 1, "{folder}");
        assert_eq!(check("README.md", &format!("\nsee /usr/local{folder}x")), [], "{folder}");
    }
    for host in HOSTS {
        assert_eq!(check("Makefile", &format!("\nfetch https://{host}/x"))[0].line, 2, "{host}");
    }
}

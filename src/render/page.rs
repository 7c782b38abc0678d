//! The landing page: every cluster at a glance, without a script.
//!
//! Not a dashboard: history and graphs are Grafana's.
//! Invariant: every value from outside is escaped; groups are named by whoever creates them.

use std::cmp::Reverse;
use std::fmt;
use std::io::{self, Write};

use super::{ClusterView, NoReport};
use crate::model::ClusterReport;

const HEAD: &str = include_str!("page.html");

/// As many groups and problems as are shown of each cluster.
const SHOWN_MAX: usize = 5;

/// What the page shows.
#[derive(Clone, Copy, Debug)]
pub struct LandingPage<'a> {
    /// The exporter's version.
    pub version: &'a str,
    /// The clusters, in the order they are shown.
    pub clusters: &'a [ClusterView<'a>],
}

/// Writes the page as HTML. Errors are those of the sink.
pub fn landing_page(page: &LandingPage<'_>, out: &mut impl Write) -> io::Result<()> {
    out.write_all(HEAD.as_bytes())?;
    for view in page.clusters {
        cluster(view, out)?;
    }
    writeln!(out, "<footer>Version {}</footer>\n</body>\n</html>", Html(page.version))
}

fn cluster(view: &ClusterView<'_>, out: &mut impl Write) -> io::Result<()> {
    let state = match (view.is_up, view.report) {
        (true, _) => "up",
        (false, Err(NoReport::NotPolled)) => "not polled yet",
        (false, _) => "down",
    };
    write!(out, "<section>\n<h2>{}</h2>\n<p>{state}", Html(view.name))?;
    if let Some(age) = view.age {
        write!(out, " · polled {} s ago", age.as_secs())?;
    }
    if let Some(error) = view.last_error {
        write!(out, "</p>\n<p>{}", Html(error))?;
    }
    match view.report {
        Err(why) => writeln!(out, "</p>\n<p>{}</p>", Html(why.sentence()))?,
        Ok(report) => {
            let snapshot = &report.snapshot;
            let (brokers, groups, problems) = (snapshot.brokers.len(), report.groups.len(), snapshot.problems.len());
            writeln!(out, " · {brokers} brokers · {groups} groups · {problems} problems</p>")?;
            worst_groups(report, out)?;
            first_problems(report, out)?;
        }
    }
    writeln!(out, "</section>")
}

fn worst_groups(report: &ClusterReport, out: &mut impl Write) -> io::Result<()> {
    let mut lagging: Vec<_> = report
        .groups
        .iter()
        .filter_map(|group| {
            Some((group.topics.iter().filter_map(|topic| topic.lag).reduce(u64::saturating_add)?, group))
        })
        .collect();
    if lagging.is_empty() {
        return Ok(());
    }
    lagging.sort_by_key(|(lag, group)| (Reverse(*lag), &group.id));
    writeln!(out, "<table>\n<tr><th>Group</th><th>State</th><th class=\"number\">Lag in records</th></tr>")?;
    for (lag, group) in lagging.iter().take(SHOWN_MAX) {
        let state = group.state.word();
        writeln!(out, "<tr><td>{}</td><td>{state}</td><td class=\"number\">{lag}</td></tr>", Html(&group.id))?;
    }
    writeln!(out, "</table>")
}

fn first_problems(report: &ClusterReport, out: &mut impl Write) -> io::Result<()> {
    let problems = &report.snapshot.problems;
    if problems.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h3>Not learned in the last poll</h3>\n<ul>")?;
    for problem in problems.iter().take(SHOWN_MAX) {
        writeln!(out, "<li>{}</li>", Html(&problem.detail))?;
    }
    match problems.len().saturating_sub(SHOWN_MAX) {
        0 => {}
        more => writeln!(out, "<li>and {more} more</li>")?,
    }
    writeln!(out, "</ul>")
}

/// Text that is safe as content and as a quoted attribute.
struct Html<'a>(&'a str);

impl fmt::Display for Html<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for letter in self.0.chars() {
            match letter {
                '&' => formatter.write_str("&amp;")?,
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '"' => formatter.write_str("&quot;")?,
                '\'' => formatter.write_str("&#39;")?,
                _ => formatter.write_char(letter)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{BrokerId, GroupId, Problem, ProblemKind, Question, Subject};
    use crate::render::world::{World, small_world};

    fn page(clusters: &[ClusterView<'_>]) -> String {
        let mut out = Vec::new();
        landing_page(&LandingPage { version: "1.2.3", clusters }, &mut out).expect("a Vec takes all");
        String::from_utf8(out).expect("UTF-8").strip_prefix(HEAD).expect("the head comes first").to_owned()
    }

    #[test]
    fn every_cluster_at_a_glance() {
        let report = small_world();
        insta::assert_snapshot!(page(&[
            ClusterView { name: "shop", is_up: true, age: Some(Duration::from_millis(4200)), last_error: None, report: Ok(&report) },
            ClusterView { name: "idle", is_up: false, age: None, last_error: None, report: Err(NoReport::NotPolled) },
        ]), @r#"
        <section>
        <h2>shop</h2>
        <p>up · polled 4 s ago · 2 brokers · 3 groups · 0 problems</p>
        <table>
        <tr><th>Group</th><th>State</th><th class="number">Lag in records</th></tr>
        <tr><td>billing</td><td>Stable</td><td class="number">60</td></tr>
        </table>
        </section>
        <section>
        <h2>idle</h2>
        <p>not polled yet</p>
        <p>The first poll is not finished yet.</p>
        </section>
        <footer>Version 1.2.3</footer>
        </body>
        </html>
        "#);
    }

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let nasty = "<script>alert('&\"')</script>";
        let problem = Problem {
            question: Question::OffsetFetch,
            broker: Some(BrokerId(1)),
            subject: Subject::Group(GroupId::from(nasty)),
            kind: ProblemKind::Timeout,
            count: 1,
            detail: nasty.to_owned(),
        };
        let report = World::new(nasty).topic(nasty, &[(0, 9)]).group(nasty, &[(nasty, 0, 4)]).problem(problem).report();
        let view = ClusterView { name: nasty, is_up: true, age: None, last_error: Some(nasty), report: Ok(&report) };
        let page = page(&[view]);
        assert!(!page.contains("<script") && !page.contains("alert('"), "{page}");
        let escaped = "&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;";
        assert_eq!(page.matches(escaped).count(), 4, "heading, last error, group row and problem: {page}");
    }

    #[test]
    fn a_long_list_of_problems_is_cut_and_counted() {
        let problem = Problem {
            question: Question::ListOffsets,
            broker: None,
            subject: Subject::Cluster,
            kind: ProblemKind::Timeout,
            count: 1,
            detail: "no answer".to_owned(),
        };
        let report = (0..7).fold(World::new("shop"), |world, _| world.problem(problem.clone())).report();
        let page = page(&[ClusterView { name: "shop", is_up: true, age: None, last_error: None, report: Ok(&report) }]);
        assert_eq!(page.matches("no answer").count(), 5);
        assert!(page.contains("and 2 more"), "{page}");
    }
}

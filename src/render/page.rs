//! The landing page: every cluster at a glance, before the script takes over and where there is none.
//!
//! Not all there is to see: the script asks for that.
//! Invariant: every value from outside is escaped; groups are named by whoever creates them.

use std::fmt;
use std::io::{self, Write};

use super::explain::{number, time};
use super::order::GroupSort;
use super::{ClusterView, NoReport};
use crate::model::{ClusterReport, GroupReport, TimeLag};

mod assets;

pub use assets::{ASSETS, Asset};

const HEAD: &str = include_str!("page.html");

/// As many groups as are shown of each cluster.
const GROUPS_MAX: usize = 20;

/// As many problems as are shown of each cluster.
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
    let links = ["metrics", "api/v1/clusters", "api/v1/openapi.json", "-/healthy", "-/ready"];
    write!(out, "</main>\n<footer><span>Highwater {}</span>", Html(page.version))?;
    links.into_iter().try_for_each(|to| write!(out, " <a href=\"{to}\">/{to}</a>"))?;
    writeln!(out, "</footer>\n</body>\n</html>")
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
            worst_groups(view.name, report, out)?;
            first_problems(report, out)?;
        }
    }
    writeln!(out, "</section>")
}

fn worst_groups(cluster: &str, report: &ClusterReport, out: &mut impl Write) -> io::Result<()> {
    let mut groups: Vec<_> =
        report.groups.iter().map(|group| (GroupSort::Worst.place(group), &group.id, group)).collect();
    if groups.is_empty() {
        return Ok(());
    }
    groups.sort_unstable_by_key(|(place, id, _)| (*place, *id));
    write!(out, "<div class=\"table\"><table>\n<thead><tr><th scope=\"col\">Group</th><th scope=\"col\">Status</th>")?;
    for head in ["Lag (records)", "Behind (time)", "Members"] {
        write!(out, "<th scope=\"col\" class=\"number\">{head}</th>")?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    groups.iter().take(GROUPS_MAX).try_for_each(|(_, _, group)| row(cluster, group, out))?;
    writeln!(out, "</tbody></table></div>")?;
    match groups.len().saturating_sub(GROUPS_MAX) {
        0 => Ok(()),
        more => writeln!(out, "<p>and {more} more</p>"),
    }
}

fn row(cluster: &str, group: &GroupReport, out: &mut impl Write) -> io::Result<()> {
    let lag = group.lag().map_or_else(|| "not known".to_owned(), number);
    let behind = group.time_lag().as_ref().map(TimeLag::seconds).map_or_else(|| "not known".to_owned(), time);
    let members = group.member_count.map_or_else(|_| "not known".to_owned(), number);
    let (severity, status) = (group.severity.word(), group.status.word().replace('_', " "));
    let (in_query, id) = ((Query(cluster), Query(&group.id)), Html(&group.id));
    write!(
        out,
        "<tr><th scope=\"row\"><a href=\"?cluster={}&amp;group={}\"><bdi>{id}</bdi></a></th>",
        in_query.0, in_query.1
    )?;
    write!(out, "<td><span class=\"badge {severity}\">{status}</span></td>")?;
    for cell in [lag, behind, members] {
        write!(out, "<td class=\"number\">{cell}</td>")?;
    }
    writeln!(out, "</tr>")
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

/// Text that is safe as a value in a query.
struct Query<'a>(&'a str);

impl fmt::Display for Query<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.bytes().try_for_each(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                write!(formatter, "{}", char::from(byte))
            }
            _ => write!(formatter, "%{byte:02X}"),
        })
    }
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
        <div class="table"><table>
        <thead><tr><th scope="col">Group</th><th scope="col">Status</th><th scope="col" class="number">Lag (records)</th><th scope="col" class="number">Behind (time)</th><th scope="col" class="number">Members</th></tr></thead>
        <tbody>
        <tr><th scope="row"><a href="?cluster=shop&amp;group=archive"><bdi>archive</bdi></a></th><td><span class="badge ok">ok</span></td><td class="number">not known</td><td class="number">not known</td><td class="number">0</td></tr>
        <tr><th scope="row"><a href="?cluster=shop&amp;group=billing"><bdi>billing</bdi></a></th><td><span class="badge ok">ok</span></td><td class="number">60</td><td class="number">not known</td><td class="number">2</td></tr>
        <tr><th scope="row"><a href="?cluster=shop&amp;group=silent"><bdi>silent</bdi></a></th><td><span class="badge ok">ok</span></td><td class="number">not known</td><td class="number">not known</td><td class="number">not known</td></tr>
        </tbody></table></div>
        </section>
        <section>
        <h2>idle</h2>
        <p>not polled yet</p>
        <p>The first poll is not finished yet.</p>
        </section>
        </main>
        <footer><span>Highwater 1.2.3</span> <a href="metrics">/metrics</a> <a href="api/v1/clusters">/api/v1/clusters</a> <a href="api/v1/openapi.json">/api/v1/openapi.json</a> <a href="-/healthy">/-/healthy</a> <a href="-/ready">/-/ready</a></footer>
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
        assert!(page.contains("?cluster=%3Cscript%3E") && page.contains("&amp;group=%3Cscript"), "{page}");
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

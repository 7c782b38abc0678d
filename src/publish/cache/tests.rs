//! Who renders, who waits and what is kept.
//!
//! Not what is on a page.
//! Invariant: nothing here sleeps; the order of events is written down.

use super::*;
use crate::model::RenderOptions;

fn form(cluster: Option<&str>) -> Form {
    Form { format: Format::Text, coding: Coding::Identity, cluster: cluster.map(ClusterName::from) }
}

fn join(cache: &Cache, form: &Form, sequence: u64) -> Ticket {
    cache.join(form, |_| vec![Some(sequence)])
}

fn rendered() -> io::Result<Page> {
    Page::render(&[], &RenderOptions::default(), Format::Text, Coding::Identity)
}

fn kept(cache: &Cache) -> usize {
    cache.0.lock().expect("no holder panicked").len()
}

#[tokio::test]
async fn the_first_renders_and_the_others_wait_for_that() {
    let cache = Cache::default();
    let mut first = join(&cache, &form(None), 1);
    let second = join(&cache, &form(None), 1);
    assert!(second.duty.is_none());
    first.duty.take().expect("the first has to render").fulfil(rendered());
    let pages = (first.page().await.expect("a page"), second.page().await.expect("a page"));
    assert!(Arc::ptr_eq(&pages.0, &pages.1));
    assert!(join(&cache, &form(None), 1).duty.is_none(), "what is kept is not rendered again");
}

#[tokio::test]
async fn a_page_stays_though_all_who_waited_gave_up() {
    let cache = Cache::default();
    let mut first = join(&cache, &form(None), 1);
    let duty = first.duty.take().expect("the first has to render");
    drop(first);
    duty.fulfil(rendered());
    let later = join(&cache, &form(None), 1);
    assert!(later.duty.is_none());
    assert!(later.page().await.is_ok());
}

#[tokio::test]
async fn a_rendering_that_broke_off_is_told_and_begun_again() {
    let cache = Cache::default();
    let first = join(&cache, &form(None), 1);
    let second = join(&cache, &form(None), 1);
    assert!(second.duty.is_none());
    drop(first);
    assert!(matches!(second.page().await, Err(PageError::BrokenOff)));
    let mut third = join(&cache, &form(None), 1);
    third.duty.take().expect("somebody has to try again").fulfil(Err(io::Error::other("disk of memory")));
    assert!(matches!(third.page().await, Err(PageError::Render(_))));
    assert!(join(&cache, &form(None), 1).duty.is_some(), "a failure is not kept");
}

#[test]
fn a_newer_report_is_rendered_once_the_older_page_is_done() {
    let cache = Cache::default();
    let mut first = join(&cache, &form(None), 1);
    assert!(join(&cache, &form(None), 2).duty.is_none(), "one rendering of a form at a time");
    first.duty.take().expect("the first has to render").fulfil(rendered());
    assert!(join(&cache, &form(None), 2).duty.is_some());
}

#[test]
fn outdated_pages_of_other_forms_are_dropped() {
    let cache = Cache::default();
    for cluster in [None, Some("orders"), Some("payments")] {
        join(&cache, &form(cluster), 1).duty.expect("a new form").fulfil(rendered());
    }
    assert_eq!(kept(&cache), 3);
    // Only `orders` has something newer, and with it the page of all.
    let version_of = |form: &Form| match form.cluster.as_deref() {
        Some("payments") => vec![Some(1)],
        _ => vec![Some(2)],
    };
    let ticket = cache.join(&form(Some("orders")), version_of);
    assert!(ticket.duty.is_some());
    assert_eq!(kept(&cache), 2, "the page of all is outdated and gone");
    assert!(cache.join(&form(Some("payments")), version_of).duty.is_none());
}

// Says that what is shown is old, and why. Nothing else on the page is as loud.

import { whyNone } from './clusters.js';
import { h, name } from './dom.js';
import { shape } from './status.js';
import { clock, time } from './words.js';

let last = '';

/** What is the matter with the data of a view, worst first; nothing if all is well. */
function matter({ lost, refused, isBroken, cluster, loadedAt }, now) {
  const from = loadedAt ? `What you see is from ${clock(loadedAt)}.` : 'There is nothing to show yet.';
  if (lost) return { severity: 'critical', head: 'Connection to the exporter lost.', text: `Trying again. ${from}`, age: loadedAt ? `That was ${time(now - loadedAt)} ago.` : '' };
  if (isBroken) return { severity: 'critical', head: 'This page could not show the answer.', text: 'Reload it.', isOld: true };
  if (cluster?.report_reason) {
    const why = cluster.last_error ? ` The last poll: ${cluster.last_error}` : '';
    const severity = cluster.report_reason === 'not_polled' ? 'info' : 'critical';
    return { severity, head: severity === 'info' ? 'Waiting for the first poll.' : 'No fresh data from Kafka.', text: `${whyNone(cluster.report_reason)}.${why}`, isOld: severity === 'critical' };
  }
  if (refused) return { severity: 'warning', head: refused.status === 404 ? 'Not found.' : 'The exporter does not answer this.', text: refused.message, isOld: true };
  if (cluster && !cluster.up) return { severity: 'warning', head: 'The last poll failed.', text: cluster.last_error ?? '', age: `Numbers are ${time(cluster.age_seconds ?? 0)} old.` };
  return null;
}

export function show(place, main, state, now) {
  const found = matter(state, now);
  const isOld = Boolean(state.lost || found?.isOld) && Boolean(state.loadedAt);
  main.classList.toggle('stale', isOld);
  document.documentElement.dataset.fresh = found && found.severity !== 'info' ? 'no' : 'yes';
  // What is said aloud is said once: the age changes all the time.
  const key = JSON.stringify({ ...found, age: null });
  const aged = place.querySelector('.notice-age');
  if (aged && aged.textContent !== (found?.age ?? '')) aged.textContent = found?.age ?? '';
  if (key === last) return;
  last = key;
  place.replaceChildren(...(found ? [h('div', { class: `notice ${found.severity}`, role: found.severity === 'info' ? 'status' : 'alert' },
    shape(found.severity), h('p', {}, h('b', {}, found.head), ' ', found.text ? name(found.text) : null, ' ', h('span', { class: 'notice-age', 'aria-hidden': 'true' }, found.age ?? '')))] : []));
}

/** How old the numbers are, in the corner where one looks for it. */
export function age(cluster, fetchedAt, now) {
  if (!cluster || cluster.age_seconds === null) return 'not polled yet';
  return `polled ${time(Math.floor(cluster.age_seconds + Math.max(0, now - fetchedAt)))} ago`;
}

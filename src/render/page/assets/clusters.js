// All clusters at a glance, those in trouble first.

import { h, link, name, table } from './dom.js';
import { to } from './route.js';
import { severityOf, shape } from './status.js';
import { counted, number, time } from './words.js';

const REASONS = {
  not_polled: 'the first poll is not finished yet', nothing_learned: 'no poll has learned anything yet', stale: 'no poll has learned anything for too long',
};

export const whyNone = (word) => REASONS[word] ?? word;
export const title = () => 'Clusters';
export const load = async () => null;

/** How bad a cluster is as a whole. */
export function state(cluster) {
  if (cluster.report_reason === 'not_polled') return ['info', 'not polled yet'];
  if (cluster.report_reason) return ['critical', 'no data'];
  if (!cluster.up) return ['critical', 'last poll failed'];
  for (const severity of ['critical', 'warning']) {
    const groups = Object.entries(cluster.groups_by_status).reduce((sum, [status, count]) => (severityOf(status) === severity ? sum + count : sum), 0);
    const findings = cluster.findings_by_severity[severity];
    if (groups) return [severity, `up, ${counted(groups, 'group')} ${severity}${findings ? ', findings' : ''}`];
    if (findings) return [severity, 'up, findings'];
  }
  return ['ok', 'up'];
}

// Of one that was not polled yet nothing can be looked at.
const RANK = ['critical', 'warning', 'ok', 'info'];
const rank = (cluster) => RANK.indexOf(state(cluster)[0]);

export const worstFirst = (clusters) => [...clusters].sort((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1));

export function render(route, data, now, clusters) {
  const order = worstFirst(clusters);
  const why = (cluster) => h('span', { class: 'unknown', title: whyNone(cluster.report_reason) }, 'unknown');
  const count = (cluster, key, view) => (cluster[key] === null ? why(cluster)
    : link(to({ cluster: cluster.name, view }), `${key}:${cluster.name}`, number(cluster[key])));
  const findings = (cluster) => (cluster.findings_by_severity === null ? why(cluster)
    : link(to({ cluster: cluster.name, view: 'findings' }), `findings:${cluster.name}`, number(Object.values(cluster.findings_by_severity).reduce((sum, one) => sum + one, 0))));
  const rows = order.map((cluster) => {
    const [severity, word] = state(cluster);
    return { attributes: { class: severity }, cells: [
      link(to({ cluster: cluster.name }), `cluster:${cluster.name}`, name(cluster.name)),
      h('span', { class: 'stack' }, h('span', { class: `badge ${severity}` }, shape(severity), word),
        cluster.report_reason ? h('small', {}, whyNone(cluster.report_reason)) : null, cluster.last_error ? h('small', {}, name(cluster.last_error)) : null),
      cluster.age_seconds === null ? 'never' : `${time(cluster.age_seconds)} ago`,
      count(cluster, 'groups', 'groups'), count(cluster, 'topics', 'topics'),
      cluster.brokers === null ? why(cluster) : number(cluster.brokers), findings(cluster),
      cluster.problems === null ? why(cluster) : number(cluster.problems),
    ] };
  });
  const heads = [['Cluster'], ['State'], ['Polled', 'number'], ['Groups', 'number'], ['Topics', 'number'], ['Brokers', 'number'], ['Findings', 'number'], ['Not learned', 'number']];
  return [h('h1', {}, 'Clusters'), rows.length ? table('Clusters', heads, rows, 'cards') : h('p', { class: 'empty' }, 'No cluster is configured.')];
}

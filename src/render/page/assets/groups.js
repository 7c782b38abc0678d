// The overview: groups worst first, one line each, as many as one page holds.

import * as api from './api.js';
import { pointsOf, sparkline } from './chart.js';
import { h, link, name, table } from './dom.js';
import { ROWS, beyond, heads, pager } from './lists.js';
import { changed, toGroup } from './route.js';
import { headline, shape } from './status.js';
import { behind, clock, counted, number, plain, reason, short, time } from './words.js';

const SEVERITIES = ['critical', 'warning', 'info', 'ok'];

export const title = (route) => (route.q ? `Groups with “${route.q}”` : 'Groups');

export const load = (route) => api.overview(route.cluster, {
  limit: ROWS, search: route.q, severity: route.severity, sort: route.sort, next: route.after,
});

const unknown = (word) => h('span', { class: 'unknown', title: reason(word) }, 'unknown');

function behindCell(line) {
  if (line.lag_seconds === null) return unknown(line.lag_seconds_reason);
  const since = line.lag_seconds > 0 ? `the oldest unread record is ${time(line.lag_seconds)} old` : 'caught up';
  return h('span', { title: since }, behind(line.lag_seconds, line.lag_seconds_quality));
}

/** What comes next: records lost, records about to be lost, or the end of it. */
function outlook(line) {
  const said = [];
  if (line.records_lost > 0) said.push(h('span', { class: 'bad' }, `${short(line.records_lost)} records lost`));
  if (line.loss_eta_seconds !== null) {
    const soon = line.loss_eta_seconds < 86400;
    said.push(h('span', { class: soon ? 'bad' : 'soft', title: 'until retention may delete unread records' }, line.loss_eta_seconds > 0 ? `loss in ${time(line.loss_eta_seconds)}` : 'losing records'));
  }
  if (line.drain_eta_seconds !== null) {
    said.push(h('span', { title: 'until it is caught up' }, `caught up in ${time(line.drain_eta_seconds)}`));
  }
  if (line.storm_cause) said.push(h('span', { class: 'bad' }, `storm: ${plain(line.storm_cause)}`));
  return said.length ? h('span', { class: 'stack' }, said) : h('span', { class: 'soft' }, '–');
}

function spark(line) {
  const seconds = pointsOf(line.history, 'lag_seconds');
  const inTime = seconds.some((point) => point.value !== null);
  return inTime ? sparkline('Lag in time', seconds, time, line.severity)
    : sparkline('Lag in records', pointsOf(line.history, 'lag_records'), short, line.severity);
}

function row(route, line) {
  const progress = line.last_progress_timestamp_seconds;
  return {
    attributes: { class: line.severity },
    cells: [
      link(toGroup(route, line.group), `group:${line.group}`, name(line.group)),
      headline(line.severity, line.status, line.storm_cause),
      line.lag_records === null ? unknown(line.lag_reason)
        : h('span', { title: `${counted(line.lag_records, 'record')}${progress ? `; last progress ${clock(progress)}` : ''}` },
          short(line.lag_records), line.unknown_partitions > 0 ? h('small', { class: 'unknown' }, ` + ${counted(line.unknown_partitions, 'partition')} unknown`) : null),
      behindCell(line),
      spark(line),
      outlook(line),
      line.members === null ? unknown(line.members_reason) : number(line.members),
    ],
  };
}

const HEADS = [
  ['Group', null, 'name'], ['Status', null, 'worst'], ['Lag (records)', 'number', 'lag'], ['Behind (time)', 'number', 'seconds'],
  ['Trend', 'trend', null], ['Outlook', null, 'loss'], ['Members', 'number', 'members'],
];

function chips(route, counts) {
  const all = SEVERITIES.reduce((sum, severity) => sum + counts[severity], 0);
  const chip = (severity, text, count) => {
    const on = route.severity === severity;
    const to = changed(route, { severity: on ? null : severity });
    const attributes = { href: to, 'data-nav': true, 'data-key': `chip:${text}`, class: `chip ${severity ?? ''}`, 'aria-current': on ? 'true' : null };
    return h('li', {}, h('a', attributes, severity ? shape(severity) : null, `${text} `, h('b', {}, number(count))));
  };
  return h('ul', { class: 'chips', 'aria-label': 'By severity' }, chip(null, 'all', all), SEVERITIES.map((one) => chip(one, one, counts[one])));
}

export function render(route, data) {
  const nothing = route.q || route.severity ? 'No group passes the search and the filter.' : 'The last poll saw no group.';
  return [
    h('h1', {}, route.q ? ['Groups with ', name(`“${route.q}”`)] : 'Consumer groups', h('small', {}, (route.sort ?? 'worst') === 'worst' ? 'worst first' : `by ${route.sort}`)),
    chips(route, data.groups_by_severity),
    data.items.length === 0 ? beyond(route, data) ?? h('p', { class: 'empty' }, nothing)
      : table('Consumer groups', heads(route, HEADS, 'worst'), data.items.map((line) => row(route, line)), 'cards'),
    pager(route, data, data.items.length),
  ];
}

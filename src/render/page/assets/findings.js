// What is wrong with a cluster, whoever reads from it.

import * as api from './api.js';
import { h, link, name, sentence, table } from './dom.js';
import { toTopic } from './route.js';
import { badge } from './status.js';
import { number, time } from './words.js';

const ORDER = { critical: 0, warning: 1, info: 2 };
const ROWS = 300;

export const title = () => 'Findings';
export const load = (route) => api.findings(route.cluster);

const about = (route, found) => {
  if (found.topic !== null) return link(toTopic(route, found.topic), `topic:${found.id}`, name(found.topic));
  return found.broker === null ? 'the cluster' : `broker ${found.broker}`;
};

export function render(route, data) {
  const wanted = route.q?.toLowerCase() ?? '';
  const passes = (found) => !wanted || found.sentence.toLowerCase().includes(wanted) || (found.topic ?? '').toLowerCase().includes(wanted);
  const found = data.items.filter(passes);
  found.sort((one, other) => ORDER[one.severity] - ORDER[other.severity] || other.lasting_seconds - one.lasting_seconds);
  const rows = found.slice(0, ROWS).map((one) => ({ attributes: { class: one.severity }, cells: [
    sentence(one.sentence), badge(one.severity, one.check), about(route, one), one.lasting_seconds > 0 ? time(one.lasting_seconds) : 'just now',
  ] }));
  return [
    h('h1', {}, 'Findings', h('small', {}, 'about brokers and topics, worst first')),
    rows.length ? table('Findings', [['What'], ['Check'], ['About'], ['For', 'number']], rows, 'cards')
      : h('p', { class: 'empty good' }, wanted ? 'No finding passes the search.' : 'Every check is clean.'),
    data.total > rows.length && !wanted ? h('p', { class: 'soft' }, `${number(rows.length)} of ${number(data.total)}.`) : null,
    wanted && found.length > rows.length ? h('p', { class: 'soft' }, `${number(rows.length)} of ${number(found.length)} found.`) : null,
    wanted && data.total > data.items.length ? h('p', { class: 'soft' }, `Searched in the first ${number(data.items.length)} of ${number(data.total)}.`) : null,
  ];
}

// The topics of a cluster: how much is written to them, how evenly, and who reads them.

import * as api from './api.js';
import { h, link, name, table } from './dom.js';
import { ROWS, beyond, heads, pager } from './lists.js';
import { toTopic } from './route.js';
import { shape } from './status.js';
import { counted, number, rate, reason, time } from './words.js';

export const title = () => 'Topics';

export const load = (route) => api.topics(route.cluster, { limit: ROWS, search: route.q, sort: route.sort ?? 'hot', next: route.after });

const unknown = (why) => h('span', { class: 'unknown', title: why ?? reason(null) }, 'unknown');

function health(topic) {
  const said = [];
  if (topic.offline_partitions) said.push(h('span', { class: 'badge critical' }, shape('critical'), `${number(topic.offline_partitions)} offline`));
  if (topic.under_replicated_partitions) said.push(h('span', { class: 'badge warning' }, shape('warning'), `${number(topic.under_replicated_partitions)} under-replicated`));
  return said.length ? h('span', { class: 'stack' }, said) : h('span', { class: 'badge ok' }, shape('ok'), 'in sync');
}

export function hotness(skew) {
  if (!skew) return h('span', { class: 'unknown', title: 'one partition only, too little written, or not watched for long enough' }, 'not judged');
  if (skew.hot_partitions.length) {
    const worst = skew.hot_partitions.some((hot) => hot.severity === 'critical') ? 'critical' : 'warning';
    return h('span', { class: `badge ${worst}` }, shape(worst), `${number(skew.hot_partitions.length)} hot`);
  }
  if (skew.concentrated_on !== null) return h('span', { class: 'badge info' }, shape('info'), `all to partition ${skew.concentrated_on}`);
  return h('span', { class: 'badge ok' }, shape('ok'), `even (×${skew.ratio.toFixed(1)})`);
}

const HEADS = [
  ['Topic', null, 'name'], ['Partitions', 'number'], ['Written (records/s)', 'number', 'rate'], ['Skew', null, 'hot'], ['Replicas'],
  ['Readers', 'number'], ['Kept', 'number'],
];

export function render(route, data) {
  const rows = data.items.map((topic) => ({ cells: [
    link(toTopic(route, topic.topic), `topic:${topic.topic}`, name(topic.topic)),
    number(topic.partition_count),
    topic.produced_records_per_second === null ? unknown() : rate(topic.produced_records_per_second),
    hotness(topic.skew),
    health(topic),
    h('span', { title: counted(topic.group_count, 'group') }, number(topic.group_count)),
    topic.retained_seconds === null ? unknown('the age of the oldest record is not known') : time(topic.retained_seconds),
  ] }));
  return [
    h('h1', {}, route.q ? ['Topics with ', name(`“${route.q}”`)] : 'Topics', h('small', {}, `by ${{ hot: 'skew', rate: 'what is written', name: 'name' }[route.sort ?? 'hot'] ?? ''}`)),
    rows.length ? table('Topics', heads(route, HEADS, 'hot'), rows, 'cards') : beyond(route, data) ?? h('p', { class: 'empty' }, route.q ? 'No topic passes the search.' : 'Metadata lists no topic that passes the filters.'),
    pager(route, data, data.items.length),
  ];
}

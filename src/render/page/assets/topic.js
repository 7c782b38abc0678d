// One topic: how its partitions are written, which are hot, who reads it.

import * as api from './api.js';
import { chart, histogram, pointsOf } from './chart.js';
import { facts, h, link, name, table } from './dom.js';
import { told } from './partitions.js';
import { to, toGroup } from './route.js';
import { badge, severityOf, shape } from './status.js';
import { hotness } from './topics.js';
import { behind, counted, number, percent, rate, reason, short, time } from './words.js';

const BARS = 300;
const ROWS = 200;

export const title = (route) => route.topic;
export const load = (route) => api.topic(route.cluster, route.topic);

function kept(topic) {
  const { config } = topic;
  if (!config) return 'its configuration may not be read, or was not yet';
  const retention = config.retention_seconds === null ? 'kept for ever' : `retention ${time(config.retention_seconds)}`;
  return [retention, config.cleanup_policy.join('+'), config.message_timestamp_type].filter(Boolean).join(', ');
}

/** In the order of the partitions, and of many the hot ones and those that get most. */
function drawn(topic, hot) {
  if (topic.partitions.length <= BARS) return topic.partitions;
  const order = [...topic.partitions].sort((one, other) => (hot.has(other.partition) - hot.has(one.partition))
    || (other.produced_records_per_second ?? -1) - (one.produced_records_per_second ?? -1) || one.partition - other.partition);
  return order.slice(0, BARS).sort((one, other) => one.partition - other.partition);
}

function bars(topic, hot) {
  const shown = drawn(topic, hot);
  const values = shown.map(({ partition, produced_records_per_second: value }) => ({
    value, hot: hot.has(partition), title: `partition ${partition}: ${value === null ? 'not known' : `${rate(value)} records/s`}${hot.has(partition) ? ', hot' : ''}`,
  }));
  const known = values.filter(({ value }) => value !== null);
  if (known.length === 0) return h('p', { class: 'soft' }, `What is written to each partition is not known: ${reason(null)}.`);
  const most = Math.max(...known.map(({ value }) => value));
  const names = [...hot.keys()];
  const label = `Records per second by partition, at most ${rate(most)}; ${names.length ? `hot: ${names.slice(0, 20).join(', ')}` : 'none is hot'}`;
  return h('figure', { class: 'chart wide' }, h('figcaption', {}, 'Written by partition (records/s)', names.length ? h('small', {}, 'bars with a cap are hot') : null,
    topic.partitions.length > BARS ? h('small', {}, `the ${BARS} of ${number(topic.partitions.length)} partitions that get most`) : null),
    h('div', { class: 'plot' }, h('div', { class: 'scale', 'aria-hidden': 'true' }, h('span', {}, rate(most)), h('span', {}, rate(most / 2)), h('span', {}, '0')),
      histogram(label, values)),
    h('div', { class: 'span', 'aria-hidden': 'true' }, h('span', {}, `partition ${shown[0].partition}`), h('span', {}, `${shown[shown.length - 1].partition}`)));
}

function partitions(topic, hot) {
  const order = [...topic.partitions].sort((one, other) => (hot.has(other.partition) - hot.has(one.partition))
    || ((one.leader === null ? 0 : 1) - (other.leader === null ? 0 : 1))
    || (other.produced_records_per_second ?? -1) - (one.produced_records_per_second ?? -1) || one.partition - other.partition);
  const health = (one) => {
    if (one.leader === null) return h('span', { class: 'badge critical' }, shape('critical'), 'no leader');
    const behindSync = one.in_sync_replicas < one.replicas;
    return h('span', { class: `badge ${behindSync ? 'warning' : 'ok'}` }, shape(behindSync ? 'warning' : 'ok'), `${number(one.in_sync_replicas)} of ${number(one.replicas)} in sync`);
  };
  const heat = (found) => (found ? h('span', { class: `badge ${found.severity}` }, shape(found.severity), `hot: ×${found.ratio.toFixed(1)}, ${percent(found.share)} of all`) : h('span', { class: 'soft' }, '–'));
  const rows = order.slice(0, ROWS).map((one) => ({ attributes: { class: hot.get(one.partition)?.severity ?? (one.leader === null ? 'critical' : null) }, cells: [
    number(one.partition),
    told(one.produced_records_per_second, one.log_end_offset_reason, rate),
    heat(hot.get(one.partition)),
    one.leader === null ? h('span', { class: 'unknown' }, 'none') : `broker ${one.leader}${one.preferred_leader !== null && one.preferred_leader !== one.leader ? ` (preferred ${one.preferred_leader})` : ''}`,
    health(one),
    told(one.log_start_offset, one.log_start_offset_reason, number),
    told(one.log_end_offset, one.log_end_offset_reason, number),
  ] }));
  const heads = [['Partition'], ['Written (records/s)', 'number'], ['Hot'], ['Leader'], ['Replicas'], ['First offset', 'number'], ['End offset', 'number']];
  return [h('h2', {}, 'Partitions', h('small', {}, 'hot ones first')), table('Partitions', heads, rows, 'cards'),
    topic.partitions.length > ROWS ? h('p', { class: 'soft' }, `${ROWS} of ${number(topic.partitions.length)}.`) : null];
}

/** No time of loss is told: there is none, or nobody knows. */
function noLoss(topic, reader) {
  if (reader.lag_seconds === null) return told(null, reader.lag_seconds_reason);
  if (reader.velocity === null) return told(null, null);
  if (reader.lag_seconds > 0 && !topic.config && topic.retained_seconds === null) return told(null, 'retention_not_known');
  return h('span', { class: 'soft' }, 'none in sight');
}

function readers(route, topic) {
  const rows = topic.groups.slice(0, ROWS).map((reader) => ({ attributes: { class: reader.status ? severityOf(reader.status) : null }, cells: [
    link(toGroup(route, reader.group), `group:${reader.group}`, name(reader.group)),
    reader.status ? badge(severityOf(reader.status), reader.status) : h('span', { class: 'soft' }, 'not subscribed any more'),
    told(reader.lag_records, reader.lag_reason, short),
    told(reader.lag_seconds, reader.lag_seconds_reason, (seconds) => behind(seconds, reader.lag_seconds_quality)),
    reader.loss_eta_seconds === null ? noLoss(topic, reader) : `in ${time(reader.loss_eta_seconds)}`,
  ] }));
  const heads = [['Group'], ['Status'], ['Lag (records)', 'number'], ['Behind (time)', 'number'], ['Loss of records', 'number']];
  return [h('h2', {}, 'Readers', h('small', {}, 'worst first')),
    rows.length ? table('Groups that read it', heads, rows, 'cards') : h('p', { class: 'empty' }, 'No group commits offsets for it or owns partitions of it.')];
}

export function render(route, topic) {
  const hot = new Map((topic.skew?.hot_partitions ?? []).map((one) => [one.partition, one]));
  return [
    h('p', { class: 'crumbs' }, link(to({ cluster: route.cluster, view: 'topics' }), 'up', '← Topics')),
    h('h1', {}, name(topic.topic), hotness(topic.skew)),
    facts([
      ['Written', told(topic.produced_records_per_second, null, (value) => `${rate(value)} records/s`)],
      ['Partitions', number(topic.partition_count), topic.skew ? `spread as if over ${topic.skew.effective_partitions.toFixed(1)}` : 'how evenly they are written is not judged yet'],
      ['Replicas', topic.offline_partitions ? `${counted(topic.offline_partitions, 'partition')} offline` : topic.under_replicated_partitions ? `${counted(topic.under_replicated_partitions, 'partition')} under-replicated` : 'in sync'],
      ['Oldest record', told(topic.retained_seconds, 'age_not_known', (seconds) => `${time(seconds)} old`), kept(topic)],
      ['Readers', counted(topic.group_count, 'group')],
    ]),
    hot.size ? h('div', { class: 'callout warning' }, h('p', {}, 'Some partitions get many times the records of the others.'),
      h('p', {}, h('b', {}, 'First: '), 'find the keys behind it with ', h('code', {}, 'highwater hot --topic …'), '; spread them, or give the topic’s readers a way to share one partition’s work.')) : null,
    bars(topic, hot),
    chart('Written over time (records/s)', pointsOf(topic.history, 'produced_records_per_second'), rate),
    partitions(topic, hot), readers(route, topic),
  ];
}

// One group: how bad, since when, why, and what to do.

import * as api from './api.js';
import { chart, pointsOf } from './chart.js';
import { facts, h, link, name, sentence, table } from './dom.js';
import { partitionTable, told } from './partitions.js';
import { to, toTopic } from './route.js';
import { advice, headline, meaning, severityOf } from './status.js';
import { behind, clock, counted, number, percent, plain, rate, reason, short, time } from './words.js';

const SENTENCES = 6;
const MEMBERS = 100;

export const title = (route) => route.group;

export async function load(route) {
  const [group, explanation] = await Promise.all([api.group(route.cluster, route.group), api.explain(route.cluster, route.group)]);
  return { group, sentences: explanation.sentences };
}

const least = (numbers) => (numbers.length ? Math.min(...numbers) : null);
const all = (topics, key) => topics.map((topic) => topic[key]).filter((value) => value !== null);

/** Why nobody can tell when a topic's unread records are deleted, as `[reason]`; nothing if one can. */
function lossUnknown(topic) {
  if (topic.lag_seconds === null) return [topic.lag_seconds_reason];
  if (topic.velocity === null) return [null];
  return topic.lag_seconds > 0 && topic.retention_used_ratio === null ? ['retention_not_known'] : null;
}

function lossFact(topics) {
  const loss = least(all(topics, 'loss_eta_seconds'));
  const lost = topics.reduce((sum, topic) => sum + topic.records_lost, 0);
  const deleted = lost ? `${short(lost)} records already deleted unread` : null;
  const unknown = topics.map(lossUnknown).find(Boolean);
  if (loss === null && unknown) return ['Loss of records', told(null, unknown[0]), deleted];
  return ['Loss of records', loss === null ? 'none in sight' : h('b', { class: loss < 86400 ? 'bad' : null }, loss > 0 ? `in ${time(loss)}` : 'at any time'),
    deleted ?? (loss === null ? 'retention is not close' : 'by retention, at the earliest')];
}

function lagFacts(group, now) {
  const { topics } = group;
  const progress = all(topics, 'last_progress_timestamp_seconds');
  const drains = all(topics, 'drain_eta_seconds');
  const consumed = all(topics, 'consumed_records_per_second').reduce((sum, one) => sum + one, 0);
  const reads = all(topics, 'consumed_records_per_second').length > 0;
  const last = progress.length ? Math.max(...progress) : null;
  return facts([
    ['Lag', told(group.lag_records, group.lag_reason, (lag) => [short(lag), ' records']),
      group.unknown_partitions ? `without ${counted(group.unknown_partitions, 'partition')} that are unknown` : null],
    ['Behind', told(group.lag_seconds, group.lag_seconds_reason, (seconds) => behind(seconds, group.lag_seconds_quality)),
      group.lag_seconds > 0 ? `oldest unread record is from ${clock(now - group.lag_seconds)}` : null],
    ['Last progress', last === null ? h('span', { class: 'unknown' }, 'none seen') : clock(last),
      last === null ? 'no commit moved since the exporter watches' : `${time(now - last)} ago`],
    caughtUp(group, drains),
    lossFact(topics),
    ['Reads', reads ? `${rate(consumed)} records/s` : h('span', { class: 'unknown' }, 'unknown'), reads ? null : reason(null)],
    ['Members', told(group.members, group.members_reason, number), membersNote(group)],
    ['State', group.state, [group.type, group.protocol].filter(Boolean).join(', ')],
  ]);
}

function caughtUp(group, drains) {
  if (group.status === 'catching_up' && drains.length) return ['Caught up', `in ${time(Math.max(...drains))}`, 'if it goes on like this'];
  if (group.status !== 'ok') return ['Caught up', h('span', { class: 'unknown' }, 'not in sight'), `its status is ${plain(group.status)}`];
  if (group.lag_records === null) return ['Caught up', told(null, group.lag_reason)];
  const isNow = group.topics.every((topic) => topic.partitions.every((partition) => partition.caught_up !== false));
  return isNow ? ['Caught up', 'yes', group.unknown_partitions ? 'as far as is known' : null] : ['Caught up', 'lately', 'not at this moment, but a short while ago'];
}

function membersNote(group) {
  const { capacity } = group;
  const enough = capacity && capacity.member_records_per_second * capacity.partitions >= capacity.produced_records_per_second;
  const needed = !capacity ? null : enough ? `${number(capacity.members_to_keep_pace)} would keep pace`
    : `not even ${number(capacity.partitions)}, one for each partition, would keep pace`;
  const idle = group.idle_members ? `${number(group.idle_members)} idle` : null;
  const free = group.unassigned_partitions ? `${counted(group.unassigned_partitions, 'partition')} that nobody owns` : null;
  return [idle, free, needed].filter(Boolean).join('; ') || null;
}

function why(sentences) {
  const items = (some) => h('ul', { class: 'why' }, some.map((text) => h('li', {}, sentence(text))));
  const more = sentences.slice(SENTENCES);
  return [h('h2', {}, 'Why'), items(sentences.slice(0, SENTENCES)),
    more.length ? h('details', { 'data-key': 'more' }, h('summary', { 'data-key': 'more-summary' }, `${number(more.length)} more`), items(more)) : null];
}

function topicTable(route, group) {
  const heads = [['Topic'], ['Lag (records)', 'number'], ['Behind (time)', 'number'], ['Gains (s of lag per s)', 'number'],
    ['Reads (records/s)', 'number'], ['Retention used', 'number'], ['Lost (records)', 'number']];
  const rows = group.topics.map((topic) => ({ cells: [
    link(toTopic(route, topic.topic), `topic:${topic.topic}`, name(topic.topic)),
    told(topic.lag_records, topic.lag_reason, short),
    told(topic.lag_seconds, topic.lag_seconds_reason, (seconds) => behind(seconds, topic.lag_seconds_quality)),
    told(topic.velocity, null, (velocity) => velocity.toFixed(2)),
    told(topic.consumed_records_per_second, null, rate),
    told(topic.retention_used_ratio, null, percent),
    short(topic.records_lost),
  ] }));
  return [h('h2', {}, 'Topics'), rows.length ? table('Topics of the group', heads, rows, 'cards') : h('p', { class: 'empty' }, 'None.')];
}

function rebalances(group) {
  const told = group.rebalances;
  if (!told) return [h('h2', {}, 'Rebalances'), h('p', { class: 'soft' }, 'Nobody tells of them yet.')];
  const count = Object.values(told.count_by_source).reduce((sum, one) => sum + one, 0);
  const source = { offsets: 'from the offsets topic: exact', epoch: 'from group epochs', poll: 'from polls: a lower bound' }[told.source] ?? told.source;
  return [h('h2', {}, 'Rebalances'), told.storm ? h('p', { class: 'callout bad' }, `Storm since ${clock(told.storm.since_timestamp_seconds)}: ${plain(told.storm.cause)}.`) : null,
    told.rollout_in_progress ? h('p', { class: 'callout' }, 'A rollout is in progress: its processes are being replaced, each once.') : null,
    facts([
      ['Since watched', counted(count, 'rebalance'), source],
      ['Last one', told.last_timestamp_seconds === null ? 'none seen' : clock(told.last_timestamp_seconds)],
      ['Rebalancing', percent(told.unstable_ratio), 'of the last 10 min'],
      ['Members came / went', `${number(told.members_joined)} / ${number(told.members_left)}`],
      told.aborted === null ? null : ['Overtaken by another', number(told.aborted)],
      told.epoch === null ? null : ['Generation', number(told.epoch)],
    ])];
}

function memberTable(group) {
  if (group.member_list === null) return [h('h2', {}, 'Members'), h('p', {}, told(null, group.members_reason))];
  const heads = [['Client'], ['Host'], ['Partitions', 'number'], ['Owns']];
  const owns = (member) => member.topics.map(({ topic, partitions }) => h('span', {}, name(topic), `: ${partitions.slice(0, 30).join(', ')}${partitions.length > 30 ? ', …' : ''}`));
  const owned = (member) => {
    if (member.topics.length) return h('span', { class: 'stack' }, owns(member));
    if (member.partition_count === null || group.idle_members === null) return told(null, group.idle_members_reason ?? 'assignment_not_known');
    return h('span', { class: 'soft' }, member.partition_count ? 'of topics that filters hide' : 'nothing');
  };
  const rows = group.member_list.slice(0, MEMBERS).map((member) => ({ cells: [
    h('span', { class: 'stack', title: member.member_id }, name(member.client_id), member.group_instance_id ? h('small', {}, 'static: ', name(member.group_instance_id)) : null),
    name(member.client_host),
    told(member.partition_count || group.idle_members !== null ? member.partition_count : null, group.idle_members_reason ?? 'assignment_not_known', number),
    owned(member),
  ] }));
  return [h('h2', {}, 'Members'), rows.length ? table('Members', heads, rows, 'cards') : h('p', { class: 'empty' }, 'None: nobody reads for this group now.'),
    group.members > rows.length ? h('p', { class: 'soft' }, `The first ${rows.length} of ${number(group.members)}.`) : null];
}

export function render(route, { group, sentences }, now) {
  const isStorm = group.rebalances?.storm && ['info', 'ok'].includes(severityOf(group.status));
  const known = isStorm ? 'rebalance_storm' : group.status;
  return [
    h('p', { class: 'crumbs' }, link(to({ cluster: route.cluster }), 'up', '← Groups')),
    h('h1', {}, name(group.group), headline(group.severity, group.status, group.rebalances?.storm?.cause)),
    h('div', { class: `callout ${group.severity}` }, h('p', {}, meaning(known)), h('p', {}, h('b', {}, 'First: '), advice(known))),
    lagFacts(group, now),
    why(sentences),
    h('h2', {}, 'History'),
    h('div', { class: 'charts' },
      chart('Behind (time)', pointsOf(group.history, 'lag_seconds'), time),
      chart('Lag (records)', pointsOf(group.history, 'lag_records'), short)),
    topicTable(route, group), partitionTable(group), rebalances(group), memberTable(group),
  ];
}

// The partitions of a group, worst first: where it is, who owns them, and why a number is not there.

import { h, name, table } from './dom.js';
import { badge, severityOf } from './status.js';
import { behind, counted, number, plain, reason, short } from './words.js';

const ROWS = 200;
const ORDER = { critical: 0, warning: 1, info: 2, ok: 3 };

/** A number, or in words why there is none. */
export const told = (value, why, format) => (value === null || value === undefined
  ? h('span', { class: 'unknown' }, 'unknown', h('small', {}, reason(why))) : format(value));

/** Who owns what, by topic and partition. */
export function owners(memberList) {
  const found = new Map();
  for (const member of memberList ?? []) {
    for (const { topic, partitions } of member.topics) {
      for (const partition of partitions) found.set(`${partition}/${topic}`, member);
    }
  }
  return found;
}

function owner(group, member) {
  if (member) return h('span', { class: 'stack', title: member.member_id }, name(member.client_id), h('small', {}, name(member.client_host)));
  if (group.member_list === null) return told(null, group.members_reason);
  const isKnown = group.unassigned_partitions !== null && group.member_list.length >= group.members;
  if (group.members !== 0 && !isKnown) return told(null, group.unassigned_partitions_reason ?? 'assignment_not_known');
  return h('span', { class: 'soft' }, group.members === 0 ? 'no members' : 'nobody');
}

function worstFirst(one, other) {
  return ORDER[severityOf(one.status)] - ORDER[severityOf(other.status)]
    || (other.lag_seconds ?? -1) - (one.lag_seconds ?? -1)
    || (other.lag_records ?? -1) - (one.lag_records ?? -1)
    || one.partition - other.partition;
}

function row(group, found, topic, partition, several) {
  const slow = topic.slow_partitions.find((one) => one.partition === partition.partition);
  const notes = [
    partition.condition === 'ok' ? null : plain(partition.condition),
    partition.deleted_unread_records ? `${short(partition.deleted_unread_records)} deleted unread` : null,
    slow ? `slow: ${plain(slow.cause)}` : null,
    partition.subscribed ? null : 'not subscribed any more',
  ].filter(Boolean);
  return {
    attributes: { class: severityOf(partition.status) },
    cells: [
      [several ? name(topic.topic) : null, ' ', number(partition.partition)],
      h('span', { class: 'stack' }, badge(severityOf(partition.status), partition.status), h('small', {}, plain(partition.status_rule))),
      told(partition.lag_records, partition.lag_reason, (lag) => h('span', { title: counted(lag, 'record') }, short(lag))),
      told(partition.lag_seconds, partition.lag_seconds_reason, (seconds) => behind(seconds, partition.lag_seconds_quality)),
      told(partition.committed_offset, partition.committed_offset_reason, number),
      told(partition.log_end_offset, partition.log_end_offset_reason, number),
      owner(group, found.get(`${partition.partition}/${topic.topic}`)),
      notes.length ? notes.join('; ') : h('span', { class: 'soft' }, '–'),
    ],
  };
}

export function partitionTable(group) {
  const found = owners(group.member_list);
  const all = group.topics.flatMap((topic) => topic.partitions.map((partition) => ({ topic, partition })));
  all.sort((one, other) => worstFirst(one.partition, other.partition));
  const several = group.topics.length > 1;
  const heads = [[several ? 'Topic, partition' : 'Partition'], ['Status'], ['Lag (records)', 'number'], ['Behind (time)', 'number'],
    ['Committed offset', 'number'], ['End offset', 'number'], ['Owner'], ['Notes']];
  const rows = all.slice(0, ROWS).map(({ topic, partition }) => row(group, found, topic, partition, several));
  return [
    h('h2', {}, 'Partitions', h('small', {}, 'worst first')),
    rows.length ? table('Partitions', heads, rows, 'cards') : h('p', { class: 'empty' }, 'It committed to none and owns none.'),
    all.length > ROWS ? h('p', { class: 'soft' }, `The worst ${ROWS} of ${number(all.length)}.`) : null,
  ];
}

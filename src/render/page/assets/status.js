// What each status means and what to do first. By word and shape; colour only repeats it.

import { h, svg } from './dom.js';
import { plain } from './words.js';

const STATUS = {
  truncated: ['The log lost records this group had already read: an unclean leader election.',
    'Find out which broker came back with less data, and what downstream holds records that no longer exist.'],
  data_loss: ['Records were deleted before this group read them.',
    'Raise the retention of the topic now, then get the group to read faster. What is gone has to come from the source again.'],
  stopped: ['Nobody reads any more, and records pile up.',
    'Start its consumers, or look at their logs: why did they leave?'],
  stalled: ['Somebody owns these partitions and reads nothing.',
    'Look at the owner named below: a record it cannot process, a call that never returns, a lock. Restarting it moves the partition to another member.'],
  unassigned: ['The group wants partitions that no member owns.',
    'Look for members that were just lost, a filter in the assignor, or a topic only some members subscribe to.'],
  recreated: ['The commit is of a topic of the same name that was deleted since.',
    'Reset the offsets of the group to where the new topic should be read from.'],
  ahead: ['The commit lies beyond the end of the log.',
    'The log was cut, or offsets were set by hand. Check which, then reset the offsets.'],
  no_commit: ['A member owns partitions and never committed.',
    'Check that the consumer commits; until then a restart reads by auto.offset.reset.'],
  txn_blocked: ['The group has read what it may; an open transaction hides the rest.',
    'Find the producer that left the transaction open (kafka-transactions.sh find-hanging) and abort it.'],
  falling_behind: ['Lag grows: more is written than read.',
    'Compare what is produced with what members can read, below; add members up to the number of partitions, or make them faster.'],
  rewind: ['The commit went back and has not come to where it was.',
    'If nobody reset the offsets on purpose, look for a restart that lost commits.'],
  unknown: ['Not learned, or not watched for long enough.',
    'The explanation says what could not be read and why.'],
  lagging_steady: ['Behind, at the same distance all the time.',
    'Nothing grows. See whether the distance is within the objective.'],
  catching_up: ['Behind, and less so all the time.', 'Wait; the time until it is caught up is below.'],
  rebalance_storm: ['The group rebalances again and again, and works little between.',
    'The cause is below: mend that, not the lag.'],
  ok: ['At the end of what there is to read.', 'Nothing to do.'],
};

export const meaning = (status) => STATUS[status]?.[0] ?? plain(status);
export const advice = (status) => STATUS[status]?.[1] ?? '';

// A filled octagon, a triangle, a ring and a tick: told apart without colour.
const SHAPES = {
  critical: ['path', { d: 'M5 1h6l4 4v6l-4 4H5l-4-4V5z' }],
  warning: ['path', { d: 'M8 1.5 15.5 15H.5z' }],
  info: ['circle', { cx: 8, cy: 8, r: 5.5, class: 'ring' }],
  ok: ['path', { d: 'm2 8.5 4 4 8-9', class: 'tick' }],
};

export function shape(severity) {
  const [tag, attributes] = SHAPES[severity] ?? SHAPES.info;
  return svg('svg', { viewBox: '0 0 16 16', class: 'shape', 'aria-hidden': 'true' }, svg(tag, attributes));
}

export function badge(severity, word) {
  return h('span', { class: `badge ${severity}`, title: meaning(word) }, shape(severity), h('span', {}, plain(word)));
}

/** What to call a group: a storm of rebalances is worse than most statuses, which do not tell of it. */
export function headline(severity, status, stormCause) {
  const isStorm = stormCause && ['info', 'ok'].includes(severityOf(status));
  return h('span', { class: 'stack' }, isStorm ? badge(severity, 'rebalance_storm') : badge(severity, status));
}

// The exporter's own; a test compares them.
const SEVERITIES = {
  critical: ['truncated', 'data_loss', 'stopped', 'stalled', 'unassigned'],
  warning: ['recreated', 'ahead', 'no_commit', 'txn_blocked', 'falling_behind'],
  info: ['rewind', 'unknown', 'lagging_steady', 'catching_up'],
  ok: ['ok'],
};

/** How bad each status is where only the status is told. */
export const severityOf = (status) => Object.keys(SEVERITIES).find((one) => SEVERITIES[one].includes(status)) ?? 'warning';

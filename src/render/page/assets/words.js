// Numbers with units, lengths of time, and why something is not known.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export const number = (value) => whole.format(value);

/** 12,345 up to a million, then 1.2M. */
export const short = (value) => (Math.abs(value) >= 1e6 ? compact.format(value) : whole.format(value));

export const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

export const percent = (share) => `${Number((share * 100).toFixed(1))} %`;

export const rate = (perSecond) => (perSecond >= 10 ? short(perSecond) : fine.format(perSecond));

/** In its two greatest units. */
export function time(seconds) {
  const rounded = Math.round(Math.max(0, seconds));
  const units = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];
  if (seconds > 0 && seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const at = units.findIndex(([, size]) => rounded >= size);
  if (at < 0) return '0 s';
  const [unit, size] = units[at];
  const rest = units[at + 1] ? Math.floor((rounded % size) / units[at + 1][1]) : 0;
  return `${number(Math.floor(rounded / size))} ${unit}${rest ? ` ${rest} ${units[at + 1][0]}` : ''}`;
}

/** Time of day, with the day where it is not today. */
export function clock(unixSeconds) {
  const when = new Date(unixSeconds * 1000);
  const day = when.toDateString() === new Date().toDateString() ? '' : `${when.toLocaleDateString('en-CA')} `;
  return day + when.toLocaleTimeString('en-GB');
}

/** How far behind: a bound that nothing better is known than is said to be one. */
export function behind(seconds, quality) {
  if (quality === 'lower_bound') return `over ${time(seconds)}`;
  return quality === 'coarse' ? `about ${time(seconds)}` : time(seconds);
}

const REASONS = {
  age_not_known: 'nothing tells yet when these records were written',
  assignment_not_known: 'the protocol does not tell who owns what',
  no_leader: 'the partition has no leader',
  no_partitions: 'it reads no partition',
  not_asked: 'not asked in this poll',
  not_listed: 'metadata does not list the topic',
  not_stable: 'the group is rebalancing',
  retention_not_known: 'nothing tells for how long records are kept',
  not_subscribed: 'it does not subscribe to the topic any more',
  timeout: 'the broker did not answer in time',
};

/** Why a number is not known, for people. */
export const reason = (word) => (word ? REASONS[word] ?? word.replaceAll('_', ' ') : 'not watched for long enough yet');

export const plain = (word) => word.replaceAll('_', ' ');

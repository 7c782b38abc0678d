// Lines and bars. What was not known is a gap; zero is drawn only where zero was told.

import { h, svg } from './dom.js';
import { clock, time } from './words.js';

/** Runs of points that are known, scaled into a box. */
function runs(points, width, height, most) {
  const [first, last] = [points[0].at, points[points.length - 1].at];
  const x = (at) => (last > first ? ((at - first) / (last - first)) * width : width);
  const y = (value) => height - 1 - (most > 0 ? (value / most) * (height - 2) : 0);
  const found = [[]];
  for (const { at, value } of points) {
    if (value === null) found.push([]);
    else found[found.length - 1].push([x(at), y(value)]);
  }
  return found.filter((run) => run.length > 0);
}

const path = (run) => run.map(([x, y], index) => `${index ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');

function lines(points, width, height, most) {
  return runs(points, width, height, most).flatMap((run) => {
    const [[from], [until]] = [run[0], run[run.length - 1]];
    if (run.length === 1) return [svg('path', { d: `M${from} ${run[0][1]}h.01`, class: 'line dot' })];
    return [
      svg('path', { d: `${path(run)}L${until.toFixed(1)} ${height}L${from.toFixed(1)} ${height}Z`, class: 'area' }),
      svg('path', { d: path(run), class: 'line' }),
    ];
  });
}

/** What a line says, for those who do not see it. */
function said(what, points, format) {
  const known = points.filter((point) => point.value !== null).map((point) => point.value);
  if (known.length === 0) return `${what}: not known yet`;
  const span = time(points[points.length - 1].at - points[0].at);
  const now = points[points.length - 1].value;
  return `${what} over the last ${span}: ${format(known[0])} at first, at most ${format(Math.max(...known))}, `
    + `now ${now === null ? 'not known' : format(now)}`;
}

const greatest = (points) => points.reduce((most, { value }) => Math.max(most, value ?? 0), 0);

export function sparkline(what, points, format, severity = '') {
  const label = said(what, points, format);
  if (points.length < 2 || !points.some((point) => point.value !== null)) {
    return h('span', { class: 'soft', title: label }, 'no history yet');
  }
  const box = { viewBox: '0 0 120 28', class: `spark ${severity}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label };
  return svg('svg', box, svg('title', {}, label), lines(points, 120, 28, greatest(points)));
}

/** A chart with its scale; the words stand beside the picture, so they never shrink with it. */
export function chart(what, points, format) {
  const known = points.some((point) => point.value !== null);
  if (points.length < 2 || !known) {
    return h('figure', { class: 'chart' }, h('figcaption', {}, what),
      h('p', { class: 'soft' }, known ? 'Watched only just now; a line needs two polls.' : 'Not known at any time so far.'));
  }
  const most = greatest(points);
  const box = { viewBox: '0 0 600 140', preserveAspectRatio: 'none', role: 'img', 'aria-label': said(what, points, format) };
  const [first, last] = [points[0].at, points[points.length - 1].at];
  const gaps = points.some((point) => point.value === null);
  return h('figure', { class: 'chart' },
    h('figcaption', {}, what, gaps ? h('small', {}, 'gaps: not known, or not of all partitions') : null),
    h('div', { class: 'plot' },
      h('div', { class: 'scale', 'aria-hidden': 'true' }, h('span', {}, format(most)), h('span', {}, format(most / 2)), h('span', {}, format(0))),
      svg('svg', box, svg('path', { d: 'M0 1H600M0 70H600M0 139H600', class: 'grid' }), lines(points, 600, 140, most))),
    h('div', { class: 'span', 'aria-hidden': 'true' }, h('span', {}, clock(first)), h('span', {}, `${time(last - first)}`), h('span', {}, clock(last))));
}

/** One bar for each partition; `hot` ones have another shape, too. */
export function histogram(label, bars) {
  const most = Math.max(...bars.map((bar) => bar.value ?? 0), 0);
  const width = 600 / bars.length;
  const gap = Math.min(2, width * 0.2);
  const draw = (bar, index) => {
    const left = index * width + gap / 2;
    const inner = width - gap;
    if (bar.value === null) return svg('path', { class: 'unknown', d: `M${left} 136h${inner}` });
    const height = most > 0 ? Math.max((bar.value / most) * 130, bar.value > 0 ? 1 : 0) : 0;
    const parts = [svg('rect', { class: bar.hot ? 'bar hot' : 'bar', x: left, y: 140 - height, width: inner, height })];
    if (bar.hot) parts.push(svg('path', { class: 'mark', d: `M${left} ${140 - height}h${inner}v6h${-inner}z` }));
    return svg('g', {}, svg('title', {}, bar.title), parts);
  };
  return svg('svg', { viewBox: '0 0 600 140', preserveAspectRatio: 'none', class: 'histogram', role: 'img', 'aria-label': label }, bars.map(draw));
}

export const pointsOf = (history, key) => history.map((point) => ({ at: point.timestamp_seconds, value: point[key] }));

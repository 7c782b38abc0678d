// What lists that come by the page have in common: heads to sort by, and the way from page to page.

import { h, link } from './dom.js';
import { changed } from './route.js';
import { number } from './words.js';

export const ROWS = 50;

/** Heads of a table: each a text, a kind, and what it sorts by, if it does. `first` is how the list is sorted unless asked otherwise. */
export function heads(route, columns, first) {
  return columns.map(([text, kind, sort]) => {
    if (!sort) return [text, kind];
    const on = (route.sort ?? first) === sort;
    const to = changed(route, { sort: sort === first ? null : sort });
    return [[link(to, `sort:${sort}`, text, on ? h('span', { 'aria-hidden': 'true' }, ' ↓') : null)], kind,
      { 'aria-sort': on ? (sort === 'name' ? 'ascending' : 'descending') : null }, text];
  });
}

export function pager(route, list, shown) {
  const before = list.before ?? null;
  if (list.total === 0) return null;
  const from = before === null || shown === 0 ? '' : `${number(before + 1)}–${number(before + shown)} of `;
  return h('nav', { class: 'pager', 'aria-label': 'Pages' },
    route.after ? link(changed(route, {}), 'first', '« First') : null,
    h('span', {}, `${from}${number(list.total)}`),
    list.next ? link(changed(route, { after: list.next }), 'next', 'Next »') : null);
}

/** A page of a list of which so much went since that nothing is on it. */
export const beyond = (route, list) => (list.total > 0 ? h('p', { class: 'empty' }, 'Nothing comes after this place any more: ',
  link(changed(route, {}), 'start', 'go to the first page'), '.') : null);

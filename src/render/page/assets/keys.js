// The keyboard: to the search, from row to row, into a row and out again.

import { h } from './dom.js';

const KEYS = [
  ['/', 'search'], ['↓ ↑ or j k', 'next and previous row'], ['Enter', 'open the row'], ['Escape', 'leave the search, then go up to the list'],
  ['n', 'next page'], ['g t f c', 'groups, topics, findings, clusters'], ['?', 'this help'],
];

const rows = () => [...document.querySelectorAll('main tbody tr th a')];

/** Whether there was a row to go to. */
export function move(step) {
  const all = rows();
  if (all.length === 0) return false;
  const at = all.findIndex((one) => one.closest('tr').contains(document.activeElement));
  const next = all[Math.min(Math.max(at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step, 0), all.length - 1)];
  if (next === document.activeElement) return false;
  next.focus();
  next.closest('tr').scrollIntoView({ block: 'nearest' });
  return true;
}

function dialog() {
  const found = document.getElementById('help');
  if (found) return found;
  const made = h('dialog', { id: 'help', 'aria-labelledby': 'help-title' },
    h('h2', { id: 'help-title' }, 'Keyboard'),
    h('dl', {}, KEYS.map(([key, what]) => h('div', {}, h('dt', {}, h('kbd', {}, key)), h('dd', {}, what)))),
    h('button', { type: 'button', onclick: () => made.close() }, 'Close'));
  document.body.append(made);
  return made;
}

export function help() {
  const shown = dialog();
  if (shown.open) shown.close();
  else shown.showModal();
}

/** `go` has `view(name)`, `up()` and `search('')`. */
export function listen(go) {
  const search = () => document.getElementById('search');
  const press = { g: () => go.view('groups'), t: () => go.view('topics'), f: () => go.view('findings'), c: () => go.view('clusters'), j: () => move(1), k: () => move(-1),
    ArrowDown: () => move(1), ArrowUp: () => move(-1), n: () => document.querySelector('[data-key="next"]')?.click(), '/': () => { search()?.focus(); search()?.select(); }, '?': help,
    Escape: () => go.up() };
  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    const field = event.target.closest?.('input, select, textarea');
    if (field?.id === 'search') {
      if (event.key === 'ArrowDown') move(1);
      else if (event.key === 'Escape') { if (field.value) { field.value = ''; go.search(''); } else field.blur(); } else return;
      event.preventDefault();
      return;
    }
    if (field || !press[event.key]) return;
    // An arrow that leads to no other row scrolls.
    if (press[event.key]() !== false) event.preventDefault();
  });
}

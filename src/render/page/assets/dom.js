// Makes elements. Nothing from outside is ever parsed as HTML: text becomes text nodes, values become attributes.

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

export const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/** A link to another view; `main.js` follows it without loading the page anew. */
export const link = (href, key, ...children) => h('a', { href, 'data-nav': true, 'data-key': key }, children);

/** A name that anybody may have chosen: it cannot change the direction of what stands around it, and even none is seen. */
export const name = (text) => h('bdi', { class: 'name' }, text === '' ? '""' : visible(text));

/** A sentence of the exporter: what stands between backticks is a name or a setting. */
export const sentence = (text) => text.split('`').map((part, index) => (index % 2 ? h('code', {}, name(part)) : visible(part)));

/** Control characters and marks of direction are shown as what they are. */
export function visible(text) {
  const marked = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
  return text.replace(marked, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A table that scrolls by itself where the screen is narrow. Heads are `[content, class, attributes, label]`. */
export function table(caption, heads, rows, className = '') {
  const labels = heads.map(([text, , , label]) => label ?? text);
  const head = h('tr', {}, heads.map(([text, kind, more]) => h('th', { scope: 'col', class: kind, ...more }, text)));
  const body = rows.map((row) => h('tr', row.attributes ?? {}, row.cells.map((content, index) => {
    const attributes = { class: heads[index][1], 'data-label': labels[index] };
    return index === 0 ? h('th', { scope: 'row', ...attributes }, content) : h('td', attributes, content);
  })));
  return h('div', { class: `table ${className}`, tabindex: '0', role: 'region', 'aria-label': caption, 'data-key': `table:${caption}` },
    h('table', {}, h('caption', { class: 'hidden' }, caption), h('thead', {}, head), h('tbody', {}, body)));
}

/** A list of facts: what, how much, and a word on it. */
export function facts(items) {
  return h('dl', { class: 'facts' }, items.filter(Boolean).map(([what, value, note, title]) =>
    h('div', { title }, h('dt', {}, what), h('dd', {}, value, note ? h('small', {}, note) : null))));
}

/** Puts `nodes` into `place`, and leaves the focus and what was unfolded as they were. */
export function swap(place, nodes) {
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const scrolled = [...place.querySelectorAll('.table')].map((one) => one.scrollLeft);
  const open = new Set([...place.querySelectorAll('details[open]')].map((one) => one.dataset.key));
  place.replaceChildren(...nodes.flat(Infinity).filter(Boolean));
  for (const one of place.querySelectorAll('details')) if (open.has(one.dataset.key)) one.open = true;
  place.querySelectorAll('.table').forEach((one, index) => { one.scrollLeft = scrolled[index] ?? 0; });
  if (focused) focusOn(place, focused);
}

export function focusOn(place, key) {
  const found = [...place.querySelectorAll('[data-key]')].find((one) => one.dataset.key === key);
  found?.focus({ preventScroll: true });
}

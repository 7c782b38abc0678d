// What stands above every view: which cluster, which view, the search.

import { state } from './clusters.js';
import { h, link, swap, visible } from './dom.js';
import { changed, to } from './route.js';
import { shape } from './status.js';
import { number } from './words.js';

const VIEWS = [['groups', 'Groups'], ['topics', 'Topics'], ['findings', 'Findings'], ['clusters', 'Clusters']];
const TYPING_MS = 200;

let parts = null;

function build(place, go, help) {
  let waiting = null;
  const search = h('input', {
    type: 'search', id: 'search', placeholder: 'Search', 'aria-label': 'Search by name', autocomplete: 'off', spellcheck: 'false',
    oninput: () => {
      clearTimeout(waiting);
      const at = location.search;
      waiting = setTimeout(() => { if (location.search === at) go.search(search.value); }, TYPING_MS);
    },
    onkeydown: (event) => {
      if (event.key !== 'Enter' || event.isComposing) return;
      clearTimeout(waiting);
      go.enter(search.value);
      event.preventDefault();
    },
  });
  const nav = h('nav', { 'aria-label': 'Views' });
  const choice = h('select', { 'aria-label': 'Cluster', onchange: () => go.to(to({ cluster: choice.value })) });
  const button = h('button', { type: 'button', class: 'help', 'aria-label': 'Keyboard help', title: 'Keyboard help (?)', onclick: help }, '?');
  place.replaceChildren(choice, nav, h('div', { role: 'search', class: 'search' }, search, h('kbd', { 'aria-hidden': 'true' }, '/')), button);
  return { search, nav, choice };
}

/** How many findings there are, with the shape of the worst. */
function found(clusters, name) {
  const counts = clusters.find((cluster) => cluster.name === name)?.findings_by_severity ?? {};
  const worst = ['critical', 'warning', 'info'].find((severity) => counts[severity] > 0);
  if (!worst) return null;
  const all = Object.values(counts).reduce((sum, one) => sum + one, 0);
  return h('span', { class: `badge ${worst}`, title: `the worst is ${worst}` }, shape(worst), number(all), h('span', { class: 'hidden' }, ` findings, the worst ${worst}`));
}

export function show(place, route, clusters, go, help) {
  parts ??= build(place, go, help);
  const at = { group: 'groups', topic: 'topics' }[route.page] ?? route.page;
  swap(parts.nav, VIEWS.map(([view, text]) => {
    const one = link(to({ cluster: route.cluster, view }), `view:${view}`, text, view === 'findings' ? found(clusters, route.cluster) : null);
    if (view === at) one.setAttribute('aria-current', 'page');
    return one;
  }));
  if (document.activeElement !== parts.search) parts.search.value = route.q ?? '';
  const names = clusters.map((cluster) => cluster.name);
  if (route.cluster && !names.includes(route.cluster)) names.push(route.cluster);
  if (parts.choice.options.length !== names.length || [...parts.choice.options].some((one, index) => one.value !== names[index])) {
    parts.choice.replaceChildren(...names.map((one) => h('option', { value: one }, visible(one))));
  }
  // Whoever looks at one cluster sees that another is in trouble.
  for (const one of parts.choice.options) {
    const found = clusters.find((cluster) => cluster.name === one.value);
    const severity = found ? state(found)[0] : 'ok';
    const text = `${visible(one.value)}${severity === 'ok' ? '' : ` · ${severity}`}`;
    if (one.textContent !== text) one.textContent = text;
  }
  parts.choice.value = route.cluster ?? '';
  parts.choice.hidden = names.length < 2;
}

/** Where a search leads: to the list of the view that is looked at. */
export function searched(route, text) {
  const view = { group: 'groups', topic: 'topics', clusters: 'groups' }[route.page] ?? route.page;
  return changed({ cluster: route.cluster, sort: route.sort, severity: route.severity, view }, { q: text });
}

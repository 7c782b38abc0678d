// Follows the address: loads its view, shows it, and keeps it up to date.

import * as api from './api.js';
import * as clustersView from './clusters.js';
import * as controls from './controls.js';
import { focusOn, h, swap } from './dom.js';
import * as findings from './findings.js';
import * as group from './group.js';
import * as groups from './groups.js';
import * as keys from './keys.js';
import * as notices from './notices.js';
import { read, to } from './route.js';
import * as topic from './topic.js';
import * as topics from './topics.js';

const EVERY_MS = 3000;
const MARKING_SECONDS = 30;
const VIEWS = { group, groups, topic, topics, findings, clusters: clustersView };
const place = (id) => document.getElementById(id);

const state = { route: read(), clusters: [], data: null, shown: null, lost: false, refused: null, loadedAt: null, fetchedAt: 0, drawnAt: 0, isBroken: false };
const seconds = () => Date.now() / 1000;
let turn = 0;
let asking = 0;
let came = null;

const cluster = () => state.clusters.find((one) => one.name === state.route.cluster) ?? null;

function note() {
  const shownOld = state.shown !== null;
  notices.show(place('notices'), place('main'), { ...state, cluster: cluster(), loadedAt: shownOld ? state.loadedAt : null }, seconds());
  const words = notices.age(cluster(), state.fetchedAt, seconds());
  if (place('age').textContent !== words) place('age').textContent = words;
}

/** What cannot be shown must not look as if what is there were of now. */
function draw() {
  const was = state.isBroken;
  try {
    put();
    [state.drawnAt, state.isBroken] = [seconds(), false];
  } catch (error) {
    console.error(error);
    state.isBroken = true;
  }
  if (was !== state.isBroken) note();
}

function put() {
  const { route, data, clusters } = state;
  const view = VIEWS[route.page];
  controls.show(place('controls'), route, clusters, go, keys.help);
  if (data !== null || route.page === 'clusters') {
    const now = cluster()?.finished_at_unix_seconds ?? seconds();
    swap(place('main'), view.render(route, data, now, clusters));
    state.shown = location.search;
  } else if (state.shown !== location.search && (state.refused || cluster()?.report_reason || state.lost)) {
    swap(place('main'), [h('h1', {}, view.title(route)), h('p', { class: 'empty' }, 'Nothing to show; see above.')]);
    state.shown = null;
  }
  document.title = `${document.documentElement.dataset.fresh === 'no' ? '⚠ ' : ''}${view.title(route)} · Highwater`;
}

/** Somebody marks text to copy it: it must not be taken away, for a while. */
const isMarking = () => seconds() - state.drawnAt < MARKING_SECONDS && !getSelection().isCollapsed && place('main').contains(getSelection().anchorNode);

async function load() {
  const mine = ++turn;
  asking += 1;
  try {
    const { items } = await api.clusters();
    if (mine !== turn) return;
    [state.clusters, state.fetchedAt, state.lost] = [items, seconds(), false];
    state.route.cluster ??= clustersView.worstFirst(items)[0]?.name ?? null;
    if (state.route.cluster === null) state.route.page = 'clusters';
    const data = await VIEWS[state.route.page].load(state.route);
    if (mine !== turn) return;
    [state.data, state.refused, state.loadedAt] = [data, null, seconds()];
  } catch (error) {
    if (mine !== turn) return;
    state.lost = error instanceof api.Unreachable;
    state.refused = error instanceof api.Refused ? error : null;
    if (!state.lost && !state.refused) {
      state.isBroken = true;
      note();
      throw error;
    }
    if (state.shown !== location.search) state.data = null;
  } finally {
    asking -= 1;
  }
  note();
  if (state.shown !== location.search || !isMarking()) draw();
  arrive();
}

/** After a view was changed: to its top, or back to the row that one came from. */
function arrive() {
  if (came === null) return;
  const { focus, top, isEntered } = came;
  came = null;
  scrollTo(0, top);
  if (isEntered) keys.move(1);
  if (isEntered || document.activeElement?.id === 'search') return;
  if (focus) focusOn(place('main'), focus);
  else place('main').focus({ preventScroll: true });
}

function follow(focus = null, top = 0) {
  [state.route, state.refused, state.data] = [read(), null, null];
  came = { focus, top };
  load();
}

const go = {
  to(address, replaces = false) {
    const kept = { focus: document.activeElement?.dataset?.key ?? null, top: scrollY };
    history.replaceState(kept, '');
    if (replaces) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
    follow();
  },
  view: (view) => go.to(to({ cluster: state.route.cluster, view })),
  search: (text) => {
    if ((state.route.q ?? '') !== text) go.to(controls.searched(state.route, text), state.route.q !== null);
  },
  /** To the first row of what was found, once it is there. */
  enter(text) {
    go.search(text);
    if (came === null) keys.move(1);
    else came.isEntered = true;
  },
  up() {
    const { route } = state;
    if (route.page === 'group') go.to(to({ cluster: route.cluster }));
    else if (route.page === 'topic') go.to(to({ cluster: route.cluster, view: 'topics' }));
    else if (route.q || route.severity || route.after) go.to(to({ cluster: route.cluster, view: route.view }));
  },
};

document.addEventListener('click', (event) => {
  const to = event.target.closest?.('a[data-nav]');
  if (!to || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go.to(to.getAttribute('href'));
});
addEventListener('popstate', (event) => follow(event.state?.focus, event.state?.top));
document.addEventListener('visibilitychange', () => { if (!document.hidden) load(); });

place('controls').after(h('span', { id: 'age', class: 'age' }));
keys.listen(go);
load();
// An answer that takes longer is waited for, not asked for again.
setInterval(() => { if (!document.hidden && asking === 0) load(); }, EVERY_MS);
setInterval(note, 1000);

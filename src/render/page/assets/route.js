// What the address says: which view of which cluster, what is searched for, in which order, from where on.

const KEYS = ['cluster', 'view', 'group', 'topic', 'q', 'severity', 'sort', 'after'];
const VIEWS = ['groups', 'topics', 'findings', 'clusters'];

export function read(search = location.search) {
  const query = new URLSearchParams(search);
  const route = Object.fromEntries(KEYS.map((key) => [key, query.get(key) || null]));
  // The id of a group may be empty.
  route.group = query.get('group');
  if (!VIEWS.includes(route.view)) route.view = route.topic && route.group === null ? 'topics' : 'groups';
  route.page = route.group !== null ? 'group' : route.topic !== null ? 'topic' : route.view;
  return route;
}

/** The address of a view; what is left out is the default. */
export function to(parts) {
  const query = new URLSearchParams();
  for (const key of KEYS) {
    const value = parts[key];
    if (value === null || value === undefined || (value === '' && key !== 'group')) continue;
    if (key === 'view' && (value === 'groups' || (parts.group ?? null) !== null || parts.topic)) continue;
    query.set(key, value);
  }
  return `?${query}`;
}

/** The same view, changed in some parts, from its first row on. */
export const changed = (route, parts) => to({ ...route, after: null, ...parts });

export const toGroup = (route, group) => to({ cluster: route.cluster, group });
export const toTopic = (route, topic) => to({ cluster: route.cluster, topic });

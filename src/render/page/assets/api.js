// Asks the exporter. Addresses are relative, so the page works behind a proxy with a path of its own.

const PATIENCE_MS = 10000;

/** The exporter answered, and says why there is nothing to show. */
export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/** Nobody answered. */
export class Unreachable extends Error {}

async function get(path, query = {}) {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null && value !== undefined));
  const url = `api/v1/${path}${asked.size ? `?${asked}` : ''}`;
  let response;
  let body;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), headers: { accept: 'application/json' } });
    body = await response.json();
  } catch (error) {
    throw new Unreachable(error.message);
  }
  if (!response.ok) throw new Refused(response.status, body.error ?? `status ${response.status}`);
  return body;
}

const one = encodeURIComponent;

export const clusters = () => get('clusters', { limit: 1000 });
export const overview = (cluster, query) => get(`clusters/${one(cluster)}/overview`, query);
/** Asked by query: a group may be called `..`, which a browser takes out of a path however it is written. */
export const group = (cluster, group) => get(`clusters/${one(cluster)}/group`, { group });
export const topics = (cluster, query) => get(`clusters/${one(cluster)}/topics`, query);
export const topic = (cluster, topic) => get(`clusters/${one(cluster)}/topics/${one(topic)}`);
export const findings = (cluster) => get(`clusters/${one(cluster)}/findings`, { limit: 1000 });
export const explain = (cluster, group) => get(`clusters/${one(cluster)}/explain`, { group });

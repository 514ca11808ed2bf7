/** The shortest time between two refreshes, so that a busy server does not keep its pages busy. */
const GAP = 3_000;
/** How often is asked for everything while the stream is broken. */
const POLL = 30_000;

/** Which part of an address shows what a feature changed; of what is not named here, anything may. */
const SHOWN_BY: Record<string, RegExp> = {
  antiraid: /\/(raids?|antiraid|audit|overview|home)/,
  automod: /\/(automod|audit|overview|home)/,
  moderation: /\/(cases|case-types|ladders?|notes|users|moderation|audit|overview|home)/,
  reports: /\/(reports|cases|audit|overview|home)/,
  tickets: /\/(tickets?|panels?|audit|overview|home)/,
};
/** What is asked of Discord and not changed by any of our rows. */
const ELSEWHERE = /\/(live|members)$/;
/** What is written down each time it is read: a change that led to reading it would lead to the next change. */
const WATCHED = /\/tickets\/[^/]+\/messages$/;

/** Tell whether the address shows what these features changed; none stands for anything. */
export function isShownBy(path: string, features: string[]): boolean {
  if (ELSEWHERE.test(path) || WATCHED.test(path)) return false;
  return features.length === 0 || features.some((feature) => SHOWN_BY[feature]?.test(path) ?? true);
}

/**
 * Call `refresh` with the features in which something of the server changed, until the result is called.
 *
 * There is one stream, only while the page is seen. Whenever something may have been missed, and every 30 seconds
 * without a stream, it is called with an empty list, which stands for anything.
 */
export function followChanges(guildId: string, refresh: (features: string[]) => void): () => void {
  let source: EventSource | undefined;
  let hasMissed = false;
  let waiting: Set<string> | undefined;
  let gap: ReturnType<typeof setTimeout> | undefined;

  const flush = () => {
    const features = waiting;
    waiting = undefined;
    gap = features ? setTimeout(flush, GAP) : undefined;
    if (features) refresh(features.has("") ? [] : [...features]);
  };
  const tell = (features: string[]) => {
    waiting = new Set([...(waiting ?? []), ...(features.length > 0 ? features : [""])]);
    if (!gap) flush();
  };
  const open = () => {
    source?.close();
    source = new EventSource(`/api/v1/events?guild_id=${guildId}`);
    source.addEventListener("ready", () => {
      if (hasMissed) tell([]);
      hasMissed = false;
    });
    source.addEventListener("changed", (event: MessageEvent<string>) => tell(JSON.parse(event.data) as string[]));
    source.addEventListener("error", () => {
      hasMissed = true;
    });
  };
  const close = () => {
    source?.close();
    source = undefined;
    hasMissed = true;
  };
  const onVisibility = () => (document.hidden ? close() : open());
  const poll = setInterval(() => {
    if (!source || source.readyState === EventSource.OPEN) return;
    tell([]);
    // A stream that was refused does not come back by itself.
    if (source.readyState === EventSource.CLOSED) open();
  }, POLL);

  if (!document.hidden) open();
  document.addEventListener("visibilitychange", onVisibility);
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    clearInterval(poll);
    clearTimeout(gap);
    close();
  };
}

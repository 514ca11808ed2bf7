const isStop = () => (history.state as { isStop?: boolean } | null)?.isStop === true;

/** Put a stop into the browser's history at the same address, unless one is there: going back leads from it to the page itself. */
export function putStop() {
  if (!isStop()) history.pushState({ ...(history.state as object), isStop: true }, "", location.href);
}

/** Call `onBack` when somebody goes back from the stop to the page itself, until the result is called. */
export function followBack(onBack: () => void): () => void {
  const address = location.href;
  function onMove(event: PopStateEvent) {
    if (location.href !== address) return;
    // The page stays the same, so that the router has nothing to do.
    event.stopImmediatePropagation();
    if (!isStop()) onBack();
  }
  window.addEventListener("popstate", onMove, true);
  return () => window.removeEventListener("popstate", onMove, true);
}

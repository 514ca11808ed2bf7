/** Leaves the page; `isHeld` tells that the last entry of the browser's history is only a stop before leaving. */
type Leave = (isHeld: boolean) => void;
type Ask = (leave: Leave) => void;

let ask: Ask | undefined;

/** Have `question` asked before a page is left that holds something unsaved; returns how to end that. */
export function holdBack(question: Ask): () => void {
  ask = question;
  return () => {
    if (ask === question) ask = undefined;
  };
}

/** Leave the page by `go`, after the question if something is unsaved. */
export const leave = (go: Leave) => (ask ? ask(go) : go(false));

const WRITTEN_IN = "textarea, input:not([type=checkbox], [type=radio], [type=search]), [contenteditable=true]";

/** Whether somebody would lose what they write if the page went away now. */
export const isWriting = () => ask !== undefined || document.querySelector("[role=dialog]") !== null || !!document.activeElement?.matches(WRITTEN_IN);

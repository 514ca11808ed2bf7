/** "43 ms" of seconds; a dash where nothing was measured. */
export const milliseconds = (seconds: number | null | undefined) => (seconds == null ? "–" : `${Math.round(seconds * 1000)} ms`);

"use client";

import "./globals.css";

/** The last resort, when even the frame around the pages has failed. */
export default function GlobalError({ reset }: { error: Error; reset: () => void }) {
  return (
    <html lang="en">
      <body className="grid min-h-dvh place-content-center gap-4 p-6 text-center font-sans">
        <h1 className="text-xl font-semibold">Something went wrong</h1>
        <button type="button" onClick={reset} className="rounded-md bg-primary px-4 py-2 text-sm text-primary-foreground">
          Try again
        </button>
      </body>
    </html>
  );
}

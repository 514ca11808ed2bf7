"use client";

import { useEffect } from "react";

/** The title of the browser's tab, for pages whose name is known only at run time. */
export function useTitle(title: string | undefined) {
  useEffect(() => {
    if (title) document.title = `${title} · Guildbase`;
  }, [title]);
}

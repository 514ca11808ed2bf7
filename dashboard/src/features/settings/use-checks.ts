"use client";

import { useEffect, useState } from "react";

type Checks = typeof import("./checks");

/** The checks of values, which are loaded behind the form; until they are there the API alone judges. */
export function useChecks(): Checks | undefined {
  const [checks, setChecks] = useState<Checks>();
  useEffect(() => {
    import("./checks").then(setChecks, () => undefined);
  }, []);
  return checks;
}

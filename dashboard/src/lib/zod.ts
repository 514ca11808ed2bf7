import { z } from "zod";

// Without this zod tries `new Function`, which the content security policy refuses and reports.
z.config({ jitless: true });

export { z };

import { defineConfig, globalIgnores } from "eslint/config";
import nextVitals from "eslint-config-next/core-web-vitals";
import nextTs from "eslint-config-next/typescript";

export default defineConfig([
  ...nextVitals,
  ...nextTs,
  globalIgnores([".next/**", "out/**", "next-env.d.ts", "src/client/schema.d.ts"]),
  {
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: [
            {
              name: "next/navigation",
              importNames: ["useParams"],
              message: "One page is prerendered for all ids, so useParams() says `_`. Use @/hooks/use-guild-id.",
            },
            { name: "zod", message: "Use @/lib/zod, which keeps to the content security policy." },
          ],
        },
      ],
    },
  },
  { files: ["src/lib/zod.ts"], rules: { "no-restricted-imports": "off" } },
]);

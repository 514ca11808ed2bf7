import type { NextConfig } from "next";

const isDevelopment = process.env.NODE_ENV === "development";
const api = process.env.GUILDBASE_API_URL ?? "http://127.0.0.1:8000";

const config: NextConfig = {
  // One static bundle that the API serves; in development Next serves pages itself and passes on what is the API's.
  output: isDevelopment ? undefined : "export",
  // Where the bundle goes; the build puts it in place when it is whole.
  ...(!isDevelopment && { distDir: process.env.GUILDBASE_BUILD_DIR ?? "out" }),
  // `make check` looks at the types of our own sources, once; a build with plugins looks at those, too.
  typescript: { ignoreBuildErrors: !process.env.GUILDBASE_CHECK_TYPES },
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
  images: { unoptimized: true },
  ...(isDevelopment && {
    rewrites: async () => [{ source: "/api/v1/:path*", destination: `${api}/api/v1/:path*` }],
  }),
};

export default config;

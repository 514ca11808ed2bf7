import type { Plugin, PluginPage } from "./types";

const parts = (path: string) => path.split("/").filter(Boolean);

/** The addresses of all pages below `/g/ID/x`, with `_` in the place of each id. */
export const placeholders = (plugins: readonly Plugin[]): string[][] =>
  plugins.flatMap((plugin) =>
    plugin.pages.map((page) => [plugin.id, ...parts(page.path).map((part) => (part.startsWith(":") ? "_" : part))]),
  );

export type Place = { plugin: Plugin; page: PluginPage; params: Record<string, string> };

/** The page that stands at this address; one whose path is written out comes before one that takes any id. */
export function placeOf(plugins: readonly Plugin[], address: readonly string[]): Place | undefined {
  const [id, ...rest] = address;
  const plugin = plugins.find((one) => one.id === id);
  const found = (plugin?.pages ?? []).flatMap((page) => {
    const params = paramsOf(page.path, rest);
    return params ? [{ page, params }] : [];
  });
  const best = found.sort((one, other) => Object.keys(one.params).length - Object.keys(other.params).length)[0];
  return plugin && best && { plugin, ...best };
}

function paramsOf(path: string, address: readonly string[]): Record<string, string> | undefined {
  const wanted = parts(path);
  if (wanted.length !== address.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const given = address[index] ?? "";
    if (part.startsWith(":")) params[part.slice(1)] = given;
    else if (part !== given) return undefined;
  }
  return params;
}

// Made by scripts/gen-plugins.mjs from the folders beside it.
import type { Plugin } from "./types";

export const plugins: Plugin[] = [];

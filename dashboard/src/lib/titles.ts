const FIXED: Record<string, string> = { guilds: "General", antiraid: "Anti-raid", automod: "AutoMod", configuration: "Modules" };

/** A machine's name as people read it: `default_timeout` is "Default timeout", `is_public` is "Public". */
export function titled(name: string): string {
  const words = name.replace(/^(is|has)_/, "").replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What a feature of the bot is called. */
export const featureTitle = (feature: string) => FIXED[feature] ?? titled(feature);

const PROBLEMS: Record<string, string> = {
  denied: "You did not let Guildbase know who you are. Try again whenever you like.",
  expired: "That took too long, or it was begun in another browser. Try again.",
  discord: "Discord does not answer at the moment. Try again in a minute.",
  blocked: "This account may not use Guildbase here.",
  limited: "There were too many attempts. Wait a minute, then try again.",
  not_set_up: "Signing in is not set up here yet. The operator finds how in the guide to signing in.",
};

/** What to tell of the word that the API adds to the address when signing in did not work. */
export const problemText = (problem: string) => PROBLEMS[problem] ?? "Signing in did not work. Try again.";

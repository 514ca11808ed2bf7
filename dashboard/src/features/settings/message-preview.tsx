"use client";

import { Mark } from "@/components/mark";
import { Badge } from "@/components/ui/badge";
import { DiscordText } from "@/components/ui/discord-text";

const EXAMPLES: Record<string, string> = {
  "{user}": "**Robin**",
  "{server}": "your server",
  "{reason}": "spam",
  "{until}": "tomorrow",
  "{case}": "12",
  "{moderator}": "**Mara**",
};

/** The text with examples for its places. */
export const filled = (text: string) => text.replaceAll(/\{[a-z]+\}/g, (place) => EXAMPLES[place] ?? place);

/** About how Discord shows a text of the bot. */
export const MessagePreview = ({ text }: { text: string }) => (
  <figure className="mt-2 rounded-lg border bg-muted/40 p-3" aria-label="Preview of the message">
    <div className="flex gap-3">
      <Mark className="size-9 shrink-0 rounded-full" />
      <div className="min-w-0 text-sm">
        <p className="flex items-center gap-1.5 font-medium">
          Guildbase <Badge tone="info">APP</Badge>
        </p>
        <p className="mt-0.5">
          <DiscordText>{filled(text)}</DiscordText>
        </p>
      </div>
    </div>
  </figure>
);

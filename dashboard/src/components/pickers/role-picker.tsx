"use client";

import { useLiveGuild } from "@/hooks/use-live-guild";
import { useGuildId } from "@/hooks/use-guild-id";
import { Picker, type PickerProps } from "./picker";

export const colourOf = (colour: number) => (colour === 0 ? "var(--muted-foreground)" : `#${colour.toString(16).padStart(6, "0")}`);

const Dot = ({ colour }: { colour: number }) => (
  <span className="size-3 shrink-0 rounded-full" style={{ background: colourOf(colour) }} aria-hidden />
);

/** Roles of the server, the highest first. `isGiven` leaves out those that nobody can give. */
export function RolePicker({ isGiven, hasEveryone, ...props }: PickerProps & { isGiven?: boolean; hasEveryone?: boolean }) {
  const guildId = useGuildId();
  const guild = useLiveGuild();
  const choices = [...(guild.data?.roles ?? [])]
    .filter((role) => (hasEveryone || role.id !== guildId) && !(isGiven && role.is_managed))
    .sort((one, other) => other.position - one.position)
    .map((role) => ({
      id: role.id,
      name: role.name,
      icon: <Dot colour={role.colour} />,
      hint: role.is_managed ? "of an app" : undefined,
    }));
  const missing = guild.data ? (id: string) => <span className="truncate text-warning">A role that is gone ({id})</span> : undefined;
  return (
    <Picker
      placeholder="Choose a role"
      empty={guild.error ? "The bot does not answer, so its roles are not known." : "No such role."}
      unknown={missing}
      choices={choices}
      {...props}
    />
  );
}

"use client";

import { useDeferredValue, useState } from "react";
import { $api } from "@/client";
import { Person } from "@/components/person";
import { Avatar } from "@/components/ui/avatar";
import { useGuildId } from "@/hooks/use-guild-id";
import { Picker, type Choice, type PickerProps } from "./picker";

const ID = /^\d{17,20}$/;

/** Members of the server by the beginning of their name, or anybody by their id. */
export function UserPicker(props: PickerProps) {
  const guild_id = useGuildId();
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim());
  const query = ID.test(wanted) ? { ids: [wanted] } : { query: wanted };
  const found = $api.useQuery(
    "get",
    "/api/v1/guilds/{guild_id}/members",
    { params: { path: { guild_id }, query } },
    { enabled: wanted.length > 0, placeholderData: (before) => before },
  );
  const choices: Choice[] = (wanted ? (found.data?.people ?? []) : []).map((person) => ({
    id: person.id,
    name: person.name,
    hint: person.is_member ? `@${person.username}` : `@${person.username}, not a member`,
    icon: <Avatar name={person.name} src={person.avatar_url} className="size-5" />,
  }));
  const empty = !wanted ? "Type a name or an id." : found.isFetching ? "Searching…" : found.error ? "The bot does not answer." : "Nobody is called so.";
  return (
    <Picker
      placeholder="Choose a person"
      empty={empty}
      search={{ text, onChange: setText }}
      unknown={(id) => <Person id={id} />}
      choices={choices}
      {...props}
    />
  );
}

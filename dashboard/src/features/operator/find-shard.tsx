"use client";

import { SearchIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { client, told } from "@/client";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";

/** Tells which shard and which process a server is run by. */
export function FindShard({ onFound }: { onFound: (shardId: number) => void }) {
  const [guild_id, setGuildId] = useState("");
  const [answer, setAnswer] = useState("");

  async function find() {
    const { data, error } = await client.GET("/api/v1/operator/shards/of/{guild_id}", { params: { path: { guild_id } } });
    if (!data) return void toast.error(told(error));
    if (data.shard_id === null) return setAnswer("No bot process has run yet.");
    onFound(data.shard_id);
    setAnswer(`Shard #${data.shard_id}, ${data.process ? `process ${data.process}` : "which runs nowhere"}`);
  }

  return (
    <form
      className="flex flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void find();
      }}
    >
      <Input
        aria-label="Id of a server"
        placeholder="Id of a server"
        inputMode="numeric"
        className="w-52"
        value={guild_id}
        onChange={(event) => setGuildId(event.target.value.trim())}
      />
      <Button type="submit" variant="outline" disabled={!/^\d{17,20}$/.test(guild_id)}>
        <SearchIcon aria-hidden />
        Find its shard
      </Button>
      <span role="status" className="basis-full text-sm text-muted-foreground empty:hidden sm:text-right">{answer}</span>
    </form>
  );
}

"use client";

import { CornerUpRightIcon, DownloadIcon, FileIcon } from "lucide-react";
import { memo } from "react";
import type { Schemas } from "@/client";
import { Avatar } from "@/components/ui/avatar";
import { Badge } from "@/components/ui/badge";
import { useGuildId } from "@/hooks/use-guild-id";
import { cn } from "@/lib/cn";
import { when } from "@/lib/time";
import { MessageText } from "./message-text";

type Message = Schemas["MessageOut"];
type Names = ReadonlyMap<string, string>;
type Props = { number: number; message: Message; answered?: Message; names: Names };

/** One message, as Discord would show it. */
export const TranscriptMessage = memo(function TranscriptMessage({ number, message, answered, names }: Props) {
  const author = message.is_erased ? "Erased person" : message.author_name || message.author_id;
  return (
    <li className={cn("flex gap-3 px-5 py-2 hover:bg-muted/40", message.deleted_at && "opacity-70")}>
      <Avatar name={author} className="mt-0.5 size-9" />
      <div className="grid min-w-0 flex-1 gap-1">
        {answered && <Answered message={answered} />}
        <p className="flex flex-wrap items-baseline gap-x-2 gap-y-1">
          <span className="font-medium break-all">{author}</span>
          {message.is_bot && <Badge>Bot</Badge>}
          {message.is_staff && <Badge tone="info">Staff</Badge>}
          <time dateTime={message.said_at} className="text-xs text-muted-foreground">
            {when(message.said_at)}
          </time>
          {message.edited_at && <span className="text-xs text-muted-foreground">(edited)</span>}
          {message.deleted_at && <Badge tone="danger">Deleted in Discord</Badge>}
        </p>
        {message.is_erased ? (
          <p className="text-sm text-muted-foreground italic">What they wrote was erased.</p>
        ) : (
          message.content && <MessageText text={message.content} names={names} />
        )}
        {message.embeds.map((embed, index) => (
          <Box key={index} embed={embed} names={names} />
        ))}
        {message.stickers.map((sticker, index) => (
          <span key={index} className="text-sm text-muted-foreground">{`Sticker: ${sticker}`}</span>
        ))}
        {message.files.map((file) => (
          <File key={file.id} number={number} messageId={message.id} file={file} />
        ))}
      </div>
    </li>
  );
});

const Answered = ({ message }: { message: Message }) => (
  <p className="flex min-w-0 items-center gap-1.5 text-xs text-muted-foreground">
    <CornerUpRightIcon className="size-3 shrink-0" aria-hidden />
    <span className="shrink-0 font-medium">{message.author_name || message.author_id}</span>
    <span className="truncate">{message.content}</span>
  </p>
);

const Box = ({ embed, names }: { embed: Message["embeds"][number]; names: Names }) => (
  <div className="grid max-w-xl gap-1 rounded-md border-l-4 border-l-primary/60 bg-muted/50 p-3">
    {embed.title && <p className="text-sm font-semibold break-words">{embed.title}</p>}
    {embed.text && <MessageText text={embed.text} names={names} />}
    {embed.fields.map((field, index) => (
      <div key={index}>
        <p className="text-xs font-semibold break-words">{field.name}</p>
        <MessageText text={field.value} names={names} />
      </div>
    ))}
  </div>
);

function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(0)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** A file is only ever saved: what people sent is never shown as a page of ours. */
function File({ number, messageId, file }: { number: number; messageId: string; file: Message["files"][number] }) {
  const guildId = useGuildId();
  const copy = `/api/v1/guilds/${guildId}/tickets/${number}/messages/${messageId}/files/${file.id}`;
  return (
    <p className="flex w-fit max-w-full items-center gap-2 rounded-md border px-3 py-2 text-sm">
      <FileIcon className="size-4 shrink-0 text-muted-foreground" aria-hidden />
      <span className="truncate">{file.name}</span>
      <span className="shrink-0 text-xs text-muted-foreground">{size(file.size)}</span>
      {file.is_copied && (
        <a href={copy} download className="shrink-0 text-primary" aria-label={`Download ${file.name}`}>
          <DownloadIcon className="size-4" aria-hidden />
        </a>
      )}
      {!file.is_copied && file.url && (
        <a href={file.url} target="_blank" rel="noopener noreferrer nofollow" className="shrink-0 text-xs text-primary underline">
          Discord&apos;s link
        </a>
      )}
    </p>
  );
}

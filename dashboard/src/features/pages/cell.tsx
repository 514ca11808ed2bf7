import type { Schemas } from "@/client";
import { ChannelName } from "@/components/channel-name";
import { Person } from "@/components/person";
import { RoleName } from "@/components/role-name";
import { Badge } from "@/components/ui/badge";
import { ago, when } from "@/lib/time";

type Kind = Schemas["ColumnOut"]["kind"];
export type CellValue = string | number | null | undefined;

const number = new Intl.NumberFormat();

/** One value of a feature's page; whatever it holds is shown as text and never run. */
export function Cell({ kind, value }: { kind: Kind; value: CellValue }) {
  if (value === null || value === undefined || value === "") return <span className="text-muted-foreground">–</span>;
  const text = String(value);
  switch (kind) {
    case "number":
      return <span className="tabular-nums">{typeof value === "number" ? number.format(value) : text}</span>;
    case "time":
      return <time dateTime={text} title={when(text)} className="whitespace-nowrap">{ago(text)}</time>;
    case "user":
      return <Person id={text} />;
    case "channel":
      return <ChannelName id={text} />;
    case "role":
      return <RoleName id={text} />;
    case "badge":
      return <Badge>{text}</Badge>;
    default:
      return <span className="wrap-anywhere whitespace-pre-wrap">{text}</span>;
  }
}

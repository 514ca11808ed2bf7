"use client";

import { Mention } from "@/components/ui/discord-text";
import { titled } from "@/lib/titles";
import { itemSchema, shapeOf, type JsonSchema } from "./schema";

type DifferenceProps = { name: string; root: JsonSchema | undefined; before: unknown; after: unknown };

/** A setting before and after; undefined is the default. */
export function Difference({ name, root, before, after }: DifferenceProps) {
  const schema = root?.properties?.[name];
  return (
    <li className="rounded-lg border p-3 text-sm">
      <p className="mb-1.5 font-medium">{titled(name)}</p>
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-3 gap-y-1">
        <dt className="text-xs text-muted-foreground">Before</dt>
        <dd className="min-w-0 break-words text-muted-foreground line-through decoration-1">
          <Shown root={root} schema={schema} value={before} />
        </dd>
        <dt className="text-xs text-muted-foreground">After</dt>
        <dd className="min-w-0 break-words">
          <Shown root={root} schema={schema} value={after} />
        </dd>
      </dl>
    </li>
  );
}

const SIGNS: Record<string, string> = { role: "@&", channel: "#", user: "@" };

/** A value in words: names for ids, and "on" for true. */
export function Shown({ root, schema, value }: { root?: JsonSchema; schema?: JsonSchema; value: unknown }) {
  if (value === undefined) return <>the default</>;
  if (value === null || value === "" || (Array.isArray(value) && value.length === 0)) return <>nothing</>;
  if (typeof value === "boolean") return <>{value ? "on" : "off"}</>;
  const shape = root && schema ? shapeOf(root, schema) : undefined;
  if (Array.isArray(value) && shape)
    return (
      <>
        {value.map((one, index) => (
          <span key={index}>
            {index > 0 && ", "}
            <Shown root={root} schema={itemSchema(shape.schema)} value={one} />
          </span>
        ))}
      </>
    );
  const sign = shape && SIGNS[shape.kind];
  if (sign) return <Mention sign={sign} id={String(value)} />;
  if (shape?.kind === "colour") return <>{`#${Number(value).toString(16).padStart(6, "0")}`}</>;
  return <>{typeof value === "object" ? JSON.stringify(value) : String(value)}</>;
}

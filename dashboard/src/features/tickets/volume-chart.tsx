"use client";

import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

type Row = { name: string; opened: number; closed?: number };

const text = { fill: "var(--muted-foreground)", fontSize: 12 };

/** Bars of what was opened and, where it is told, closed; the words beside it say the most important of it. */
export function VolumeChart({ label, rows }: { label: string; rows: Row[] }) {
  const hasClosed = rows.some((row) => row.closed !== undefined);
  return (
    <figure aria-label={label}>
      <ResponsiveContainer width="100%" height={224}>
        <BarChart data={rows} margin={{ left: -24, right: 0, top: 8, bottom: 0 }} accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke="var(--border)" />
          <XAxis dataKey="name" tick={text} tickLine={false} axisLine={false} minTickGap={24} />
          <YAxis allowDecimals={false} tick={text} tickLine={false} axisLine={false} />
          <Tooltip
            cursor={{ fill: "var(--muted)" }}
            contentStyle={{ background: "var(--popover)", borderColor: "var(--border)", borderRadius: 8, color: "var(--popover-foreground)" }}
          />
          <Bar dataKey="opened" name="Opened" fill="var(--chart-1)" radius={3} isAnimationActive={false} />
          {hasClosed && <Bar dataKey="closed" name="Closed" fill="var(--chart-2)" radius={3} isAnimationActive={false} />}
        </BarChart>
      </ResponsiveContainer>
      {hasClosed && (
        <figcaption className="mt-2 flex gap-4 text-xs text-muted-foreground">
          <Key colour="var(--chart-1)" name="Opened" />
          <Key colour="var(--chart-2)" name="Closed" />
        </figcaption>
      )}
    </figure>
  );
}

const Key = ({ colour, name }: { colour: string; name: string }) => (
  <span className="inline-flex items-center gap-1.5">
    <span className="size-2.5 rounded-sm" style={{ background: colour }} aria-hidden />
    {name}
  </span>
);

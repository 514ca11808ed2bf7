"use client";

import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { Schemas } from "@/client";
import { timeOfDay, when } from "@/lib/time";

type Props = { points: Schemas["ShardPoint"][]; label: string };

const tick = { fill: "var(--muted-foreground)", fontSize: 12 };

/** The average and the worst of each stretch of time, in milliseconds. */
export default function LatencyChart({ points, label }: Props) {
  const data = points.map((point) => ({
    at: new Date(point.at).getTime(),
    average: point.latency === null ? null : point.latency * 1000,
    highest: point.highest === null ? null : point.highest * 1000,
  }));
  return (
    <figure aria-label={label} className="h-56">
      <ResponsiveContainer width="100%" height="100%">
        <LineChart data={data} margin={{ top: 4, right: 8, bottom: 0, left: -8 }} accessibilityLayer={false}>
          <CartesianGrid stroke="var(--border)" vertical={false} />
          <XAxis dataKey="at" type="number" scale="time" domain={["dataMin", "dataMax"]} tick={tick} tickFormatter={timeOfDay} />
          <YAxis tick={tick} unit=" ms" width={72} />
          <Tooltip
            labelFormatter={(at) => when(new Date(Number(at)))}
            formatter={(value) => `${Math.round(Number(value))} ms`}
            contentStyle={{ background: "var(--popover)", borderColor: "var(--border)", borderRadius: 8 }}
          />
          <Line dataKey="highest" name="Highest" stroke="var(--warning)" dot={false} strokeDasharray="4 3" isAnimationActive={false} />
          <Line dataKey="average" name="Average" stroke="var(--primary)" dot={false} strokeWidth={2} isAnimationActive={false} />
        </LineChart>
      </ResponsiveContainer>
    </figure>
  );
}

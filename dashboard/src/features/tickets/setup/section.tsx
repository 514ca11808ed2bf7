"use client";

import type { ReactNode } from "react";
import { Card, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";

type Props = { title: string; description: string; action?: ReactNode; children: ReactNode };

/** A list with a title, a word on what it is for, and the button that adds to it. */
export const Section = ({ title, description, action, children }: Props) => (
  <Card>
    <div className="flex flex-wrap items-start justify-between gap-3 pr-5">
      <CardHeader>
        <CardTitle>{title}</CardTitle>
        <CardDescription>{description}</CardDescription>
      </CardHeader>
      <div className="pt-5 pl-5 sm:pl-0">{action}</div>
    </div>
    <div className="mt-4">{children}</div>
  </Card>
);

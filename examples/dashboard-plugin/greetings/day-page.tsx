"use client";

import { Page } from "@/components/ui/page";
import type { PluginPageProps } from "@/plugins/types";

/** A page with an id of its own: what stands in the address for `:day`. */
export default function DayPage({ params }: PluginPageProps) {
  return (
    <Page title={`Greetings of ${params.day}`} description="A page that takes its day from the address.">
      <p className="text-sm">Put here what your feature knows of {params.day}.</p>
    </Page>
  );
}

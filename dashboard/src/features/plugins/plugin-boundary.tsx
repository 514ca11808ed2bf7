"use client";

import { PuzzleIcon } from "lucide-react";
import { Component, type ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/states";

type Props = { title: string; children: ReactNode };

/** A plugin that fails takes down its own page, and nothing else of the dashboard. */
export class PluginBoundary extends Component<Props, { error: Error | null }> {
  override state = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    return (
      <div role="alert">
        <Empty
          icon={PuzzleIcon}
          title={`${this.props.title} has failed`}
          action={<Button onClick={() => this.setState({ error: null })}>Try again</Button>}
        >
          This page belongs to a plugin. Its author can tell more; all other pages go on working.
        </Empty>
      </div>
    );
  }
}

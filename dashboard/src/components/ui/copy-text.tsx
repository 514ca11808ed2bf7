"use client";

import { CheckIcon, CopyIcon } from "lucide-react";
import { useState } from "react";
import { Button } from "./button";

/** An id or a secret that people copy; it is never a number, since JavaScript would round it. */
export function CopyText({ text, label = "Copy" }: { text: string; label?: string }) {
  const [isCopied, setCopied] = useState(false);
  async function copy() {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  }
  return (
    <span className="inline-flex items-center gap-1 font-mono text-xs">
      {text}
      <Button variant="ghost" size="icon-sm" className="size-6" aria-label={isCopied ? "Copied" : label} onClick={() => void copy()}>
        {isCopied ? <CheckIcon aria-hidden /> : <CopyIcon aria-hidden />}
      </Button>
    </span>
  );
}

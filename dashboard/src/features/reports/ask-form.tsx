"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";

/** A question to whoever wrote, by direct message. */
export function AskForm({ isBusy, onAsk }: { isBusy: boolean; onAsk: (question: string) => Promise<unknown> }) {
  const [question, setQuestion] = useState("");
  return (
    <form
      className="flex gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onAsk(question).then(
          () => setQuestion(""),
          () => undefined,
        );
      }}
    >
      <Input aria-label="Ask whoever wrote" placeholder="Ask whoever wrote" maxLength={1000} value={question} onChange={(event) => setQuestion(event.target.value)} />
      <Button type="submit" variant="outline" isBusy={isBusy} disabled={!question.trim()}>
        Ask
      </Button>
    </form>
  );
}

"use client";

import { DownloadIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { client, told } from "@/client";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";

type State = { step: "idle" } | { step: "collecting" } | { step: "receiving"; received: number; size: number };

/** All that is kept, as one file. It goes straight to this browser: there is no link that others could find. */
export function Export() {
  const [state, setState] = useState<State>({ step: "idle" });
  async function take() {
    setState({ step: "collecting" });
    try {
      const { response, error } = await client.POST("/api/v1/users/me/data/export", { parseAs: "stream" });
      if (error) throw error;
      const size = Number(response.headers.get("Content-Length")) || 0;
      save(await received(response, (bytes) => setState({ step: "receiving", received: bytes, size })));
      toast.success("Your data is in the file my-data.zip.");
    } catch (error) {
      toast.error(told(error));
    } finally {
      setState({ step: "idle" });
    }
  }
  return (
    <Card>
      <CardHeader>
        <CardTitle>Take it along</CardTitle>
        <CardDescription>
          A zip with every row about you as JSON and as CSV. Other people in it are replaced by numbers that lead to nobody.
        </CardDescription>
      </CardHeader>
      <CardContent className="flex flex-wrap items-center gap-4">
        <Button variant="outline" isBusy={state.step !== "idle"} onClick={() => void take()}>
          {state.step === "idle" && <DownloadIcon aria-hidden />}
          Download my data
        </Button>
        <p role="status" className="text-sm text-muted-foreground">
          {state.step === "collecting" && "Collecting from all tables…"}
          {state.step === "receiving" && progress(state)}
        </p>
      </CardContent>
    </Card>
  );
}

const progress = ({ received, size }: { received: number; size: number }) =>
  size ? `Receiving: ${Math.min(100, Math.floor((received / size) * 100))} %` : `Receiving: ${Math.ceil(received / 1024)} KiB`;

async function received(response: Response, tell: (bytes: number) => void): Promise<Blob> {
  const reader = response.body?.getReader();
  if (!reader) return response.blob();
  const parts: BlobPart[] = [];
  let bytes = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    bytes += part.value.byteLength;
    tell(bytes);
  }
  return new Blob(parts, { type: "application/zip" });
}

function save(blob: Blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "my-data.zip";
  link.click();
  // The browser has taken the file over once the click is handled.
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

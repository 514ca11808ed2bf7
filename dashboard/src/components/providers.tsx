"use client";

import { MutationCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ThemeProvider, useTheme } from "next-themes";
import { type ReactNode, useState } from "react";
import { toast, Toaster } from "sonner";
import { told } from "@/client";
import { TooltipProvider } from "@/components/ui/tooltip";

function makeQueryClient(): QueryClient {
  return new QueryClient({
    // The API may be on this machine: whether there is an internet does not matter, and who asks wants an answer.
    defaultOptions: { queries: { staleTime: 30_000, retry: 1, networkMode: "always" }, mutations: { networkMode: "always" } },
    // A page that handles an error itself says so with `meta: { isHandled: true }`.
    mutationCache: new MutationCache({
      onError: (error, _variables, _result, mutation) => {
        if (!mutation.meta?.isHandled) toast.error(told(error));
      },
    }),
  });
}

export function Providers({ children }: { children: ReactNode }) {
  const [queries] = useState(makeQueryClient);
  return (
    <QueryClientProvider client={queries}>
      <ThemeProvider attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange>
        <TooltipProvider delayDuration={300}>{children}</TooltipProvider>
        <Toasts />
      </ThemeProvider>
    </QueryClientProvider>
  );
}

function Toasts() {
  const { resolvedTheme } = useTheme();
  return (
    <Toaster
      theme={resolvedTheme === "light" ? "light" : "dark"}
      position="bottom-right"
      toastOptions={{
        style: { background: "var(--popover)", color: "var(--popover-foreground)", borderColor: "var(--border)" },
      }}
    />
  );
}

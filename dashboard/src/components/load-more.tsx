"use client";

import { Button } from "@/components/ui/button";

type Pages = { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };

/** Asks for the next page of a list that comes in pages; nothing on the last one. */
export const LoadMore = ({ query, label = "Show older" }: { query: Pages; label?: string }) =>
  query.hasNextPage ? (
    <div className="flex justify-center border-t p-3">
      <Button variant="outline" size="sm" isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        {label}
      </Button>
    </div>
  ) : null;

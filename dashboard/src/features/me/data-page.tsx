"use client";

import { $api } from "@/client";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/states";
import { Erasure } from "./erasure";
import { Export } from "./export";
import { KeptData } from "./kept-data";
import { PreferencesCard } from "./preferences-card";

/** What the bot keeps about the person, and what they can do about it. */
export function DataPage() {
  const query = $api.useQuery("get", "/api/v1/users/me/data");
  return (
    <Page title="My data" description="What this bot keeps about you in all servers, and how you take it along or have it erased.">
      <div className="grid grid-cols-1 gap-6">
        <PreferencesCard />
        <Export />
        <Loaded query={query}>
          {(data) => (
            <>
              <KeptData tables={data.tables} />
              <Erasure erasure={data.erasure} graceDays={data.grace_days} />
            </>
          )}
        </Loaded>
      </div>
    </Page>
  );
}

"use client";

import { UserPlusIcon, UsersRoundIcon } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { Empty, Loaded } from "@/components/ui/states";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { useRights } from "@/hooks/use-rights";
import { AccessBranch } from "./access-branch";
import { AccessHistory } from "./access-history";
import { GrantDialog } from "./grant-dialog";
import { OwnAccessCard } from "./own-access";
import { branches } from "./tree";
import { useAccess } from "./use-access";

/** Who may use the dashboard: whoever may see that; everybody sees their own access. */
export function AccessPage() {
  const rights = useRights();
  if (rights.has("view_settings")) return <Everybody />;
  return (
    <Page title="Dashboard access" description="What you may do in this server's dashboard.">
      <OwnAccessCard />
    </Page>
  );
}

function Everybody() {
  const access = useAccess();
  const [isGiving, setGiving] = useState(false);
  const canGive = access.data?.can_give ?? [];
  const give = canGive.length > 0 && (
    <Button onClick={() => setGiving(true)}>
      <UserPlusIcon aria-hidden /> Give access
    </Button>
  );
  return (
    <Page
      title="Dashboard access"
      description="Who may use this dashboard, and from whom they have it. Whoever owns the server may do everything; administrators everything but manage access."
      actions={give}
    >
      <Tabs defaultValue="people">
        <TabsList aria-label="Dashboard access">
          <TabsTrigger value="people">Who has access</TabsTrigger>
          <TabsTrigger value="history">History</TabsTrigger>
          <TabsTrigger value="own">You</TabsTrigger>
        </TabsList>
        <TabsContent value="people">
          <Card className="px-5 py-2">
            <Loaded query={access}>
              {(data) =>
                data.authorized.length === 0 ? (
                  <Empty icon={UsersRoundIcon} title="Nobody was given access yet" action={give}>
                    Give a helper just what they need, without Manage Server on Discord.
                  </Empty>
                ) : (
                  <ul className="divide-y">
                    {branches(data.authorized).map((branch) => (
                      <AccessBranch key={branch.grant.number} branch={branch} canGive={data.can_give} />
                    ))}
                  </ul>
                )
              }
            </Loaded>
          </Card>
        </TabsContent>
        <TabsContent value="history">
          <AccessHistory />
        </TabsContent>
        <TabsContent value="own">
          <OwnAccessCard />
        </TabsContent>
      </Tabs>
      {isGiving && <GrantDialog canGive={canGive} isOpen onOpenChange={setGiving} />}
    </Page>
  );
}

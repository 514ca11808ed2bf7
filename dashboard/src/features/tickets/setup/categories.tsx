"use client";

import { FolderOpenIcon, PlusIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { $api, type Schemas } from "@/client";
import { RoleName } from "@/components/role-name";
import { Button } from "@/components/ui/button";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Empty, Loaded } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import { useCategories } from "../use-tickets";
import { CategoryForm } from "./category-form";
import { Section } from "./section";

type Category = Schemas["CategoryOut"];

export const useSetupChanged = () =>
  useRefresh("/api/v1/guilds/{guild_id}/ticket-categories", "/api/v1/guilds/{guild_id}/ticket-panels");

export function Categories() {
  const query = useCategories();
  const [edited, setEdited] = useState<Category | "new" | null>(null);
  const add = (
    <Button size="sm" onClick={() => setEdited("new")}>
      <PlusIcon aria-hidden />
      New category
    </Button>
  );
  return (
    <Section title="Categories" description="The sorts of tickets: who answers them, where, and what is asked first." action={add}>
      <Loaded query={query}>
        {({ categories }) =>
          categories.length === 0 ? (
            <Empty icon={FolderOpenIcon} title="No category yet">
              A ticket is always of a category. Make one, such as Support, then a panel that offers it.
            </Empty>
          ) : (
            <ul className="divide-y border-t">
              {categories.map((it) => (
                <Row key={it.number} category={it} onEdit={() => setEdited(it)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <Dialog
        isOpen={edited !== null}
        onOpenChange={() => setEdited(null)}
        title={edited === "new" ? "New category" : "Change category"}
        className="max-w-2xl"
      >
        {edited && <CategoryForm category={edited === "new" ? null : edited} onDone={() => setEdited(null)} />}
      </Dialog>
    </Section>
  );
}

function Row({ category, onEdit }: { category: Category; onEdit: () => void }) {
  const guild_id = useGuildId();
  const changed = useSetupChanged();
  const archive = $api.useMutation("delete", "/api/v1/guilds/{guild_id}/ticket-categories/{number}");
  async function disable() {
    await archive.mutateAsync({ params: { path: { guild_id, number: category.number } } });
    toast.success(`${category.name} takes no more tickets.`);
    await changed();
  }
  return (
    <li className="flex flex-wrap items-center gap-3 px-5 py-3">
      <div className="min-w-0 flex-1">
        <p className="font-medium break-words">{category.name}</p>
        <p className="text-sm break-words text-muted-foreground">{category.description || "No description"}</p>
        <p className="mt-1 flex flex-wrap gap-x-3 gap-y-1 text-sm">
          {category.staff_roles.map((id) => <RoleName key={id} id={id} />)}
          {category.staff_roles.length === 0 && <span className="text-warning">Only admins answer: no role is its staff.</span>}
        </p>
      </div>
      <Button variant="outline" size="sm" onClick={onEdit}>
        Change
      </Button>
      <Confirm
        trigger={
          <Button variant="ghost" size="sm">
            Disable
          </Button>
        }
        title={`Disable ${category.name}?`}
        body="It takes no more tickets and leaves all panels. Tickets that are there go on, and nothing is deleted."
        action="Disable"
        onConfirm={disable}
      />
    </li>
  );
}

"use client";

import { useState } from "react";
import { toast } from "sonner";
import { $api, type Schemas } from "@/client";
import { Picker } from "@/components/pickers/picker";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { Loaded } from "@/components/ui/states";
import { Switch } from "@/components/ui/switch";
import { useRefresh } from "@/hooks/use-refresh";

const PATH = "/api/v1/users/me/preferences";
const AUTOMATIC = "auto";

/** How the bot speaks to the person, in every server. */
export function PreferencesCard() {
  const query = $api.useQuery("get", PATH);
  return (
    <Card>
      <CardHeader>
        <CardTitle>Preferences</CardTitle>
        <CardDescription>They count in every server, as /preferences in Discord does.</CardDescription>
      </CardHeader>
      <CardContent>
        <Loaded query={query}>{(found) => <PreferencesForm key={JSON.stringify(found)} stored={found} />}</Loaded>
      </CardContent>
    </Card>
  );
}

function PreferencesForm({ stored }: { stored: Schemas["OwnPreferencesOut"] }) {
  const [locale, setLocale] = useState(stored.locale ?? AUTOMATIC);
  const [time_zone, setZone] = useState<string | null>(stored.time_zone);
  const [wants_dms, setDms] = useState(stored.wants_dms);
  const changed = useRefresh(PATH);
  const save = $api.useMutation("patch", PATH);
  const languages = [
    { value: AUTOMATIC, label: "As in Discord" },
    ...stored.languages.map((it) => ({ value: it.locale, label: it.name })),
  ];
  const zones = stored.time_zones.map((zone) => ({ id: zone, name: zone.replaceAll("_", " ") }));
  async function send() {
    await save.mutateAsync({ body: { locale: locale === AUTOMATIC ? null : locale, time_zone, wants_dms } });
    toast.success("Your preferences are saved.");
    await changed();
  }
  return (
    <form
      className="grid items-start gap-4 sm:grid-cols-2"
      onSubmit={(event) => {
        event.preventDefault();
        send().catch(() => {});
      }}
    >
      <Field label="Language">{(aria) => <Select {...aria} value={locale} onValueChange={setLocale} options={languages} />}</Field>
      <Field label="Time zone" hint="In which times are written for you.">
        {(aria) => <Picker {...aria} value={time_zone} onChange={setZone} choices={zones} empty="No such time zone." isClearable={false} />}
      </Field>
      <Field label="Direct messages" hint="Such as notices of warnings and the transcripts of your tickets." isInline className="sm:col-span-2">
        {(aria) => <Switch {...aria} checked={wants_dms} onCheckedChange={setDms} />}
      </Field>
      <Button type="submit" className="justify-self-end sm:col-span-2" isBusy={save.isPending}>
        Save preferences
      </Button>
    </form>
  );
}

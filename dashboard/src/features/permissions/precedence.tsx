import { ArrowRightIcon } from "lucide-react";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";

const STEPS: { question: string; then: string }[] = [
  { question: "Is the person, or the server, blocked?", then: "refused" },
  { question: "Is the command or its module switched off?", then: "refused" },
  { question: "Do they own the server?", then: "allowed" },
  { question: "Is there a rule? The first one that fits decides.", then: "as it says" },
  { question: "Does Discord, or their level, let them?", then: "allowed, or else refused" },
];
const ORDERS: { label: string; steps: string[] }[] = [
  { label: "Whom or where", steps: ["the person", "their roles", "the channel", "its category", "everybody"] },
  { label: "What", steps: ["the command", "its group", "its module", "everything"] },
  { label: "Between roles", steps: ["deny", "ignore", "allow"] },
];

/** What decides, in the order in which it is asked. */
export function Precedence() {
  return (
    <Card>
      <CardHeader>
        <CardTitle>What decides</CardTitle>
        <CardDescription>The first answer counts.</CardDescription>
      </CardHeader>
      <CardContent className="grid grid-cols-1 gap-6 lg:grid-cols-2">
        <ol className="grid min-w-0 content-start gap-2">
          {STEPS.map(({ question, then }, index) => (
            <li key={question} className="flex items-center gap-3 rounded-lg border bg-muted/40 px-3 py-2 text-sm">
              <span className="grid size-6 shrink-0 place-content-center rounded-full bg-primary text-xs font-semibold text-primary-foreground">
                {index + 1}
              </span>
              <span className="min-w-0 flex-1">{question}</span>
              <span className="shrink-0 text-xs text-muted-foreground">{then}</span>
            </li>
          ))}
        </ol>
        <div className="grid min-w-0 content-start gap-4">
          <p className="text-sm text-muted-foreground">Of several rules, the one that stands further left here comes first; the upper line weighs more.</p>
          {ORDERS.map(({ label, steps }) => (
            <div key={label} className="grid gap-1.5">
              <span className="text-xs font-medium text-muted-foreground">{label}</span>
              <ol className="flex flex-wrap items-center gap-1.5 text-sm">
                {steps.map((step, index) => (
                  <li key={step} className="flex items-center gap-1.5">
                    {index > 0 && <ArrowRightIcon className="size-3.5 text-muted-foreground" aria-hidden />}
                    <span className="rounded-md border bg-card px-2 py-1">{step}</span>
                  </li>
                ))}
              </ol>
            </div>
          ))}
          <p className="text-sm text-muted-foreground">
            Allowing a person or a role opens a command to them. Allowing a place only lifts what a wider rule denies.
          </p>
        </div>
      </CardContent>
    </Card>
  );
}

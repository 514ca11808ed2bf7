import { Badge } from "@/components/ui/badge";
import type { RightName } from "@/hooks/use-rights";
import { RIGHTS } from "./rights";

export const RightBadges = ({ rights, isFaint }: { rights: readonly RightName[]; isFaint?: boolean }) => (
  <span className="flex flex-wrap gap-1.5">
    {rights.map((right) => (
      <Badge
        key={right}
        tone={isFaint ? "neutral" : right === "owner" ? "warning" : "info"}
        className={isFaint ? "line-through" : undefined}
        title={RIGHTS[right].means}
      >
        {RIGHTS[right].label}
      </Badge>
    ))}
  </span>
);

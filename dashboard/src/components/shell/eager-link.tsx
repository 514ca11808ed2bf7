"use client";

import Link from "next/link";
import { useState, type ComponentProps } from "react";

/** A link of a long menu: its page is loaded ahead once somebody points at it, and not when it comes into sight. */
export function EagerLink(props: ComponentProps<typeof Link>) {
  const [isNear, setNear] = useState(false);
  const near = () => setNear(true);
  return <Link {...props} prefetch={isNear ? null : false} onMouseEnter={near} onTouchStart={near} onFocus={near} />;
}

"use client";

import { useRouter } from "next/navigation";
import { leave } from "@/lib/unsaved";

/** Opens an address of ours from code; what is unsaved on the page is asked about first. */
export function useGo() {
  const router = useRouter();
  return (href: string) => leave((isHeld) => (isHeld ? router.replace(href) : router.push(href)));
}

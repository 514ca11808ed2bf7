import { clsx, type ClassValue } from "clsx";
import { twMerge } from "tailwind-merge";

/** Joins class names; of those that contradict each other the last one counts. */
export const cn = (...values: ClassValue[]) => twMerge(clsx(values));

/** Guildbase's own sign: two stones on a base. */
export const Mark = ({ className }: { className?: string }) => (
  <svg viewBox="0 0 32 32" className={className} aria-hidden>
    <rect width="32" height="32" rx="8" className="fill-primary" />
    <path d="M8 21h16v3.5H8zM8 14.5h7v4.5H8zM17 14.5h7v4.5h-7zM12.5 8h7v4.5h-7z" className="fill-primary-foreground" />
  </svg>
);

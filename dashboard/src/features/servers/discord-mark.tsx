/** A speech bubble with a face, drawn for the button that leads to Discord. */
export const DiscordMark = ({ className }: { className?: string }) => (
  <svg viewBox="0 0 24 24" className={className} fill="currentColor" aria-hidden>
    <path d="M8.2 4.5 9 3.6c-1.9.3-3.6.9-5.1 1.9C1.9 8.6.8 12.2.9 16.6c1.7 1.9 3.8 3 6.3 3.6l1.3-2.1c-.8-.3-1.5-.6-2.2-1.1l.5-.4c3.3 1.5 7.1 1.5 10.4 0l.5.4c-.7.5-1.4.8-2.2 1.1l1.3 2.1c2.5-.6 4.6-1.7 6.3-3.6.1-4.4-1-8-3-11.1-1.5-1-3.2-1.6-5.1-1.9l.8.9c-2.5-.4-5.1-.4-7.6 0ZM8.3 14.8c-1.2 0-2.1-1.1-2.1-2.4s.9-2.4 2.1-2.4 2.1 1.1 2.1 2.4-.9 2.4-2.1 2.4Zm7.4 0c-1.2 0-2.1-1.1-2.1-2.4s.9-2.4 2.1-2.4 2.1 1.1 2.1 2.4-.9 2.4-2.1 2.4Z" />
  </svg>
);

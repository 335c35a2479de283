import type { JSX } from 'react';

/** Illustration for going live: a stream from one window to another. */
export function LiveIllustration(): JSX.Element {
  return (
    <svg className="journey" aria-hidden="true" focusable="false" viewBox="0 0 320 150" fill="none">
      <path
        className="journey-path"
        d="M92 92C140 20 180 140 228 58"
        strokeWidth="3"
        strokeDasharray="1 10"
        strokeLinecap="round"
      />
      <g className="journey-from">
        <rect x="14" y="52" width="96" height="68" rx="14" />
        <circle cx="62" cy="80" r="11" />
        <path d="M40 110c3-11 12-16 22-16s19 5 22 16" />
        <circle className="journey-live" cx="97" cy="65" r="5" />
      </g>
      <g className="journey-to">
        <rect x="210" y="18" width="96" height="68" rx="14" />
        <path d="M250 38.5v27l21-13.5z" />
      </g>
    </svg>
  );
}

/** Illustration for calling: two faces in two windows. */
export function CallIllustration(): JSX.Element {
  return (
    <svg className="pair" aria-hidden="true" focusable="false" viewBox="0 0 320 150" fill="none">
      <g className="pair-far">
        <rect x="72" y="14" width="150" height="96" rx="16" />
        <circle cx="147" cy="52" r="15" />
        <path d="M115 96c4-16 17-23 32-23s28 7 32 23" />
      </g>
      <g className="pair-near">
        <rect x="176" y="72" width="84" height="60" rx="13" />
        <circle cx="218" cy="95" r="9" />
        <path d="M198 121c3-10 11-14 20-14s17 4 20 14" />
      </g>
    </svg>
  );
}

/** Illustration for watching: a ticket. */
export function TicketIllustration(): JSX.Element {
  return (
    <svg className="stub" aria-hidden="true" focusable="false" viewBox="0 0 320 150" fill="none">
      <g transform="rotate(-5 160 75)">
        <path
          className="stub-paper"
          d="M66 42a12 12 0 0 1 12-12h164a12 12 0 0 1 12 12v20a13 13 0 0 0 0 26v20a12 12 0 0 1-12 12H78a12 12 0 0 1-12-12V88a13 13 0 0 0 0-26z"
        />
        <path className="stub-tear" d="M196 32v86" />
        <path className="stub-line" d="M92 60h76M92 76h54M92 92h66" />
        <path className="stub-play" d="M216 61.5v27l21-13.5z" />
      </g>
    </svg>
  );
}

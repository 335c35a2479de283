import { create } from 'qrcode';
import { type JSX, useMemo } from 'react';
import './qr-code.css';

/** Width of the white margin that scanners need around a QR code, in modules (ISO/IEC 18004: four). */
const QUIET_MODULES = 4;

/** A QR code, black on white in every theme. Renders nothing if the text is too long. */
export function QrCode({ text, label }: { text: string; label: string }): JSX.Element | null {
  const code = useMemo(() => drawQr(text), [text]);
  if (!code) return null;
  return (
    <svg
      className="qr"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${code.side} ${code.side}`}
      shapeRendering="crispEdges"
    >
      <rect width={code.side} height={code.side} fill="#fff" />
      <path d={code.path} fill="#000" />
    </svg>
  );
}

/** Whether the text is short enough for a QR code. */
export function fitsQr(text: string): boolean {
  // 2953 bytes is the capacity of the largest QR code at the lowest error correction level.
  return new TextEncoder().encode(text).length <= 2953;
}

function drawQr(text: string): { path: string; side: number } | null {
  if (!fitsQr(text)) return null;
  const { modules } = create(text, { errorCorrectionLevel: 'L' });
  let path = '';
  for (let row = 0; row < modules.size; row++) {
    for (let column = 0; column < modules.size; column++) {
      if (modules.get(row, column)) path += `M${column + QUIET_MODULES} ${row + QUIET_MODULES}h1v1h-1z`;
    }
  }
  return { path, side: modules.size + 2 * QUIET_MODULES };
}

/** A position within the free space: 0 is the left or top edge, 1 the right or bottom edge. */
export interface Position {
  x: number;
  y: number;
}

/** Moves a position within the free space and keeps it inside. `dx` and `dy` are fractions of that space. */
export function moveWithin(position: Position, dx: number, dy: number): Position {
  return { x: clamp(position.x + dx), y: clamp(position.y + dy) };
}

function clamp(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}

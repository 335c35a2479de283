import { setFlagsFromString } from 'node:v8';

/**
 * Makes V8 collect garbage earlier. By default, V8 lets 130 MB of short-lived objects accumulate, and almost
 * all of them are garbage while media is forwarded. `bench/memory` measures the effect.
 */
export function limitHeapGrowth(): void {
  // Keeps the young generation at its initial size (1 MB per semi-space). Its maximum cannot be set at runtime.
  setFlagsFromString('--semi-space-growth-factor=1');
  // Collects the old generation once it has grown by 30 %.
  setFlagsFromString('--heap-growing-percent=30');
}

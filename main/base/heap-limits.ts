import { setFlagsFromString } from 'node:v8';

/**
 * Trades CPU time for memory in V8's heap. By default, V8 lets 130 MB of short-lived objects and several times the live data of
 * the old generation accumulate before it collects them. While media is forwarded, almost all of that is garbage. The flags
 * apply from the next collection on. `bench/memory` measures their effect.
 */
export function limitHeapGrowth(): void {
  // Keeps the young generation at its initial size (1 MB per semi-space). Its maximum cannot be set at runtime.
  setFlagsFromString('--semi-space-growth-factor=1');
  // Collects the old generation once it has grown by 30 %.
  setFlagsFromString('--heap-growing-percent=30');
}

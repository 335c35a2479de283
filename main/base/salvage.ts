import type { z } from 'zod';

/** The valid part of stored JSON, and a description of each part that was left out. */
export interface Salvaged<T> {
  value: T;
  faults: readonly string[];
}

/**
 * Parses stored JSON that may be partly invalid: drops the invalid records of a list, and replaces the
 * invalid fields of an object with the schema's defaults. Returns null if nothing can be kept. The
 * descriptions name the faulty parts but do not quote them, because they may be secret.
 */
export function salvage<S extends z.ZodType>(schema: S, json: unknown): Salvaged<z.output<S>> | null {
  const whole = schema.safeParse(json);
  if (whole.success) return { value: whole.data, faults: [] };
  const faultOf = new Map<PropertyKey | undefined, string>();
  for (const { path, message } of whole.error.issues) {
    if (!faultOf.has(path[0])) faultOf.set(path[0], `${path.map(String).join('.')}: ${message}`);
  }
  const rest = without(json, (key) => faultOf.has(key));
  const second = schema.safeParse(rest);
  return second.success ? { value: second.data, faults: [...faultOf.values()] } : null;
}

/** Removes the array elements whose index is selected, or the object fields whose name is selected. */
function without(json: unknown, selects: (key: PropertyKey) => boolean): unknown {
  if (Array.isArray(json)) return json.filter((_record, index) => !selects(index));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).filter(([name]) => !selects(name)));
}

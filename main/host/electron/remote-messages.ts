import { z } from 'zod';

/**
 * The messages that a preload script sends for `@electron/remote` 2.1.3 (`dist/src/common/ipc-messages`), reduced to
 * the ones that the small window of a call needs.
 */

/** All channels on which the library listens start with this prefix. */
export const REMOTE_PREFIX = 'REMOTE_BROWSER_';
/** Asks for the object that represents the page's own window. */
export const CURRENT_WINDOW = `${REMOTE_PREFIX}GET_CURRENT_WINDOW`;
/** Calls a function of an object. */
export const MEMBER_CALL = `${REMOTE_PREFIX}MEMBER_CALL`;
/** Sent when the page has dropped an object or has ended. */
export const RELEASES: readonly string[] = [`${REMOTE_PREFIX}DEREFERENCE`, `${REMOTE_PREFIX}CONTEXT_RELEASE`];

/** The lowest opacity that a page can set, so that the window stays visible. */
const MIN_OPACITY = 0.3;

/** Identifies the page's JavaScript context. The library creates it from two numbers. */
const context = z.string().max(64);
const objectId = z.number().int().positive();
const pixels = z.number().int().min(-100_000).max(100_000);

/** An argument as the library encodes it. Arguments of its other types can reach all of main, and are rejected. */
function plain<T extends z.ZodType>(schema: T) {
  return z.strictObject({ type: z.literal('value'), value: schema });
}

const currentWindowSchema = z.union([z.tuple([context]), z.tuple([context, z.undefined()])]);

const memberCallSchema = z.union([
  z.tuple([context, objectId, z.literal('bounds'), z.tuple([])]),
  z.tuple([
    context,
    objectId,
    z.literal('setBounds'),
    z.tuple([plain(pixels), plain(pixels), plain(pixels.positive()), plain(pixels.positive())]),
  ]),
  z.tuple([context, objectId, z.literal('keepOnTop'), z.tuple([plain(z.boolean())])]),
  z.tuple([context, objectId, z.literal('setOpacity'), z.tuple([plain(z.number().min(MIN_OPACITY).max(1))])]),
]);

/** A call of one of the window's functions. */
export interface MemberCall {
  /** The id that the library gave the object. */
  id: number;
  name: 'bounds' | 'setBounds' | 'keepOnTop' | 'setOpacity';
  /** In the library's encoding; contains only numbers and booleans. */
  args: { type: 'value'; value: number | boolean }[];
}

/** Whether the arguments of `CURRENT_WINDOW` are valid. */
export function isCurrentWindowRequest(args: readonly unknown[]): boolean {
  return currentWindowSchema.safeParse(args).success;
}

/** Parses the arguments of `MEMBER_CALL`. Returns null unless they call one of the four functions with valid arguments. */
export function parseMemberCall(args: readonly unknown[]): MemberCall | null {
  const parsed = memberCallSchema.safeParse(args);
  if (!parsed.success) return null;
  const [, id, name, values] = parsed.data;
  return { id, name, args: [...values] };
}

const windowReplySchema = z.object({ type: z.literal('object'), id: objectId });

/** Returns the id in the library's answer to `CURRENT_WINDOW`; null if the answer contains no object. */
export function idInReply(reply: unknown): number | null {
  return windowReplySchema.safeParse(reply).data?.id ?? null;
}

const callReplySchema = z.union([
  plain(z.union([z.undefined(), z.null()])),
  z.strictObject({ type: z.literal('array'), members: z.array(plain(z.number())).length(4) }),
]);

/** Whether the library's answer to `MEMBER_CALL` is nothing or four numbers. It must not contain any object of main. */
export function isPlainReply(reply: unknown): boolean {
  return callReplySchema.safeParse(reply).success;
}

/** Creates the library's encoding of an error, which its preload part throws. */
export function exceptionReply(message: string): object {
  return { type: 'exception', value: { type: 'error', value: new Error(message), members: [] } };
}

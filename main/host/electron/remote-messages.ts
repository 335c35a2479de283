import { z } from 'zod';

/**
 * The messages of `@electron/remote` 2.1.3 (`dist/src/common/ipc-messages`) that the small window of a call
 * needs.
 */

/** The prefix of all channels that the library listens on. */
export const REMOTE_PREFIX = 'REMOTE_BROWSER_';
/** Requests the object that represents the page's own window. */
export const CURRENT_WINDOW = `${REMOTE_PREFIX}GET_CURRENT_WINDOW`;
/** Calls a function of an object. */
export const MEMBER_CALL = `${REMOTE_PREFIX}MEMBER_CALL`;
/** Sent when the page no longer uses an object, or when the page is unloaded. */
export const RELEASES: readonly string[] = [`${REMOTE_PREFIX}DEREFERENCE`, `${REMOTE_PREFIX}CONTEXT_RELEASE`];

/** The lowest opacity that a page can set, so that the window stays visible. */
const MIN_OPACITY = 0.3;

/** The id of the page's JavaScript context. The library builds the id from two numbers. */
const context = z.string().max(64);
const objectId = z.number().int().positive();
const pixels = z.number().int().min(-100_000).max(100_000);

/**
 * Creates a schema for an argument that the library encodes as a plain value. Through the other types of
 * arguments, a page could reach any object in the main process.
 */
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

/** A call to one of the window's functions. */
export interface MemberCall {
  /** The id that the library has assigned to the object. */
  id: number;
  name: 'bounds' | 'setBounds' | 'keepOnTop' | 'setOpacity';
  /** The arguments in the library's encoding. They are all numbers or booleans. */
  args: { type: 'value'; value: number | boolean }[];
}

/** Whether the arguments of a `CURRENT_WINDOW` message are valid. */
export function isCurrentWindowRequest(args: readonly unknown[]): boolean {
  return currentWindowSchema.safeParse(args).success;
}

/**
 * Parses the arguments of a `MEMBER_CALL` message. Returns null unless the message calls one of the window's
 * four functions with valid arguments.
 */
export function parseMemberCall(args: readonly unknown[]): MemberCall | null {
  const parsed = memberCallSchema.safeParse(args);
  if (!parsed.success) return null;
  const [, id, name, values] = parsed.data;
  return { id, name, args: [...values] };
}

const windowReplySchema = z.object({ type: z.literal('object'), id: objectId });

/**
 * Returns the object's id from the library's answer to a `CURRENT_WINDOW` message; null if there is no
 * object.
 */
export function idInReply(reply: unknown): number | null {
  return windowReplySchema.safeParse(reply).data?.id ?? null;
}

const callReplySchema = z.union([
  plain(z.union([z.undefined(), z.null()])),
  z.strictObject({ type: z.literal('array'), members: z.array(plain(z.number())).length(4) }),
]);

/**
 * Whether the library's answer to a `MEMBER_CALL` message is empty or four numbers. Any other answer could
 * give the page an object of the main process.
 */
export function isPlainReply(reply: unknown): boolean {
  return callReplySchema.safeParse(reply).success;
}

/**
 * Encodes an error in the library's format. The library's code in the preload script then throws the error.
 */
export function exceptionReply(message: string): object {
  return { type: 'exception', value: { type: 'error', value: new Error(message), members: [] } };
}

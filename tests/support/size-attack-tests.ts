import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Transport } from '../../main/origin/session.ts';
import { AttackSession, type AttackVersion, STREAM } from './attack-session.ts';
import {
  type AttackedProcess,
  type AttackKind,
  dialAsAttacker,
  listenAsAttacker,
  negotiates,
  startAttackedProcess,
} from './attacked-process.ts';
import { expectBearable } from './load-meter.ts';
import { closeAfterEach } from './own.ts';
import { runAttack, type Sent, type SizeAttack } from './size-attack.ts';
import { groupAttacks } from './size-attack-groups.ts';
import { MIB } from './size-attack-messages.ts';
import { replyAttacks, serverSetupAttacks } from './size-attack-replies.ts';
import { clientSetupAttacks, requestAttacks } from './size-attack-requests.ts';
import { waitFor } from './wait.ts';

/** Time limit for a test, in ms. It is so high that only a test that hangs reaches it. */
const TEST_MS = 300_000;
/** Number of attacks that run at the same time. The limits on the load are for few strangers, not for dozens. */
const BATCH_SIZE = 12;

/** The attacker's side of its sessions. */
type Role = 'client' | 'server';

/**
 * Defines tests that send messages of 1 to 64 MiB on every kind of stream, whole and byte by byte, and check
 * the other side's reaction and load.
 * @param roles the attacker's roles; if it is the server, the attacked process dials it
 */
export function testSizeAttacks(kind: AttackKind, version: AttackVersion, roles: readonly Role[]): void {
  const own = closeAfterEach();
  const setUp = negotiates(kind, version);
  const where = `${kind} 0${version}`;
  let attacked: AttackedProcess;
  let sessions = 0;

  describe(`a process that is attacked over ${where}`, () => {
    beforeAll(async () => {
      attacked = await startAttackedProcess({ addon: kind === 'WebTransport' });
    });
    afterAll(() => attacked.program.stop());

    describe.each(roles)('by a %s', { timeout: TEST_MS }, (role) => {
      it('withstands requests', () => attackAll(role, requestAttacks(version)));
      it('withstands groups and other unidirectional streams', () =>
        attackAll(role, groupAttacks(version, (role === 'client' ? 64 : 24) * MIB)));
      it('withstands answers to its requests', () => attackAll(role, replyAttacks(version)));
      if (!setUp) return;
      it('withstands messages on the stream that negotiates the version', () =>
        attackAll(role, role === 'client' ? clientSetupAttacks(version) : serverSetupAttacks(version)));
    });
  });

  /** Runs the large attacks one after the other, and the other attacks in batches. */
  async function attackAll(role: Role, attacks: readonly SizeAttack[]): Promise<void> {
    const next = await opener(role);
    const large = attacks.filter(({ isLarge }) => isLarge);
    const small = attacks.filter(({ isLarge }) => !isLarge);
    const batches = Array.from({ length: Math.ceil(small.length / BATCH_SIZE) }, (_, i) =>
      small.slice(i * BATCH_SIZE, (i + 1) * BATCH_SIZE),
    );
    for (const batch of [...batches, ...large.map((attack) => [attack])]) {
      await expectBatchBearable(batch, role, next);
    }
  }

  async function expectBatchBearable(
    batch: readonly SizeAttack[],
    role: Role,
    next: () => Promise<Transport>,
  ): Promise<void> {
    const opened: { attack: SizeAttack; session: AttackSession }[] = [];
    for (const attack of batch) opened.push({ attack, session: await open(attack, role, await next()) });
    await attacked.meter.start();
    const results = await Promise.allSettled(opened.map(({ attack, session }) => runAttack(session, attack)));
    await attacked.meter.settle();
    // The load is read while the sessions are open, so that it includes what they keep.
    const load = await attacked.meter.read();
    for (const { session } of opened) session.close();
    const bytes = results.reduce(
      (sum, result) => sum + (result.status === 'fulfilled' ? result.value.bytes : 0),
      0,
    );
    const [first] = batch;
    const name = batch.length === 1 ? first?.name : `${batch.length} attacks`;
    expectBearable(load, `${where} ${role}: ${name} (${bytes} bytes)`);
    for (const [i, result] of results.entries()) {
      if (result.status === 'rejected') throw result.reason;
      expectReaction(result.value, batch[i]);
    }
  }

  function open(
    { on, withoutSession }: SizeAttack,
    role: Role,
    transport: Transport,
  ): Promise<AttackSession> {
    sessions += 1;
    return AttackSession.open(transport, {
      version,
      negotiates: setUp,
      role,
      broadcast: `evil-${sessions}`,
      held: withoutSession ? STREAM.clientSetup : typeof on === 'number' ? on : undefined,
    });
  }

  /** Returns a function that opens a transport between the attacker and the attacked process. */
  async function opener(role: Role): Promise<() => Promise<Transport>> {
    if (role === 'client') return () => dialAsAttacker(kind, version, attacked.addresses[kind], own);
    const accepted: Transport[] = [];
    const address = await listenAsAttacker(kind, version, (transport) => accepted.push(transport), own);
    return () => {
      attacked.dial(address);
      return waitFor('the session', () => accepted.shift());
    };
  }
}

function expectReaction({ bytes, reset }: Sent, attack: SizeAttack | undefined): void {
  if (!attack) return;
  const { name, refusedAfterBytes } = attack;
  // Otherwise, an attack whose stream could not be opened would pass as refused.
  if (typeof attack.on === 'string') expect(bytes, `${name}: bytes`).toBeGreaterThan(0);
  if (attack.mayBeRefused) return;
  expect(reset, `${name}: reset`).toBe(refusedAfterBytes !== undefined);
  if (refusedAfterBytes !== undefined) expect(bytes, `${name}: bytes`).toBeLessThanOrEqual(refusedAfterBytes);
}

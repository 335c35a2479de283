import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AttackSession, type AttackVersion, STREAM } from './attack-session.ts';
import {
  type AttackedProcess,
  type AttackKind,
  dialAsAttacker,
  negotiates,
  startAttackedProcess,
} from './attacked-process.ts';
import { expectBearable, type LoadMeter } from './load-meter.ts';
import { closeAfterEach } from './own.ts';
import { stopPrograms } from './processes.ts';
import {
  clientSetupAttacks,
  replyAttacks,
  requestAttacks,
  runAttack,
  type SizeAttack,
  unidirectionalAttacks,
} from './size-attacks.ts';

const TEST_MS = 900_000;

/** Runs an attack. Checks how the other side reacted to its bytes, and the load that it caused. */
export async function expectAttackBearable(
  session: AttackSession,
  attack: SizeAttack,
  meter: LoadMeter,
  what: string,
): Promise<void> {
  await meter.start();
  const sent = await runAttack(session, attack);
  // The load is read while the session is open, so that it includes what the session keeps.
  expectBearable(await meter.read(), `${what}: ${attack.name} (${sent.bytes} bytes)`);
  if (attack.mayBeRefused) return;
  if (attack.refusedAfterBytes === undefined)
    expect(sent.reset, `${what}: ${attack.name}: reset`).toBe(false);
  else {
    expect(sent.reset, `${what}: ${attack.name}: reset`).toBe(true);
    expect(sent.bytes, `${what}: ${attack.name}: bytes`).toBeLessThanOrEqual(attack.refusedAfterBytes);
  }
}

/**
 * Defines tests that send messages of 1 to 64 MiB over a transport on every kind of stream, in both directions. They check
 * how the other side reacts to the bytes, and the load.
 */
export function testSizeAttacks(kind: AttackKind, versions: readonly AttackVersion[]): void {
  const own = closeAfterEach();
  const addon = kind === 'WebTransport';

  describe(`a process that a client attacks over ${kind}`, () => {
    let attacked: AttackedProcess;
    let clients = 0;
    beforeAll(async () => {
      attacked = await startAttackedProcess(['--read', ...(addon ? ['--web-transport'] : [])], { addon });
    });
    afterAll(stopPrograms);

    /** Runs each attack in a session of its own. */
    async function attackAll(
      version: AttackVersion,
      attacks: readonly SizeAttack[],
      held?: number,
    ): Promise<void> {
      for (const attack of attacks) {
        clients += 1;
        const transport = await dialAsAttacker(kind, version, attacked.addresses[kind], own);
        const session = await AttackSession.open(transport, {
          version,
          negotiates: negotiates(kind, version),
          role: 'client',
          broadcast: `evil-${clients}`,
          held: held ?? (typeof attack.on === 'number' ? attack.on : undefined),
        });
        await expectAttackBearable(session, attack, attacked.meter, `${kind} 0${version}`);
        session.close();
      }
    }

    it.each(versions)(
      'withstands requests in version 0%i',
      (version) => attackAll(version, requestAttacks(version)),
      TEST_MS,
    );

    it.each(versions)(
      'withstands unidirectional streams in version 0%i',
      (version) => attackAll(version, unidirectionalAttacks(version)),
      TEST_MS,
    );

    it.each(versions.filter((version) => negotiates(kind, version)))(
      'withstands a SETUP stream for version 0%i',
      (version) => attackAll(version, clientSetupAttacks(version), STREAM.clientSetup),
      TEST_MS,
    );

    it.each(versions)(
      'withstands answers to its requests in version 0%i',
      (version) => attackAll(version, replyAttacks(version, false)),
      TEST_MS,
    );
  });
}

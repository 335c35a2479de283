import { Broadcast, Connection, Path } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { RELAYED_PEERS } from '../../../../main/base/client-key.ts';
import { ANNOUNCEMENT_LIMITS } from '../../../../main/origin/announcement-limits.ts';
import { mount } from '../../../../main/origin/grants.ts';
import { Origin } from '../../../../main/origin/origin.ts';
import { Session } from '../../../../main/origin/session.ts';
import { closeAfterEach } from '../../../support/own.ts';
import { transportPair } from '../../../support/sessions.ts';
import { sleep, waitFor } from '../../../support/wait.ts';

const TICKET_OF_ANOTHER = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wBAQB_AAABAQ/hello';

const own = closeAfterEach();

async function publisher(
  maxAnnounced: number,
  { origin = new Origin(), client: key }: { origin?: Origin; client?: string } = {},
) {
  const [near, far] = transportPair();
  const floods: string[] = [];
  let unfit = 0;
  const [client, session] = await Promise.all([
    near.ready.then(() => Connection.connect(new URL('moq://test/'), { transport: near })),
    Session.accept(far, {
      origin,
      grants: { read: [], publish: [{ ...mount('', ''), excludeTickets: true }], pull: false },
      label: 'test',
      maxAnnounced,
      ...(key === undefined ? {} : { client: key }),
      onFlood: (how) => void floods.push(how),
      onPathRejected: () => {
        unfit += 1;
      },
    }),
  ]);
  own(client, session);
  return { client, near, origin, floods, unfit: () => unfit };
}

describe('a session', () => {
  it('is closed with a reason when it announces too often', async () => {
    const { client, near, origin, floods } = await publisher(10);
    let changes = 0;
    origin.watch(Path.empty(), () => {
      changes += 1;
    });
    const flap = async () => {
      for (let i = 0; i < 200 && floods.length === 0; i += 1) {
        const producer = new Broadcast.Producer();
        client.publish(Path.from('flap'), producer);
        await sleep(2);
        producer.close();
        await sleep(2);
      }
    };
    await flap();
    expect(floods).toEqual(['announcement-rate']);
    expect(await near.closed).toMatchObject({ closeCode: 2, reason: 'announcements too often' });
    // The burst limit allows 10 announcements and 10 unannouncements; the rate limit allows a few more during the
    // test.
    expect(changes).toBeLessThan(60);
    await waitFor('nothing left', () => origin.list().length === 0);
  });

  it('may announce as many broadcasts as allowed and withdraw them all', async () => {
    const { client, origin, floods } = await publisher(10);
    const producers = Array.from({ length: 10 }, () => new Broadcast.Producer());
    for (const [i, producer] of producers.entries()) client.publish(Path.from(`n${i}`), producer);
    await waitFor('all', () => origin.list().length === 10);
    for (const producer of producers) producer.close();
    await waitFor('none', () => origin.list().length === 0);
    expect(floods).toEqual([]);
  });

  it('may not announce at the path of another peer’s ticket in any spelling', async () => {
    const { client, origin, unfit } = await publisher(10);
    for (const path of [TICKET_OF_ANOTHER, TICKET_OF_ANOTHER.replace('iroh-live:', ''), 'fine']) {
      const producer = new Broadcast.Producer();
      own(producer);
      client.publish(Path.from(path), producer);
    }
    await waitFor('the allowed broadcast', () => origin.list().length > 0);
    await sleep(50);
    expect(origin.list().map(({ path }) => path)).toEqual(['fine']);
    expect(unfit()).toBe(1);
  });

  it('can announce when another session of its client has used up the limit of the client', async () => {
    const limits = {
      ...ANNOUNCEMENT_LIMITS,
      broadcastsPerClient: 10,
      changesPerClientAndS: 0.1,
      broadcasts: 40,
    };
    const origin = new Origin({ limits });
    const noisy = await publisher(1_000, { origin, client: RELAYED_PEERS });
    const quiet = await publisher(1_000, { origin, client: RELAYED_PEERS });
    for (let i = 0; noisy.floods.length === 0; i += 1) {
      const producer = new Broadcast.Producer();
      noisy.client.publish(Path.from(`noisy/${i}`), producer);
      await waitFor('handled', () => noisy.floods.length > 0 || origin.get(Path.from(`noisy/${i}`)));
      producer.close();
      await waitFor('withdrawn', () => noisy.floods.length > 0 || !origin.get(Path.from(`noisy/${i}`)));
    }
    expect(noisy.floods).toEqual(['announcement-rate']);
    for (let i = 0; i < 3; i += 1) {
      const producer = new Broadcast.Producer();
      quiet.client.publish(Path.from('quiet'), producer);
      await waitFor('published', () => origin.get(Path.from('quiet')));
      producer.close();
      await waitFor('unpublished', () => !origin.get(Path.from('quiet')));
    }
    expect(quiet.floods).toEqual([]);
  });
});

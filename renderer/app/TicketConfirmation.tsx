import { type JSX, useEffect, useState } from 'react';
import { useCallModel } from '../features/call/call-context.ts';
import { useAppState } from '../features/shared/context.ts';
import { useReadable } from '../features/shared/readable.ts';
import { TicketRequestDialog } from '../features/ticket/TicketRequestDialog.tsx';
import { TicketRequestNotice } from '../features/ticket/TicketRequestNotice.tsx';
import { ticketRequestView } from '../features/ticket/ticket-request-words.ts';
import type { AppModel } from './app-model.ts';

/**
 * How the window asks about the ticket that is waiting for the user: with a dialog, with a notice, or not at
 * all.
 */
interface TicketConfirmation {
  /** The modal dialog that asks the user. */
  dialog: JSX.Element | null;
  /** A message with a button that opens the dialog. */
  notice: JSX.Element | null;
}

/**
 * Asks the user to confirm the next ticket from outside the window. During a call, shows only a notice,
 * because a dialog would take the focus from the call's controls. While a call is ringing, shows nothing, so
 * that the two dialogs do not cover each other.
 */
export function useTicketConfirmation(app: AppModel): TicketConfirmation {
  const { ticketRequest: request, contacts, endpointId, settings } = useAppState();
  const { shown, incoming } = useReadable(useCallModel().scene);
  const connected = useReadable(app.connected);
  const inCall = shown !== null && shown.state !== 'ended';
  const requestId = request?.id ?? null;
  /** Ids of the request that was shown during a call, and of the request that the user has opened. */
  const [heldId, setHeldId] = useState<string | null>(null);
  const [openedId, setOpenedId] = useState<string | null>(null);
  // A notice remains a notice after the call ends. Otherwise, a peer could decide when the dialog appears by
  // hanging up.
  useEffect(() => {
    if (inCall) setHeldId(requestId);
  }, [inCall, requestId]);
  if (!request || !connected) return { dialog: null, notice: null };

  const view = ticketRequestView(request, {
    ownId: endpointId,
    contacts,
    displayName: settings.displayName,
    inCall,
  });
  const discard = (): void => app.discardTicket(request);
  // The user has just dropped the ticket here or clicked its notice, so they expect the dialog.
  const isExpected = request.origin === 'drop' || openedId === request.id;
  if (!isExpected && (inCall || heldId === request.id)) {
    const show = (): void => setOpenedId(request.id);
    return { dialog: null, notice: <TicketRequestNotice view={view} onShow={show} onDiscard={discard} /> };
  }
  if (incoming) return { dialog: null, notice: null };
  const dialog = (
    <TicketRequestDialog
      // When the peer hangs up, the Call button might appear under the pointer. The new key remounts the
      // dialog, so the button starts out disabled.
      key={`${request.id} ${view.problem}`}
      view={view}
      onConfirm={() => app.confirmTicket(request)}
      onDiscard={discard}
    />
  );
  return { dialog, notice: null };
}

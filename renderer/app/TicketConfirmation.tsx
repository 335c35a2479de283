import type { JSX } from 'react';
import { useCallModel } from '../features/call/call-context.ts';
import { useAppState } from '../features/shared/context.ts';
import { useReadable } from '../features/shared/readable.ts';
import { TicketRequestDialog } from '../features/ticket/TicketRequestDialog.tsx';
import { ticketRequestView } from '../features/ticket/ticket-request-words.ts';
import type { AppModel } from './app-model.ts';

/**
 * Shows the next ticket from outside the window for confirmation. While an incoming call rings, shows
 * nothing, so that the two dialogs never cover each other.
 */
export function TicketConfirmation({ app }: { app: AppModel }): JSX.Element | null {
  const { ticketRequest: request, contacts, endpointId, settings } = useAppState();
  const { shown, incoming } = useReadable(useCallModel().scene);
  const connected = useReadable(app.connected);
  if (!request || incoming || !connected) return null;
  const view = ticketRequestView(request, {
    ownId: endpointId,
    contacts,
    displayName: settings.displayName,
    inCall: shown !== null && shown.state !== 'ended',
  });
  return (
    <TicketRequestDialog
      key={request.id}
      view={view}
      onConfirm={() => app.confirmTicket(request)}
      onDiscard={() => app.discardTicket(request)}
    />
  );
}

import TicketIcon from 'lucide-react/icons/ticket';
import { type JSX, useEffect, useState } from 'react';
import { useLiveModel } from '../live/live-context.ts';
import { useApp } from '../shared/context.ts';
import { Icon } from '../shared/Icon.tsx';
import { readDroppedTicket } from '../ticket/ticket-input.ts';
import './drop-target.css';

/** Accepts a ticket or a video file dropped anywhere in the window: opens the ticket, or goes live with the file. */
export function DropTarget(): JSX.Element | null {
  const app = useApp();
  const live = useLiveModel();
  const [over, setOver] = useState(false);
  useEffect(() => {
    // Enter and leave events fire for every element under the pointer. The pointer has left the window once
    // as many leave events as enter events have fired.
    let depth = 0;
    const enter = (event: DragEvent): void => {
      event.preventDefault();
      depth += 1;
      setOver(true);
    };
    const leave = (): void => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const move = (event: DragEvent): void => event.preventDefault();
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      depth = 0;
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file) {
        app.go({ name: 'golive' });
        live.sources.selectFile(file);
        return;
      }
      const input = readDroppedTicket({
        uriList: event.dataTransfer?.getData('text/uri-list') ?? '',
        text: event.dataTransfer?.getData('text/plain') ?? '',
      });
      // The user must confirm the ticket first, because any web page can put a ticket into what the user
      // drags.
      if (input.kind === 'ticket') app.requestTicket(input.ticket);
      else app.toasts.show(input.kind === 'wrong' ? input.message : 'This is not a ticket.', { tone: 'bad' });
    };
    addEventListener('dragenter', enter);
    addEventListener('dragleave', leave);
    addEventListener('dragover', move);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragenter', enter);
      removeEventListener('dragleave', leave);
      removeEventListener('dragover', move);
      removeEventListener('drop', drop);
    };
  }, [app, live]);
  if (!over) return null;
  return (
    <div className="drop" aria-hidden="true">
      <div className="drop-card">
        <Icon icon={TicketIcon} size={40} />
        <p>Drop a ticket to watch or call, or a video to stream it</p>
      </div>
    </div>
  );
}

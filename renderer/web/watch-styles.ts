// The styles of what is loaded later: a chunk of script that comes by itself brings none.
import '../features/shared/button.css';
import '../features/watch/controls.css';
import '../features/shared/dialog.css';
import '../features/watch/facts.css';
import '../features/shared/field.css';
import '../features/shared/help-dialog.css';
import '../features/connection/connection.css';
import '../features/watch/overlay.css';
import '../features/watch/watch.css';

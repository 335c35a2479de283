// Imports the styles of modules that are loaded on demand, because their chunks do not load any styles.
import '../features/shared/button.css';
import '../features/player/controls.css';
import '../features/shared/dialog.css';
import '../features/player/details.css';
import '../features/shared/field.css';
import '../features/player/help-dialog.css';
import '../features/connection/connection.css';
import '../features/player/overlay.css';
import '../features/player/stage.css';

// The styles of what is loaded later: a chunk of script that comes by itself brings none.
import '../components/button.css';
import '../components/controls.css';
import '../components/dialog.css';
import '../components/facts.css';
import '../components/field.css';
import '../components/help.css';
import '../components/link.css';
import '../components/overlay.css';
import '../pages/watch.css';

import { boot } from './boot.tsx';

boot(() => <p>…</p>);

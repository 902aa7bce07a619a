import './assets';
import { createRoot } from 'react-dom/client';
import { Host } from './Host';
import { installServices } from './services';
import { installSharedModules } from './sharedModules';

installServices();
installSharedModules();

const root = document.getElementById('reactRoot');
if (root !== null) createRoot(root).render(<Host />);

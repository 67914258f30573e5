import './ui/tokens.css';
import './ui/base.css';
import './ui/series.css';
// Before anything is drawn: it sets the theme.
import './shell/theme.svelte.ts';
import { mount } from 'svelte';
import App from './App.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');
mount(App, { target });

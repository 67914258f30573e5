import './ui/tokens.css';
import './ui/base.css';
import './ui/series.css';
// Before anything is drawn: they set the theme and the language.
import './shell/theme.svelte.ts';
import './ui/language.svelte.ts';
import { mount } from 'svelte';
import App from './App.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');
mount(App, { target });

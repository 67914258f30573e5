import type { App, Session, WebContents } from 'electron';
import { isAppUrl, pageUrl } from './app-protocol.ts';

/** Writing plain text to the clipboard on a click, and a video on the whole screen. */
const harmlessPermissions = new Set(['clipboard-sanitized-write', 'fullscreen']);
/** What a page may load from; everything else would leave this machine or read its files. */
const localSchemes = new Set(['app:', 'blob:', 'data:', 'devtools:']);

/** Chromium's own errands: updates of components, reports, prefetching. */
export function silenceChromium(app: App): void {
  for (const name of [
    'disable-background-networking',
    'disable-component-update',
    'disable-domain-reliability',
    'no-pings',
  ]) {
    app.commandLine.appendSwitch(name);
  }
}

/** No permission, no device, no request off the machine; not even for the spelling's dictionaries. */
export function lockSession(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, answer) =>
    answer(isAppUrl(contents.getURL()) && harmlessPermissions.has(permission)),
  );
  session.setPermissionCheckHandler(
    (contents, permission) =>
      contents !== null && isAppUrl(contents.getURL()) && harmlessPermissions.has(permission),
  );
  session.setDevicePermissionHandler(() => false);
  session.setSpellCheckerEnabled(false);
  session.webRequest.onBeforeRequest(({ url }, answer) =>
    answer({ cancel: !localSchemes.has(new URL(url).protocol) }),
  );
}

/** The page stays where it is: no navigation, no window, no webview. */
export function lockContents(contents: WebContents): void {
  const keep = (event: { readonly url: string; preventDefault(): void }): void => {
    if (event.url !== pageUrl) event.preventDefault();
  };
  contents.on('will-navigate', keep);
  contents.on('will-frame-navigate', keep);
  contents.on('will-redirect', keep);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

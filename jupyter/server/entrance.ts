/** The way in: from an address that holds a key to the page itself, whose address holds none. */
import type { IncomingMessage } from 'node:http';
import { escapeHtml } from './html';
import { redirect, type Reply } from './http';

/** The answer to a visitor who came with a key and has just got a cookie for it. */
export function enter({ headers }: IncomingMessage, url: URL): Reply {
  for (const key of ['token', 'once']) url.searchParams.delete(key);
  const location = url.pathname + url.search;
  // Browsers do not send a strict cookie along a redirect that began on another page, such as the private file from
  // which the browser is opened. A page of ours that leads on is where the visit begins anew.
  const site = headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site'
    ? { kind: 'page', html: leadingPage(location), plain: true }
    : redirect(location);
}

/** A page that leads to `address` by itself. */
export function leadingPage(address: string): string {
  const target = escapeHtml(address);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Attention Notebooks</title>
<meta http-equiv="refresh" content="0; url=${target}">
</head>
<body><p><a href="${target}">Open the course</a></p></body>
</html>
`;
}

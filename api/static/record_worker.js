// The service worker of the forms for records: shows the forms that were kept where there is no network,
// keeps what was sent into a dead network, and sends it when the network is back.
"use strict";

importScripts("/static/record_queue.js");

const { HOME, PAGES } = recordQueue;
const SLOW_MS = 5000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function kept(request) {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PAGES)) continue;
    const found = await (await caches.open(name)).match(request, { ignoreSearch: true });
    if (found) return found;
  }
  return undefined;
}

// The network's answer; what was kept where there is none, or none in time. A link that says what is to stand in the
// form waits for the network as long as there is one: the kept form knows nothing of it.
async function networkFirst(request) {
  const fresh = fetch(request);
  if (new URL(request.url).search) return fresh.catch(async (error) => (await kept(request)) || Promise.reject(error));
  const late = new Promise((resolve) => setTimeout(resolve, SLOW_MS)).then(() => kept(request));
  try {
    return (await Promise.race([fresh, late])) || (await fresh);
  } catch (error) {
    const found = await kept(request);
    if (found) return found;
    throw error;
  }
}

// A form sent by its button: where no answer comes it is kept, unsure, and sent again later.
async function posted(request) {
  const copy = request.clone();
  try {
    return await fetch(request);
  } catch {
    const form = [...(await copy.formData())];
    const said = Object.fromEntries(form);
    const fields = form.filter(([name, value]) => !["csrf", "account", "called"].includes(name) && value !== "");
    const kind = new URL(request.url).pathname.slice(HOME.length + 1);
    const entry = { account: said.account, kind, title: said.called, fields, state: "unsure" };
    await recordQueue.keep(recordQueue.entryOf(entry));
    return Response.redirect(`${HOME}#waiting`, 303);
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  const form = url.pathname === HOME || url.pathname.startsWith(`${HOME}/`);
  if (request.method === "POST" && request.mode === "navigate" && form) event.respondWith(posted(request));
  else if (request.method === "GET" && ((request.mode === "navigate" && form) || url.pathname.startsWith("/static/"))) {
    event.respondWith(networkFirst(request));
  }
});

self.addEventListener("sync", (event) => {
  if (event.tag !== "records") return;
  event.waitUntil(
    recordQueue.sendAll().then((state) => {
      if (state === "away") throw new Error("no network yet; the browser asks again");
    }),
  );
});

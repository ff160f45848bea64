// Records that wait on this phone for a network. Shared by the forms' pages and by their service worker.
// An entry: {id, account, kind, title, fields: [[name, value]…], created, state, told: [{zh, en}…], events}.
// waiting: never sent. editing: stands in a form and is not sent meanwhile (was: its state before). unsure: sent, but no answer came; it is sent again as it is, and the server records it once.
// refused: the server said why not. sent: recorded. An entry leaves the phone only when it is deleted or recorded.
"use strict";

(function (scope) {
  const HOME = "/console/record";
  const DATABASE = "tiantou-records";
  const STORE = "entries";
  const PAGES = "records-";
  const PATIENCE_MS = 8000;
  const SENDING_MS = 60_000;
  const FEW_TRIES = 3;
  const SENT_KEPT = 10;

  function opened() {
    return new Promise((resolve, reject) => {
      const asked = indexedDB.open(DATABASE, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id" });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  }

  // What the act on the store gives, once its transaction is durable.
  async function inStore(mode, act) {
    const database = await opened();
    try {
      return await new Promise((resolve, reject) => {
        const change = database.transaction(STORE, mode);
        const asked = act(change.objectStore(STORE));
        change.oncomplete = () => resolve(asked.result);
        change.onerror = change.onabort = () => reject(change.error);
      });
    } finally {
      database.close();
    }
  }

  async function all() {
    const entries = await inStore("readonly", (store) => store.getAll());
    return entries.sort((one, other) => one.created - other.created);
  }

  const find = (id) => inStore("readonly", (store) => store.get(id));
  const keep = (entry) => inStore("readwrite", (store) => store.put(entry));
  const remove = (id) => inStore("readwrite", (store) => store.delete(id));

  // The entry as `changed` makes it, in one transaction, where its state is one of those; undefined where it is not.
  async function change(id, states, changed) {
    let made;
    await inStore("readwrite", (store) => {
      const asked = store.get(id);
      asked.onsuccess = () => {
        if (!asked.result || !states.includes(asked.result.state)) return;
        made = changed(asked.result);
        store.put(made);
      };
      return asked;
    });
    return made;
  }

  const edited = (entry) => ({ ...entry, state: "editing", was: entry.was || entry.state });
  const unedited = ({ was, ...entry }) => ({ ...entry, state: was || "waiting" });

  // What a page that died was editing waits again.
  async function unedit() {
    for (const entry of await all()) if (entry.state === "editing") await change(entry.id, ["editing"], unedited);
  }

  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  function entryOf({ account, kind, title, fields, state = "waiting" }) {
    return { id: newId(), account, kind, title, fields, created: Date.now(), state, told: [], events: [], tries: 0 };
  }

  async function patiently(url, options, patience = PATIENCE_MS) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), patience);
    try {
      return await fetch(url, { ...options, cache: "no-store", credentials: "same-origin", signal: stop.signal });
    } finally {
      clearTimeout(timer);
    }
  }

  // Who is signed in: {state: "open", account, token, …}, or "signed_out", or "away" where the house cannot be reached.
  async function session() {
    try {
      const answer = await patiently(`${HOME}/session`, { headers: { Accept: "application/json" } });
      if (answer.status === 401) return { state: "signed_out" };
      if (!answer.ok) return { state: "away" };
      return { state: "open", ...(await answer.json()) };
    } catch {
      return { state: "away" };
    }
  }

  function lines(told) {
    const found = [];
    for (const row of told.rows || []) {
      const whose = row.animal ? `${row.animal} ` : "";
      for (const each of row.problems) found.push({ zh: whose + each.zh, en: whose + each.en });
      for (const each of row.blocks) {
        const until = each.until ? [`，${each.until} 起可以`, `; from ${each.until} on`] : ["", ""];
        found.push({ zh: whose + each.zh + until[0], en: whose + each.en + until[1] });
      }
    }
    return found;
  }

  // Of a group, those that were recorded are not sent again.
  function onlyLeft(fields, left) {
    const others = fields.filter(([name]) => name !== "animals");
    return left.length ? [...others, ["animals", left.join("\n")]] : fields;
  }

  // before: the state to which it returns where the house did not take it up; what was unsure stays so.
  async function answered(entry, answer, before) {
    if ([401, 403, 429].includes(answer.status)) {
      await keep({ ...entry, state: before });
      return answer.status === 401 ? "signed_out" : "away";
    }
    if (answer.status >= 500) return "failed";
    let told = {};
    try {
      told = await answer.json();
    } catch {
      return missed(entry); // no answer of ours: a hotel's or a network's own page
    }
    if (told.outcome === "taken") {
      const events = told.rows.map((row) => row.event_ids);
      await keep({ ...entry, state: "sent", told: [], events, fields: entry.fields });
    } else if (told.rows) {
      await keep({ ...entry, state: "refused", told: lines(told), fields: onlyLeft(entry.fields, told.left) });
    } else {
      const words = { zh: told.title_zh || "没收下", en: told.detail || told.title || String(answer.status) };
      await keep({ ...entry, state: "refused", told: [words] });
    }
    return "open";
  }

  // Without an answer the others wait too; one that never gets any keeps them back a few times only.
  const missed = (entry) => (entry.tries < FEW_TRIES ? "away" : "failed");

  async function sendOne(listed, token) {
    const trying = (now) => ({ ...now, state: "unsure", tries: (now.tries || 0) + 1 });
    // Unsure until the answer is here: whatever dies now, it is sent again and recorded once.
    const entry = await change(listed.id, [listed.state], trying);
    if (!entry) return "open"; // edited or deleted meanwhile
    const body = new URLSearchParams(entry.fields);
    body.set("csrf", token);
    try {
      const sent = { method: "POST", body, headers: { Accept: "application/json" } };
      const answer = await patiently(`${HOME}/${encodeURIComponent(entry.kind)}`, sent, SENDING_MS);
      return await answered(entry, answer, listed.state);
    } catch {
      return missed(entry);
    }
  }

  async function tidied() {
    const sent = (await all()).filter((entry) => entry.state === "sent");
    for (const entry of sent.slice(0, -SENT_KEPT)) await remove(entry.id);
  }

  async function sendInTurn() {
    const who = await session();
    if (who.state !== "open") return who.state;
    let end = "open";
    for (const entry of await all()) {
      if (entry.account !== who.account || !["waiting", "unsure"].includes(entry.state)) continue;
      const state = await sendOne(entry, who.token);
      if (state === "failed") end = "away";
      else if (state !== "open") return state;
    }
    await tidied();
    return end;
  }

  // Everything of who is signed in that waits is sent, the oldest first; by one page at a time where browsers can say so.
  function sendAll() {
    if (scope.navigator.locks) return scope.navigator.locks.request("tiantou-records", sendInTurn);
    return sendInTurn();
  }

  // The pages that are kept, of this account and release only; every other's are forgotten.
  const pagesOf = (account, version) => `${PAGES}${version}-${account}`;

  async function forgetPages(but = "") {
    if (!scope.caches) return;
    for (const name of await caches.keys()) if (name.startsWith(PAGES) && name !== but) await caches.delete(name);
  }

  const entries = { all, find, keep, remove, change, edited, unedited, unedit, entryOf };
  scope.recordQueue = { HOME, PAGES, FEW_TRIES, ...entries, session, sendAll, pagesOf, forgetPages };
})(self);

// The forms for records: what cannot be sent is kept on this phone and sent later. Without this script they work
// as plain forms.
"use strict";

(function () {
  const queue = self.recordQueue;
  const root = document.getElementById("record");
  const form = document.getElementById("record-form");
  if (!queue || !root) return;
  const { account, version } = root.dataset;
  const RETRY_MS = 60_000;
  const FEW_FARMS = 3;
  const REFRESH_MS = 3_600_000;
  const STATES = {
    waiting: ["等着发", "Waiting"],
    editing: ["正在改，先不发", "Being edited, not sent meanwhile"],
    unsure: ["发过，没收到回音，会再发", "Sent, no answer yet; it is sent again and counts once"],
    refused: ["没收下，请改", "Refused: correct it"],
    sent: ["记下了", "Recorded"],
  };
  const DIVIDERS = /[\s;；,，、]+/;
  const EDITABLE = ["waiting", "editing", "refused"];
  let editing = "";

  const byId = (id) => document.getElementById(id);

  function made(tag, text, attributes = {}) {
    const element = document.createElement(tag);
    element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  function both(tag, [zh, en], attributes) {
    const element = made(tag, `${zh} `, attributes);
    element.append(made("span", en, { class: "en", lang: "en" }));
    return element;
  }

  function summary(entry) {
    const said = new Map(entry.fields);
    const animals = entry.fields.filter(([name]) => name === "animals").flatMap(([, value]) => value.split(DIVIDERS));
    const about = animals.filter(Boolean);
    const shown = about.length > 2 ? `${about.length} 头 head` : about.join(" ");
    return [(said.get("time") || "").replace("T", " "), shown || said.get("things") || said.get("lots") || ""].filter(Boolean).join(" · ");
  }

  function deleting(entry) {
    const button = both("button", ["删掉", "Delete"], { type: "button", class: "button plain" });
    button.addEventListener("click", async () => {
      if (button.dataset.sure) {
        await queue.remove(entry.id);
        await show();
        return;
      }
      button.dataset.sure = "yes";
      button.replaceChildren(...both("span", ["真的删掉？再点一次", "Delete it? Press again"]).childNodes);
    });
    return button;
  }

  function item(entry) {
    const row = document.createElement("li");
    row.className = entry.state;
    row.dataset.state = entry.state;
    const head = document.createElement("div");
    head.append(made("b", entry.title || entry.kind), " ", both("span", STATES[entry.state], { class: "badge" }));
    row.append(head, made("p", summary(entry), { class: "note" }));
    for (const told of entry.told) row.append(both("p", [told.zh, told.en], { class: "wrong" }));
    const actions = document.createElement("p");
    actions.className = "do";
    if (EDITABLE.includes(entry.state)) {
      const where = `${queue.HOME}/${entry.kind}#edit=${entry.id}`;
      actions.append(both("a", ["改", "Edit"], { href: where, class: "button plain" }), deleting(entry));
    }
    // What may have been recorded is not edited; what never gets an answer may at last be dropped.
    if (entry.state === "unsure" && entry.tries >= queue.FEW_TRIES) actions.append(deleting(entry));
    if (entry.state === "sent") {
      for (const ids of entry.events.slice(0, 1)) {
        const asked = ids.map((id) => `event=${encodeURIComponent(id)}`).join("&");
        actions.append(both("a", ["看这条", "Show"], { href: `${queue.HOME}/${entry.kind}/done?${asked}` }));
      }
    }
    row.append(actions);
    return row;
  }

  async function show(state) {
    const entries = await queue.all();
    const mine = entries.filter((entry) => entry.account === account);
    const open = mine.filter((entry) => entry.state !== "sent");
    const others = entries.filter((entry) => entry.account !== account && entry.state !== "sent").length;
    byId("waiting").hidden = !mine.length && !others;
    byId("waiting-count").textContent = String(open.length);
    const none = byId("waiting-none"); // a page kept before an upgrade has none
    if (none) {
      none.hidden = open.length > 0 || others > 0 || !mine.length;
      byId("waiting-some").hidden = !none.hidden;
    }
    byId("send-now").hidden = !open.some((entry) => ["waiting", "unsure"].includes(entry.state));
    byId("waiting-list").replaceChildren(...mine.reverse().map(item));
    tell(state, others);
    return open.length;
  }

  function tell(state, others) {
    const told = byId("waiting-told");
    const said = [];
    if (state === "signed_out") said.push(["登录过期了：存的都还在，登录后就发。", "Signed out. All is kept and sent once you sign in."]);
    if (others) said.push([`另有 ${others} 条是别的账号存的，用那个账号登录才发。`, `${others} more belong to another account.`]);
    told.replaceChildren(...said.map((words) => both("span", words)));
    if (state === "signed_out") {
      const next = encodeURIComponent(queue.HOME);
      told.append(both("a", ["去登录", "Sign in"], { href: `/console/login?next=${next}`, class: "button plain" }));
    }
    told.hidden = !said.length;
    if (state) byId("away").hidden = state !== "away";
    const live = byId("live");
    if (live && state) live.textContent = state === "away" ? "没有网络 No network" : "连着网 Online";
  }

  async function send() {
    const waiting = (await queue.all()).some((entry) => ["waiting", "unsure"].includes(entry.state));
    const state = waiting ? await queue.sendAll() : (await queue.session()).state;
    await show(state);
    return state;
  }

  async function later() {
    try {
      const registration = await navigator.serviceWorker.ready;
      if (registration.sync) await registration.sync.register("records");
    } catch {
      // Without background sync it is sent when a page of the forms is open and the network is back.
    }
  }

  // A page as the network has it now; what leads elsewhere (to the sign-in page) is not kept.
  async function keepPage(pages, path) {
    const answer = await fetch(path, { headers: { Accept: "text/html" }, cache: "no-store", credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(`${path}: ${answer.status}`);
    await pages.put(path, answer);
  }

  async function keepPages() {
    if (!self.caches || !navigator.serviceWorker) return;
    const who = await queue.session();
    if (who.state !== "open") return;
    const name = queue.pagesOf(who.account, who.version);
    await queue.forgetPages(name);
    const pages = await caches.open(name);
    const mark = `${queue.HOME}/kept`;
    const before = await pages.match(mark);
    if (before && Date.now() - Number(await before.text()) < REFRESH_MS) return;
    try {
      for (const path of [...who.files, ...who.pages]) await keepPage(pages, path);
      await pages.put(mark, new Response(String(Date.now())));
      root.dataset.kept = "yes";
    } catch {
      // The network went away in between: what was kept stays, the rest is kept next time.
    }
  }

  function nowThere(zone) {
    const names = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    const parts = new Intl.DateTimeFormat("en-GB", { ...names, timeZone: zone }).formatToParts(new Date());
    const told = Object.fromEntries(parts.map((part) => [part.type, part.value]));
    return `${told.year}-${told.month}-${told.day}T${told.hour}:${told.minute}`;
  }

  function entries() {
    const left = ["csrf", "account", "called"];
    return [...new FormData(form)].filter(([name, value]) => !left.includes(name) && String(value).trim() !== "");
  }

  // Whether it waits now as it was typed: not where what is edited went out meanwhile from elsewhere, or is gone.
  async function keepForLater() {
    const { kind, title } = form.dataset;
    const entry = queue.entryOf({ account, kind, title, fields: entries() });
    if (!editing) await queue.keep(entry);
    else {
      const kept = (before) => ({ ...entry, id: before.id, created: before.created });
      if (!(await queue.change(editing, EDITABLE, kept))) return false;
    }
    await later();
    return true;
  }

  function complain(words) {
    const told = both("p", words, { class: "wrong", role: "alert" });
    form.prepend(told);
    told.scrollIntoView({ block: "center" });
  }

  async function submitted(event) {
    event.preventDefault();
    const button = form.querySelector(".sendbar .button");
    button.disabled = true;
    const who = await queue.session();
    if (who.state === "open" && who.account === account && !editing) {
      form.elements.csrf.value = who.token;
      form.submit();
      return;
    }
    const kept = await keepForLater();
    button.disabled = false;
    if (!kept) {
      complain(["这条已经发出去了，没有改。要改，等它记下以后用“更正”。", "Already sent and not changed: once it is recorded, correct it there."]);
      return;
    }
    form.reset();
    if (editing || who.state === "open") {
      location.assign(`${queue.HOME}#waiting`);
      return;
    }
    freshTime();
    openFarm();
    picked();
    await show(who.state);
    byId("waiting").scrollIntoView({ block: "start" });
  }

  // Nothing that was typed or ticked, or told about it, is left.
  function blank() {
    for (const control of form.elements) {
      if (["checkbox", "radio"].includes(control.type)) control.checked = false;
      else if (control.name && control.type !== "hidden") control.value = "";
    }
    for (const told of form.querySelectorAll(".wrong[role=alert]")) told.remove();
  }

  // What the link says, where the form that was kept stands for the one that could not be fetched.
  function linked() {
    const names = new Set([...form.elements].filter((control) => control.type !== "hidden").map((control) => control.name));
    const asked = [...new URLSearchParams(location.search)].filter(([name, value]) => value && names.has(name));
    const there = new Set(entries().map(([name]) => name));
    if (form.dataset.fresh && asked.some(([name]) => name === "time")) {
      there.delete("time");
      delete form.dataset.fresh;
    }
    fill(asked.filter(([name]) => !there.has(name)));
  }

  // What an entry says stands in the form: ticked where it is listed, typed where it is not.
  function fill(fields) {
    const boxes = [...form.querySelectorAll("input[type=checkbox]")];
    for (const name of new Set(fields.map(([field]) => field))) {
      const values = fields.filter(([field]) => field === name).map(([, value]) => value);
      const typed = form.querySelector(`textarea[name="${name}"]`);
      if (!typed) {
        if (form.elements[name]) form.elements[name].value = values[0];
        continue;
      }
      const parts = values.flatMap((value) => value.split(DIVIDERS)).filter(Boolean);
      const listed = new Map(boxes.filter((box) => box.name === name).map((box) => [box.value, box]));
      for (const part of parts) if (listed.has(part)) listed.get(part).checked = true;
      typed.value = parts.filter((part) => !listed.has(part)).join("\n");
    }
    if (fields.length) for (const more of form.querySelectorAll("details.optional")) more.open = true;
  }

  async function edited() {
    const found = /^#edit=(.+)$/.exec(location.hash);
    const mine = (entry) => entry.account === account && entry.kind === form.dataset.kind;
    const entry = found && (await queue.find(found[1]));
    if (!entry || !mine(entry)) return;
    // While it is edited it is not sent, or both what is wrong and what is right would be recorded.
    if (!(await queue.change(entry.id, EDITABLE, queue.edited))) return;
    editing = entry.id;
    addEventListener("pagehide", () => queue.change(editing, ["editing"], queue.unedited));
    addEventListener("pageshow", (event) => event.persisted && queue.change(editing, EDITABLE, queue.edited));
    blank();
    fill(entry.fields);
    openFarm();
    picked();
    for (const told of entry.told) form.prepend(both("p", [told.zh, told.en], { class: "wrong", role: "alert" }));
  }

  function freshTime() {
    if (form.dataset.fresh && !editing) form.elements.time.value = nowThere(form.dataset.zone);
  }

  function picked() {
    const said = byId("picked");
    if (!said) return;
    const count = form.querySelectorAll("#herd input:checked").length;
    said.hidden = !count;
    said.replaceChildren(...both("span", [`已选 ${count} 头`, `${count} chosen`]).childNodes);
  }

  // The herd of the place that is chosen; of many farms none is listed before.
  function openFarm() {
    const place = form.elements.place.value;
    const farms = [...form.querySelectorAll("#herd .farm")];
    const here = farms.some((farm) => farm.dataset.place === place);
    const many = farms.length > FEW_FARMS && !place;
    for (const farm of farms) {
      const ticked = Boolean(farm.querySelector("input:checked"));
      farm.hidden = !ticked && (many || (here && farm.dataset.place !== place));
      farm.open = farm.dataset.place === place || ticked || farms.length === 1;
    }
    const first = byId("place-first");
    if (first) first.hidden = !many;
  }

  function herds() {
    for (const farm of form.querySelectorAll("#herd .farm")) {
      const all = farm.querySelector(".all");
      all.hidden = false;
      all.addEventListener("click", () => {
        const boxes = [...farm.querySelectorAll("input")];
        const tick = boxes.some((box) => !box.checked);
        for (const box of boxes) box.checked = tick;
        picked();
      });
    }
    form.addEventListener("change", (event) => {
      if (event.target.name === "place") openFarm();
      picked();
    });
    openFarm();
    picked();
  }

  async function begin() {
    if (form) {
      // Back from the next page: what was typed is still here, and may be sent again.
      addEventListener("pageshow", () => (form.querySelector(".sendbar .button").disabled = false));
      form.addEventListener("submit", submitted);
      linked();
      freshTime();
      herds();
    }
    await queue.unedit();
    if (form) await edited();
    byId("send-now").addEventListener("click", send);
    addEventListener("online", send);
    document.addEventListener("visibilitychange", () => document.hidden || send());
    setInterval(() => document.hidden || send(), RETRY_MS);
    if (navigator.serviceWorker) {
      await navigator.serviceWorker.register(`${queue.HOME}/sw.js`, { scope: queue.HOME, updateViaCache: "none" });
    }
    await show();
    if ((await send()) === "open") await keepPages();
  }

  addEventListener("offline", () => tell("away", 0));
  // Another record to edit: a form of its own, in which nothing of the one before stands.
  addEventListener("hashchange", () => form && location.hash.startsWith("#edit=") && location.reload());
  begin();
})();

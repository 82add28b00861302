// Checks a document in this browser: the core judges, this file moves the text in and paints the answer. Nothing is sent, unless the core
// cannot work here and the visitor presses the button that says that it sends.
import { Core } from "./core/core.js";
import { linePattern } from "./pattern.js";

// Bytes of a text that the core reads as a document; see DocumentText.
const longest = 1 << 20;

const root = document.querySelector("[data-verify]");
if (root) start(root);

async function start(root) {
  const { trust, kinds, words } = Object.fromEntries(["trust", "kinds", "words"].map((name) => [name, JSON.parse(root.dataset[name])]));
  const stateKey = root.dataset.key || undefined;
  const part = (name) => root.querySelector(`[data-${name}]`);
  const ask = part("ask"), answer = part("answer");
  const template = (name) => root.querySelector(`template[data-for=${name}]`).content;
  let core;
  try {
    core = await Core.load(new URL("./core/core.wasm", import.meta.url));
    if (!crypto.subtle) return;
  } catch {
    return; // The form still works: the server checks.
  }
  part("where").textContent = template("where").textContent;
  const form = root.querySelector("form"), file = form.querySelector("[name=file]"), text = form.querySelector("[name=document]");
  file.addEventListener("change", async () => {
    const chosen = file.files[0];
    if (!chosen) return;
    // One byte more than the core reads is enough for it to say so.
    const bytes = new Uint8Array(await chosen.slice(0, longest + 1).arrayBuffer());
    await check(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  });
  form.addEventListener("submit", async (event) => {
    // Only the button that says so sends anything.
    if (event.submitter?.matches("[data-send]")) return;
    event.preventDefault();
    await check(text.value);
  });

  async function check(given) {
    text.setCustomValidity(given.trim() ? "" : template("empty").textContent);
    if (!text.reportValidity()) return;
    const now = new Date();
    let verdict;
    try {
      verdict = await core.checkDocument(given.slice(0, longest + 1), trust, now, stateKey);
    } catch {
      form.querySelector("[data-failed]")?.remove();
      const note = document.createElement("div");
      note.dataset.failed = "";
      note.append(template("failed").cloneNode(true));
      form.append(note);
      note.querySelector("button").focus();
      return;
    }
    await paint(verdict, now);
  }

  async function paint(verdict, now) {
    const view = template("result").cloneNode(true);
    const find = (name) => view.querySelector(`[data-${name}]`);
    const kind = kinds.find((kind) => kind.vct === verdict.type);
    const good = verdict.outcome === "valid";
    const name = kind?.title ?? words.document;
    find("panel").className = `panel ${good ? "good" : "bad"}`;
    find("mark").append(template(good ? "good" : "bad").cloneNode(true));
    find("word").textContent = words[verdict.outcome];
    const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    // A document's days are days in its own state, wherever this browser is; it expires with the second after its last day.
    const days = new Intl.DateTimeFormat("en-CA", { timeZone: words.zone, year: "numeric", month: "2-digit", day: "2-digit" });
    const date = (instant) => said(days.format(new Date(instant)));
    const lastDay = (instant) => date(new Date(instant) - 1000);
    const time = now.toTimeString().slice(0, 8);
    find("subtitle").textContent =
      verdict.outcome === "expired" ? fill(words.expiredOn, { document: name, date: lastDay(verdict.expiresAt) })
      : verdict.outcome === "notYetValid" ? fill(words.notYetOn, { document: name, date: date(verdict.validFrom ?? now) })
      : fill(words.checkedHere, { document: name, time });
    const rows = [];
    for (const [name, label, values] of kind?.claims ?? Object.keys(verdict.claims ?? {}).map((name) => [name, name])) {
      const value = verdict.claims?.[name];
      if (value !== undefined) rows.push([label, said(value, values)]);
    }
    if (verdict.issuerName) rows.push([words.issuer, verdict.issuerName[document.documentElement.lang] ?? Object.values(verdict.issuerName)[0] ?? verdict.issuer]);
    if (verdict.type !== undefined) {
      if (!kind) rows.push([words.kind, verdict.type]);
      if (verdict.issuedAt) rows.push([words.issued, date(verdict.issuedAt)]);
      rows.push([words.expires, verdict.expiresAt ? lastDay(verdict.expiresAt) : words.noEnd]);
      if (verdict.hasStatus) rows.push([words.notChecked, words.status]);
      const shown = verdict.presentation;
      if (shown) rows.push([words.notChecked, fill(words.presentation, { audience: shown.audience, date: date(shown.madeAt) })]);
    }
    if (verdict.outcome === "unknownIssuer") rows.push([words.claimedIssuer, verdict.issuer]);
    rows.push([words.signature, words[`${verdict.outcome}Signature`]]);
    if (verdict.outcome === "malformed") rows.push([words.reason, `${words[`about-${verdict.about}`]} (${verdict.reason})`]);
    rows.push([words.whatToDo, words[`${verdict.outcome}Do`]]);
    if (verdict.trustIsStale) rows.push([words.list, words.stale]);
    find("rows").replaceChildren(...rows.map(row));
    const number = kind && verdict.claims?.[kind.number];
    if (number) find("panel").prepend(await linePattern(number)); else find("note").remove();
    view.querySelector("[data-again]").addEventListener("click", again);
    answer.replaceChildren(view);
    answer.hidden = false;
    ask.remove(); // One page, one main heading.
    answer.querySelector("[data-word]").focus();
  }

  function again() {
    form.reset();
    answer.hidden = true;
    answer.replaceChildren();
    root.prepend(ask);
    file.focus();
  }

  function said(value, values = {}) {
    if (typeof value === "string" && Object.hasOwn(values, value)) return values[value];
    if (typeof value === "boolean") return value ? words.yes : words.no;
    const day = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value);
    if (day) return fillDay(day);
    if (Array.isArray(value)) return value.map((item) => said(item, values)).join(", ");
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  function fillDay([, year, month, day]) {
    return words.long.replace("{day}", Number(day)).replace("{month}", words.months[month - 1]).replace("{year}", year);
  }

  function row([label, value]) {
    const div = document.createElement("div"), dt = document.createElement("dt"), dd = document.createElement("dd"), b = document.createElement("b");
    dt.textContent = label;
    b.textContent = value;
    dd.append(b);
    div.append(dt, dd);
    return div;
  }
}

// Proves in this browser that each entry of the page is in the signed log and that no number is missing, then paints the rail.
import { Core, CoreUnsupported } from "./core/core.js";

const box = document.querySelector("[data-history]"), rail = document.querySelector("[data-rail]");
if (box) check().then(show, (error) => show(error instanceof CoreUnsupported ? "unsupported" : null));

async function check() {
  const proof = JSON.parse(box.dataset.proof);
  const core = await Core.load(new URL("./core/core.wasm", import.meta.url));
  const verdict = await core.checkHistory(proof, box.dataset.person, JSON.parse(box.dataset.keys));
  let isBroken = false, isPending = false;
  verdict.entries.forEach((word, index) => {
    if (word === "included") return;
    if (word === "pending") { isPending = true; return; }
    isBroken = true;
    const entry = rail.querySelector(`[data-n="${proof.entries[index].n}"]`);
    entry?.classList.add("loose");
    entry?.append(template("fault"));
  });
  // What is shown must be what was proven: an entry on the page without a proof is as bad as a proof that fails.
  const proven = new Set(proof.entries.map((entry) => String(entry.n)));
  for (const entry of rail.querySelectorAll("[data-n]")) {
    if (proven.has(entry.dataset.n)) continue;
    isBroken = true;
    entry.classList.add("loose");
  }
  if (isBroken || verdict.checkpoint.outcome === "forged" || verdict.checkpoint.outcome === "unknownLog" || verdict.checkpoint.outcome === "malformed") return "broken";
  if (isPending || verdict.checkpoint.outcome === "none") return "pending";
  if (!verdict.gapless) return "broken";
  rail.classList.add("proven");
  return verdict.complete ? "proven" : "page";
}

function show(state) {
  if (!state) return; // Could not be checked here: the page keeps saying so.
  box.querySelector(".verdict").replaceWith(template(state));
}

function template(name) {
  return box.querySelector(`template[data-for=${name}]`).content.cloneNode(true);
}

// Proves in this browser that each entry of the page is in the signed log and that no number is missing, then paints the rail.
import { Core, CoreUnsupported } from "./core/core.js";

const box = document.querySelector("[data-history]"), rail = document.querySelector("[data-rail]");
if (box) check().then(show, (error) => show(error instanceof CoreUnsupported ? "unsupported" : null));

async function check() {
  const proof = JSON.parse(box.dataset.proof);
  const core = await Core.load(new URL("./core/core.wasm", import.meta.url));
  const { checkpoint, entries, gapless, complete } = await core.checkHistory(proof, box.dataset.person, JSON.parse(box.dataset.keys));
  const words = new Map(proof.entries.map((entry, index) => [String(entry.n), entries[index]]));
  let isBroken = ["forged", "unknownLog", "malformed"].includes(checkpoint.outcome), isPending = checkpoint.outcome === "none";
  // What is shown must be what was proven: an entry without a proof is as bad as one whose proof fails.
  for (const entry of rail.querySelectorAll("[data-n]")) {
    const word = words.get(entry.dataset.n);
    if (word === "included") continue;
    if (word === "pending") { isPending = true; continue; }
    if (isPending && word === "unproven") continue;
    isBroken = true;
    entry.classList.add("loose");
    entry.append(template("fault"));
  }
  if (isBroken || (!isPending && !gapless)) return "broken";
  if (isPending) return "pending";
  rail.classList.add("proven");
  return complete ? "proven" : "page";
}

function show(state) {
  if (state) box.querySelector(".verdict").replaceWith(template(state)); // Not checked here: the page keeps saying so.
}

function template(name) {
  return box.querySelector(`template[data-for=${name}]`).content.cloneNode(true);
}

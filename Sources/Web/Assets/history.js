// Proves in this browser that each entry of the page is in the signed log and that no number is missing, then paints the rail. It keeps the log's
// size and root and the reader's count from one visit to the next, and says when the log no longer begins with what was kept.
import { Core, CoreUnsupported } from "./core/core.js";

const box = document.querySelector("[data-history]"), rail = document.querySelector("[data-rail]");
if (box) check().then(show, (error) => show(error instanceof CoreUnsupported ? "unsupported" : null));

async function check() {
  const proof = JSON.parse(box.dataset.proof);
  const core = await Core.load(new URL("./core/core.wasm", import.meta.url));
  const { person } = box.dataset, keys = JSON.parse(box.dataset.keys), memory = await Memory.of(person);
  let verdict = await core.checkHistory(proof, person, keys, memory.kept);
  if (verdict.memory === "unproven" && verdict.checkpoint.outcome === "signed") {
    const answer = await fetch(`/log/consistency/${memory.kept.size}/${verdict.checkpoint.size}`);
    // Nobody answered: nothing is said.
    if (!answer.ok && answer.status !== 404) return null;
    // A log that cannot show that it only grew is taken at its word: it did not.
    verdict = await core.checkHistory(proof, person, keys, memory.kept, answer.ok ? (await answer.json()).proof : []);
  }
  const { checkpoint, entries, gapless, complete } = verdict;
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
  // What was kept stays as it is then: it is the evidence.
  if (verdict.memory && verdict.memory !== "kept") return "receded";
  memory.keep(verdict.keep);
  if (isPending) return "pending";
  rail.classList.add("proven");
  return complete ? "proven" : "page";
}

// What this browser kept of the log at the reader's last visit, under a hash of who she is: nothing in it says whose it is or what was done.
class Memory {
  constructor(name, kept) {
    this.name = name;
    this.kept = kept;
  }

  static async of(person) {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`dovira-log-memory-v1\n${person}`));
    const name = "dovira-log-" + Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
    try {
      return new Memory(name, JSON.parse(localStorage.getItem(name)) ?? undefined);
    } catch {
      return new Memory(name, undefined); // A browser that keeps nothing checks what it is shown.
    }
  }

  keep(value) {
    try {
      if (value) localStorage.setItem(this.name, JSON.stringify(value));
    } catch {} // Nor has it room.
  }
}

function show(state) {
  if (state) box.querySelector(".verdict").replaceWith(template(state)); // Not checked here: the page keeps saying so.
}

function template(name) {
  return box.querySelector(`template[data-for=${name}]`).content.cloneNode(true);
}

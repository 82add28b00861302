// The loader of the core: the platform's own code, compiled to WebAssembly, checking documents and the log's proofs in this browser.
// Script moves bytes and asks WebCrypto; every other judgement is made by the core. Nothing is sent anywhere.
//
//   const core = await Core.load("/assets/core/core.wasm");
//   const verdict = await core.checkDocument(text, trustList, new Date(), stateKey);
//   const verdict = await core.checkHistory(proof, person, ["name+id+key"]);
//
// Needs 'wasm-unsafe-eval' in the page's script-src, and a secure context (https or localhost) for WebCrypto.

const algorithms = {
  es256: { key: { name: "ECDSA", namedCurve: "P-256" }, signature: { name: "ECDSA", hash: "SHA-256" } },
  ed25519: { key: { name: "Ed25519" }, signature: { name: "Ed25519" } },
};

// This browser cannot do what a check needs; `need` says what: "webassembly", "webcrypto", "es256" or "ed25519".
export class CoreUnsupported extends Error {
  constructor(need) {
    super(`this browser lacks ${need}`);
    this.name = "CoreUnsupported";
    this.need = need;
  }
}

export class Core {
  #exports;

  constructor(exports) {
    this.#exports = exports;
  }

  // Fetches and starts the core; afterwards the network may go.
  static async load(url) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`the core answered ${response.status}`);
    return Core.start(await response.arrayBuffer());
  }

  // Starts the core from its bytes.
  static async start(bytes) {
    if (typeof WebAssembly !== "object") throw new CoreUnsupported("webassembly");
    const { instance } = await WebAssembly.instantiate(bytes, {});
    return new Core(instance.exports);
  }

  // Checks a document, as somebody pasted it or chose its file, against a trust list, at a moment. With `stateKey` the list has to be signed
  // by the key of that thumbprint.
  // Returns {outcome: "valid" | "unchecked" | "changed" | "expired" | "notYetValid" | "notEntitled" | "otherAudience" | "unknownIssuer" |
  // "malformed", trustIsStale, …}.
  checkDocument(text, trust, now, stateKey) {
    // Half of a surrogate pair is no character, and no document has one: it goes in as the mark for that.
    return this.#check({ kind: "document", text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text)), trust, stateKey, now: now.toISOString() });
  }

  // Checks that entries about a person are in the log and that no number is missing; with what was kept of an earlier look, that the log still
  // begins with that: a consistency proof from the kept size to the present one shows it.
  // Returns {checkpoint: {outcome, …}, entries: ["included" | "pending" | "unproven" | a fault], complete, gapless, first, last, keep,
  // memory: "kept" | "unproven" (give the proof) | "shrunk" | "fewer" | "forked" | "otherLog", …}.
  checkHistory(proof, person, keys, kept, consistency) {
    return this.#check({ kind: "history", proof, person, keys, ...(kept && { kept }), ...(consistency && { consistency }) });
  }

  // The memory that the core holds, in bytes.
  get memoryBytes() {
    return this.#exports.memory.buffer.byteLength;
  }

  async #check(question) {
    let reply = this.#ask(question);
    if (reply.signatures) {
      const answers = [];
      for (const signature of reply.signatures) answers.push(await verify(signature));
      reply = this.#ask({ ...question, answers });
    }
    if (!reply.verdict) throw new Error(reply.error ?? "the core gave no verdict");
    return "trustIsStale" in reply ? { ...reply.verdict, trustIsStale: reply.trustIsStale } : reply.verdict;
  }

  // One call: a question in JSON goes in, a reply in JSON comes out, each a run of bytes in the core's memory.
  #ask(question) {
    const { memory, dovira_allocate, dovira_free, dovira_check } = this.#exports;
    const bytes = new TextEncoder().encode(JSON.stringify(question));
    const input = dovira_allocate(bytes.length);
    if (input === 0) throw new Error("the core has no memory for this");
    new Uint8Array(memory.buffer, input, bytes.length).set(bytes);
    const output = dovira_check(input, bytes.length);
    dovira_free(input);
    const length = new DataView(memory.buffer).getUint32(output, true);
    const text = new TextDecoder().decode(new Uint8Array(memory.buffer, output + 4, length));
    dovira_free(output);
    return JSON.parse(text);
  }
}

async function verify({ algorithm, key, message, signature }) {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) throw new CoreUnsupported("webcrypto");
  const names = algorithms[algorithm];
  if (!names) throw new CoreUnsupported(algorithm);
  let imported;
  try {
    imported = await subtle.importKey("raw", decode(key), names.key, false, ["verify"]);
  } catch (error) {
    if (error?.name === "NotSupportedError") throw new CoreUnsupported(algorithm);
    return false; // not a point of the curve: nothing verifies under it
  }
  return subtle.verify(names.signature, imported, decode(signature), decode(message));
}

function decode(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

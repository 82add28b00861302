// The lines a document is recognised by, computed from its number: the same as LinePattern.swift draws on the server.
const width = 360, height = 227, lines = 17, segments = 15;

export async function linePattern(number) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(number)));
  const upper = (hash[16] & 1) === 0;
  const svg = element("svg", { class: "lines", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "xMidYMid slice", fill: "none", stroke: "currentColor", "aria-hidden": "true" });
  for (const [index, isUpper] of [upper, !upper].entries()) {
    const band = bandOf(hash.subarray(index * 8, index * 8 + 8), isUpper);
    svg.append(element("path", { "stroke-width": band.stroke.toFixed(2), d: path(band) }));
  }
  return svg;
}

function bandOf(bytes, upper) {
  const share = Array.from(bytes, (byte) => byte / 255);
  return {
    f: 2.25 + 2.5 * share[0], p: 2 * Math.PI * share[1], f2: 0.5 + 0.75 * share[2], p2: 2 * Math.PI * share[3],
    c: (upper ? 0.36 : 0.64) + 0.12 * (share[4] - 0.5), ca: 0.12 + 0.1 * share[5], sa: 0.3 + 0.1 * share[6], stroke: 0.55 + 0.15 * share[7],
  };
}

export function path({ f, p, f2, p2, c, ca, sa }) {
  const y = (u, t) => height * (c + ca * Math.sin(2 * Math.PI * f2 * u + p2) + t * sa * Math.cos(Math.PI * f * u + p));
  const slope = (u, t) => height * (ca * 2 * Math.PI * f2 * Math.cos(2 * Math.PI * f2 * u + p2) - t * sa * Math.PI * f * Math.sin(Math.PI * f * u + p));
  const step = width / segments, third = step / 3;
  let text = "";
  for (let line = 0; line < lines; line++) {
    const t = (line / (lines - 1)) * 2 - 1;
    const at = (u, side) => (y(u, t) + (side * slope(u, t) / width) * third).toFixed(1);
    text += `M0 ${at(0, 0)}`;
    for (let segment = 1; segment <= segments; segment++) {
      const x = (segment - 1) * step, from = (segment - 1) / segments, to = segment / segments;
      text += `C${x + third} ${at(from, 1)} ${x + 2 * third} ${at(to, -1)} ${x + step} ${at(to, 0)}`;
    }
  }
  return text;
}

function element(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

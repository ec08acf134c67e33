// SHA-256 in pieces, because WebCrypto takes a whole message at once and a file may be larger than memory.
const ROUND_KEYS = new Uint32Array(64);
const FIRST_STATE = new Uint32Array(8);

// The fractions of square and cube roots of the first primes, from which the constants of FIPS 180-4 are made.
(function fillConstants() {
  const fraction = (value) => ((value - Math.floor(value)) * 4294967296) >>> 0;
  let found = 0;
  for (let candidate = 2; found < 64; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) prime = false;
    if (!prime) continue;
    if (found < 8) FIRST_STATE[found] = fraction(Math.sqrt(candidate));
    ROUND_KEYS[found++] = fraction(Math.cbrt(candidate));
  }
})();

class Sha256 {
  constructor() {
    this.state = FIRST_STATE.slice();
    this.block = new Uint8Array(64);
    this.words = new Uint32Array(64);
    this.used = 0;
    this.total = 0;
  }

  update(bytes) {
    this.total += bytes.length;
    let at = 0;
    if (this.used) {
      at = Math.min(64 - this.used, bytes.length);
      this.block.set(bytes.subarray(0, at), this.used);
      this.used += at;
      if (this.used < 64) return this;
      this.compress(this.block, 0);
      this.used = 0;
    }
    for (; at + 64 <= bytes.length; at += 64) this.compress(bytes, at);
    this.block.set(bytes.subarray(at), 0);
    this.used = bytes.length - at;
    return this;
  }

  digest() {
    const bits = this.total * 8;
    const tail = new Uint8Array(this.used < 56 ? 64 - this.used : 128 - this.used);
    tail[0] = 0x80;
    const view = new DataView(tail.buffer);
    view.setUint32(tail.length - 8, Math.floor(bits / 4294967296));
    view.setUint32(tail.length - 4, bits >>> 0);
    this.update(tail);
    const out = new Uint8Array(32);
    const result = new DataView(out.buffer);
    this.state.forEach((word, place) => result.setUint32(place * 4, word));
    return out;
  }

  compress(bytes, start) {
    const w = this.words;
    for (let i = 0; i < 16; i++) {
      const p = start + i * 4;
      w[i] = (bytes[p] << 24) | (bytes[p + 1] << 16) | (bytes[p + 2] << 8) | bytes[p + 3];
    }
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = this.state;
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND_KEYS[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0;
      d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, place) => { this.state[place] += word; });
  }
}

function sha256(...pieces) {
  const hash = new Sha256();
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}

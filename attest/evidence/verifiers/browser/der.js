// DER, and what certificates hold.
class Der {
  constructor(data) {
    this.data = data;
    this.at = 0;
  }

  peek() { return this.at < this.data.length ? this.data[this.at] : -1; }

  // Gives contents and whole of the next element.
  take(tag = -1) {
    const { data, at: start } = this;
    expect(start + 2 <= data.length && (tag === -1 || data[start] === tag), "the DER is not what must stand there");
    let length = data[start + 1];
    let at = start + 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      expect(count >= 1 && count <= 4 && data[at] !== 0, "a DER length is malformed");
      length = bigEndian(data.subarray(at, at + count));
      expect(length >= 0x80, "a DER length is malformed");
      at += count;
    }
    expect(at + length <= data.length, "the DER is cut");
    this.at = at + length;
    return [data.slice(at, this.at), data.slice(start, this.at)];
  }

  inside(tag) { return new Der(this.take(tag)[0]); }

  skip(tag) { if (this.peek() === tag) this.take(); }

  oid() {
    const arcs = [];
    let value = 0;
    for (const octet of this.take(6)[0]) {
      value = value * 128 + (octet & 0x7f);
      if (octet < 0x80) { arcs.push(value); value = 0; }
    }
    expect(arcs.length > 0, "an object identifier is empty");
    const first = Math.min(Math.floor(arcs[0] / 40), 2);
    return [first, arcs[0] - 40 * first, ...arcs.slice(1)].join(".");
  }

  number() { return this.take(2)[0]; }

  end() { expect(this.at === this.data.length, "something follows the DER"); }
}

// Milliseconds of UTCTime and GeneralizedTime.
function derTime(reader) {
  const short = reader.peek() === 0x17;
  const text = latin1(reader.take(short ? 0x17 : 0x18)[0]);
  const parts = (short ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,6})?Z$/).exec(text);
  expect(parts, "a time is malformed");
  const [, year, month, day, hour, minute, second, more] = parts;
  const full = short ? (Number(year) < 50 ? 2000 : 1900) + Number(year) : Number(year);
  return Date.UTC(full, month - 1, day, hour, minute, second) + Number(more ?? 0) * 1000;
}

function readCertificate(der) {
  try {
    const outer = new Der(der);
    const body = outer.inside(0x30);
    outer.end();
    const [inner, tbs] = body.take(0x30);
    const algorithm = body.inside(0x30).oid();
    const signature = body.take(3)[0].slice(1);
    body.end();
    return { der, tbs, algorithm, signature, ...readTbs(new Der(inner)) };
  } catch (err) {
    throw new Bad("the certificate does not parse");
  }
}

function readTbs(inner) {
  const pieces = [];
  const keep = (taken) => { pieces.push(taken[1]); return taken; };
  if (inner.peek() === 0xa0) keep(inner.take());
  const serial = keep(inner.take(2))[0];
  keep(inner.take(0x30));
  const issuer = keep(inner.take(0x30))[1];
  const validity = new Der(keep(inner.take(0x30))[0]);
  const [from, until] = [derTime(validity), derTime(validity)];
  const subject = keep(inner.take(0x30))[1];
  const spki = keep(inner.take(0x30))[1];
  const extensions = new Map();
  const order_ = [];
  while (inner.peek() === 0x81 || inner.peek() === 0x82) keep(inner.take());
  const list = inner.peek() === 0xa3 ? inner.inside(0xa3).inside(0x30) : new Der(new Uint8Array(0));
  inner.end();
  while (list.peek() >= 0) {
    const [one, all] = list.take(0x30);
    const reader = new Der(one);
    const name = reader.oid();
    const critical = reader.peek() === 1 && reader.take(1)[0][0] !== 0;
    expect(!extensions.has(name), "an extension is there twice");
    extensions.set(name, { critical, value: reader.take(4)[0] });
    order_.push([name, all]);
  }
  return { serial, issuer, from, until, subject, spki, extensions, pieces, extensionOrder: order_ };
}

function derWrap(tag, content) {
  const length = content.length;
  const octets = [];
  for (let rest = length; rest; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return joined(Uint8Array.of(tag, ...(length < 0x80 ? [length] : [0x80 | octets.length, ...octets])), content);
}

// The certificate's signed part without its SCTs (RFC 6962 3.2).
function withoutScts(certificate) {
  const rest = certificate.extensionOrder.filter(([name]) => name !== SCT_LIST).map(([, all]) => all);
  return derWrap(0x30, joined(...certificate.pieces, derWrap(0xa3, derWrap(0x30, joined(...rest)))));
}

const SCT_LIST = "1.3.6.1.4.1.11129.2.4.2";

function extensionOf(certificate, name, read) {
  const found = certificate.extensions.get(name);
  try {
    return found ? read(new Der(found.value), found.critical) : null;
  } catch {
    return null;
  }
}

function isAuthority(certificate) {
  return extensionOf(certificate, "2.5.29.19", (reader) => {
    const inside = reader.inside(0x30);
    return inside.peek() === 1 && inside.take(1)[0][0] !== 0;
  }) === true;
}

const purposesOf = (certificate) => extensionOf(certificate, "2.5.29.37", (reader, critical) => {
  const inside = reader.inside(0x30);
  const names = [];
  while (inside.peek() >= 0) names.push(inside.oid());
  return { names, critical };
});

const maySign = (certificate) => extensionOf(certificate, "2.5.29.15", (reader) => (reader.take(3)[0][1] & 0x80) !== 0) === true;

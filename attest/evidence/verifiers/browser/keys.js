// Signatures with WebCrypto: it takes r||s where certificates and notes hold DER.
const CURVES = {
  "1.2.840.10045.3.1.7": ["P-256", 32, "SHA-256"],
  "1.3.132.0.34": ["P-384", 48, "SHA-384"],
  "1.3.132.0.35": ["P-521", 66, "SHA-512"],
};
const ED25519 = "1.3.101.112";
const HASHES = {
  "2.16.840.1.101.3.4.2.1": "SHA-256",
  "2.16.840.1.101.3.4.2.2": "SHA-384",
  "2.16.840.1.101.3.4.2.3": "SHA-512",
};
const SIGNED_WITH = {
  "1.2.840.10045.4.3.2": "SHA-256",
  "1.2.840.10045.4.3.3": "SHA-384",
  "1.2.840.10045.4.3.4": "SHA-512",
  "1.2.840.113549.1.1.11": "SHA-256",
  "1.2.840.113549.1.1.12": "SHA-384",
  "1.2.840.113549.1.1.13": "SHA-512",
  [ED25519]: "SHA-512",
};
const digestWith = async (name, data) => new Uint8Array(await crypto.subtle.digest(name, data));

// An ECDSA signature in DER as r||s; null where it is none.
function rawSignature(der, width) {
  try {
    const outer = new Der(der);
    const pair = outer.inside(0x30);
    const out = new Uint8Array(width * 2);
    for (const place of [1, 2]) {
      let number = pair.number();
      if (number[0] & 0x80 || !number.length) return null;
      if (number[0] === 0 && number.length > 1) {
        if (!(number[1] & 0x80)) return null;
        number = number.subarray(1);
      }
      if (number.length > width) return null;
      out.set(number, place * width - number.length);
    }
    pair.end();
    outer.end();
    return out;
  } catch {
    return null;
  }
}

// Says whether a signature holds. Without `hash`, under the one hash that belongs to the key.
async function signedBy(spki, signature, message, hash = null) {
  const { kind, curve, bits } = keyKind(spki);
  if (kind === "ec") {
    const [name, width, own] = curve;
    const raw = rawSignature(signature, width);
    const key = await importKey(spki, { name: "ECDSA", namedCurve: name });
    return raw !== null && crypto.subtle.verify({ name: "ECDSA", hash: hash ?? own }, key, raw, message);
  }
  if (kind === "rsa") {
    if (hash === null && bits < 2048) return false;
    const key = await importKey(spki, { name: "RSASSA-PKCS1-v1_5", hash: hash ?? "SHA-256" });
    return crypto.subtle.verify("RSASSA-PKCS1-v1_5", key, signature, message);
  }
  if (kind !== "ed25519") return false;
  let key;
  try {
    key = await crypto.subtle.importKey("spki", spki, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    throw new Unknown("this browser cannot check Ed25519 signatures");
  }
  return crypto.subtle.verify("Ed25519", key, signature, message);
}

async function importKey(spki, algorithm) {
  try {
    return await crypto.subtle.importKey("spki", spki, algorithm, false, ["verify"]);
  } catch {
    throw new Bad("a key does not parse");
  }
}

function keyKind(spki) {
  const body = new Der(spki).inside(0x30);
  const algorithm = body.inside(0x30);
  const name = algorithm.oid();
  if (name === "1.2.840.10045.2.1") {
    const curve = CURVES[algorithm.oid()];
    return curve ? { kind: "ec", curve } : { kind: "other" };
  }
  if (name === "1.2.840.113549.1.1.1") {
    const modulus = new Der(body.take(3)[0].slice(1)).inside(0x30).number();
    return { kind: "rsa", bits: (modulus[0] === 0 ? modulus.length - 1 : modulus.length) * 8 };
  }
  return { kind: name === ED25519 ? "ed25519" : "other" };
}

const ED25519_HEAD = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);
const ed25519Key = (raw) => joined(ED25519_HEAD, raw);

async function issuedBy(child, parent) {
  const hash = SIGNED_WITH[child.algorithm];
  return Boolean(hash) && same(child.issuer, parent.subject) && signedBy(parent.spki, child.signature, child.tbs, hash);
}

// Section 1 and the manifests of section 2: the archive, read in place in pieces, never unpacked.
const BASE = "whereof-evidence/";
const MAX_MEMBERS = 500000;
const MAX_JSON = 64 * 1024 * 1024;
const MAX_MANIFEST = 128 * 1024 * 1024;
const PIECE = 1024 * 1024;
const BAGIT = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

function tarHeader(path, size) {
  const block = new Uint8Array(512);
  const put = (text, at) => { for (let i = 0; i < text.length; i++) block[at + i] = text.charCodeAt(i); };
  put(path, 0);
  put("0000644\0" + "0000000\0".repeat(2), 100);
  put(size.toString(8).padStart(11, "0") + "\0" + "02263523000\0" + " ".repeat(8) + "0", 124);
  put("ustar\x0000", 257);
  put("0000000\0".repeat(2), 329);
  put(block.reduce((sum, one) => sum + one, 0).toString(8).padStart(6, "0") + "\0 ", 148);
  return block;
}

function pathFault(path) {
  if (path.length > 100 || !path.startsWith(BASE)) return "the path is too long, or not below " + BASE;
  const inside = path.slice(BASE.length);
  if (inside === "VERIFY.md") return "";
  const segments = inside.split("/");
  if (segments.length > 8) return "the path has too many segments";
  const good = (one) => /^[a-z0-9][a-z0-9._-]*$/.test(one) && !one.endsWith(".")
    && !/^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$/.test(one);
  return segments.every(good) ? "" : "the path is not plain, or holds a reserved name";
}

// One window of a file, so that many small reads are few large ones.
class Pieces {
  constructor(file) {
    this.file = file;
    this.start = 0;
    this.held = new Uint8Array(0);
  }

  async take(at, length) {
    if (length > PIECE) return new Uint8Array(await this.file.slice(at, at + length).arrayBuffer());
    if (at < this.start || at + length > this.start + this.held.length) {
      this.start = at;
      this.held = new Uint8Array(await this.file.slice(at, at + PIECE).arrayBuffer());
    }
    return this.held.slice(at - this.start, at - this.start + length);
  }
}

class Archive {
  constructor(file) {
    this.total = file.size;
    this.pieces = new Pieces(file);
    this.members = new Map();
  }

  async walk() {
    let at = 0;
    let last = BASE;
    for (;;) {
      const block = await this.pieces.take(at, 512);
      if (block.length === 512 && block.every((one) => one === 0)) break;
      let place = "member " + this.members.size;
      if (block.length < 512) throw new Bad("the archive is cut, or is none", place);
      const path = latin1(block.subarray(0, 100)).split("\0", 1)[0];
      place += " " + path.replace(/[^ -~]/g, "?").slice(0, 120);
      const octal = latin1(block.subarray(124, 136));
      const size = /^[0-7]{11}\0$/.test(octal) ? parseInt(octal, 8) : -1;
      const fault = pathFault(path);
      if (fault || size < 0 || !same(block, tarHeader(path, size))) {
        throw new Bad(fault || "this kind of member, or form of header, is not allowed", place);
      }
      this.requireNew(path, last, place);
      const end = at + 512 + size;
      const pad = (512 - (size % 512)) % 512;
      if (end + pad > this.total) throw new Bad("the member is cut", place);
      if (pad && (await this.pieces.take(end, pad)).some((one) => one !== 0)) {
        throw new Bad("there is something between two members", place);
      }
      this.members.set(path.slice(BASE.length), [at + 512, size]);
      at = end + pad;
      last = path;
    }
    const tail = await this.pieces.take(at, 1024);
    if (this.total - at !== 1024 || tail.some((one) => one !== 0)) {
      throw new Bad("the archive does not end in two blocks of zeros", "member " + this.members.size);
    }
  }

  requireNew(path, last, place) {
    const inside = path.slice(BASE.length);
    let folder = false;
    for (let cut = inside.indexOf("/"); cut >= 0; cut = inside.indexOf("/", cut + 1)) {
      if (this.members.has(inside.slice(0, cut))) folder = true;
    }
    if (path <= last || folder) throw new Bad("the member is there twice, not in order, or both file and folder", place);
    if (this.members.size >= MAX_MEMBERS) throw new Bad("there are too many members", place);
  }

  has(path) { return this.members.has(path); }

  async read(path, most = MAX_JSON) {
    const [offset, size] = this.members.get(path) ?? [0, -1];
    expect(size >= 0 && size <= most, path + " is missing, or too large");
    return this.pieces.take(offset, size);
  }

  async *lines(path) {
    if (!this.has(path)) throw new Bad(path + " is missing");
    const [start, size] = this.members.get(path);
    let rest = new Uint8Array(0);
    for (let at = 0; at < size; at += PIECE) {
      const piece = await this.pieces.take(start + at, Math.min(PIECE, size - at));
      let from = 0;
      for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, from)) {
        yield rest.length ? joined(rest, piece.subarray(from, end)) : piece.slice(from, end);
        rest = new Uint8Array(0);
        from = end + 1;
      }
      rest = joined(rest, piece.subarray(from));
      expect(rest.length < MAX_JSON, `a line of ${path} is cut, or too long`);
    }
    expect(rest.length === 0, `a line of ${path} is cut, or too long`);
  }

  async digest(path, prefix = new Uint8Array(0)) {
    const [start, size] = this.members.get(path);
    const hash = new Sha256().update(prefix);
    for (let at = 0; at < size; at += PIECE) hash.update(await this.pieces.take(start + at, Math.min(PIECE, size - at)));
    return hash.digest();
  }

  async *manifestFaults(onFile) {
    if (!this.has("bagit.txt") || latin1(await this.read("bagit.txt")) !== BAGIT) {
      yield ["bagit.txt", "it does not declare BagIt 1.0 in UTF-8"];
    }
    for (const [name, payload] of [["tagmanifest-sha256.txt", false], ["manifest-sha256.txt", true]]) {
      if (!this.has(name)) {
        yield [name, "the manifest is missing"];
        continue;
      }
      const listed = new Map();
      const lines = latin1(await this.read(name, MAX_MANIFEST)).match(/[^\n]*\n|[^\n]+$/g) ?? [];
      let last = "";
      for (const line of lines) {
        const parts = /^([0-9a-f]{64}) {2}([ -~]+)\n$/.exec(line);
        if (!parts || parts[2] <= last) {
          yield [name, "a line is malformed, or not in order"];
          break;
        }
        last = parts[2];
        listed.set(last, parts[1]);
      }
      const there = [...this.members.keys()].filter((p) => p.startsWith("data/") === payload && p !== "tagmanifest-sha256.txt");
      const known = new Set(there);
      for (const path of listed.keys()) if (!known.has(path)) yield [path, "it is in the manifest and not in the bundle"];
      for (const path of there) {
        onFile?.();
        if (!listed.has(path)) yield [path, "it is not in the manifest"];
        else if (hex(await this.digest(path)) !== listed.get(path)) yield [path, "its digest is not that of the manifest"];
      }
    }
  }
}
